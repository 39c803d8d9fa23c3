#!/usr/bin/env python3
"""kill -9 and Ctrl-C at random moments of create and import.

After each the vault must show the new tessera whole or not at all, the earlier ones intact, and
every byte must be what its name says. The same vault takes all the blows, leftovers and all.
"""

import os
import pathlib
import signal
import sys
import time

import support

KILLS = 220 if support.LONG else 20  # for each operation; TESSERAS_LONG=1 is the full figure


def check(test, vault, old, new):
    """The vault shows `old`, perhaps `new`, nothing else; and what it shows holds."""
    shown = support.hashes(test.tes, vault)
    assert old in shown, "the earlier tessera is gone"
    assert shown <= {old, new}, f"half of something is visible: {shown - {old, new}}"
    for tessera in shown:
        support.run(test.tes, vault, "verify", tessera)
    support.run(test.tes, vault, "vault", "check")
    return new in shown


def blows(test, vault, old, new, words):
    """Interrupts `tes words` again and again; returns how often it had come to its end."""
    began = time.monotonic()
    support.run(test.tes, vault, *words)
    duration = time.monotonic() - began
    assert check(test, vault, old, new)
    finished = 0
    for number in range(KILLS):
        if new in support.hashes(test.tes, vault):
            support.run(test.tes, vault, "remove", "--yes", new)
        gentle = number % 4 == 3
        process = support.start(test.tes, vault, *words)
        time.sleep(test.random.uniform(0, duration * 1.05))
        process.send_signal(signal.SIGINT if gentle else signal.SIGKILL)
        status = process.wait(timeout=support.SECONDS_MAX_PER_COMMAND)
        assert status in ((0, 130, -signal.SIGINT) if gentle else (0, -signal.SIGKILL)), status
        visible = check(test, vault, old, new)
        finished += visible
        assert visible or status != 0, "it said that it succeeded, and did not"
    # What was broken off can be done again.
    support.run(test.tes, vault, *words)
    assert check(test, vault, old, new)
    return finished, duration


def sweep(test, vault):
    """Leftovers go once they are old, and nothing else does."""
    past = time.time() - 7200
    for folder, _, names in os.walk(vault):
        for name in names:
            os.utime(pathlib.Path(folder) / name, (past, past))
    before = support.hashes(test.tes, vault)
    support.run(test.tes, vault, "vault", "sweep")
    report = support.run(test.tes, vault, "vault", "check", "--json").out
    assert '"orphans": 0' in report, report
    assert support.hashes(test.tes, vault) == before


def main():
    with support.Test(__doc__) as test:
        small = [4096] * 60 + [100_000] * 20 + [3 * support.MIB] * 2
        source = support.make_folder(test.folder / "source", small, seed=1)
        earlier = support.make_folder(test.folder / "earlier", [10, 5000, 200_000], seed=2)

        vault = test.vault()
        old = support.create(test.tes, vault, earlier)
        new = support.create(test.tes, vault, source)
        support.run(test.tes, vault, "export", new, test.folder / "out")
        support.run(test.tes, vault, "remove", "--yes", new)
        words = ("create", source, "-n", "--include-other")
        finished, seconds = blows(test, vault, old, new, words)
        print(f"create: {finished} of {KILLS} had finished, {seconds:.2f} s each", flush=True)
        sweep(test, vault)

        support.run(test.tes, vault, "remove", "--yes", new)
        words = ("import", test.folder / "out" / f"tessera-{new}")
        finished, seconds = blows(test, vault, old, new, words)
        print(f"import: {finished} of {KILLS} had finished, {seconds:.2f} s each", flush=True)
        sweep(test, vault)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Files that change or vanish while they are read, and several tes at the same vault at once."""

import subprocess
import sys
import threading
import time

import support

CONFLICT, NOT_FOUND, UNAVAILABLE = 4, 3, 8
TRIES = 12


def growing(test, vault, old):
    """A file that is written to while it is read is refused by name."""
    folder = test.folder / "growing"
    folder.mkdir()
    size = (40 if test.sanitized else 300) * support.MIB
    with open(folder / "log.bin", "wb") as file:
        file.truncate(size)
    stop = threading.Event()

    def write():
        with open(folder / "log.bin", "r+b", buffering=0) as file:
            while not stop.is_set():
                file.seek(size - 1)
                file.write(b"x")
                file.seek(0, 2)
                file.write(b"more")
                time.sleep(0.001)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = support.run(test.tes, vault, "create", folder, "-n", "--include-other", want=CONFLICT)
    finally:
        stop.set()
        writer.join()
    assert "log.bin" in done.error and done.error.count("\n") == 1, done
    assert support.hashes(test.tes, vault) == {old}


def vanishing(test, vault, old):
    """A file that is gone when its turn comes is refused by name, or was read before it went."""
    seen = 0
    for attempt in range(TRIES):
        folder = support.make_folder(test.folder / f"vanishing{attempt}", [support.MIB] * 20 + [4096] * 50, seed=attempt)
        process = subprocess.Popen([str(test.tes), "--data-dir", str(vault), "create", str(folder), "-n", "--include-other"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.004 * attempt)
        last = folder / "000" / "000069.bin"
        last.unlink()
        out, error = process.communicate(timeout=support.SECONDS_MAX_PER_COMMAND)
        if process.returncode == 0:  # read before, or never seen
            support.run(test.tes, vault, "remove", "--yes", out.split()[-1])
        else:
            assert process.returncode == NOT_FOUND and last.name in error, (process.returncode, error)
            seen += 1
        assert support.hashes(test.tes, vault) == {old}
    print(f"vanished while read in {seen} of {TRIES} tries")


def at_once(test, vault, old):
    """Writers wait for one another or say that it is busy; readers are never blocked."""
    folders = [support.make_folder(test.folder / f"writer{number}", [4096] * 30 + [150_000] * 10, seed=100 + number)
               for number in range(4)]
    processes = [subprocess.Popen([str(test.tes), "--data-dir", str(vault), "create", str(folder), "-n", "--include-other"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for folder in folders]
    reads = 0
    while any(process.poll() is None for process in processes) and reads < 200:
        assert old in support.hashes(test.tes, vault)
        support.run(test.tes, vault, "verify", "-q", old)
        reads += 1
    made = set()
    for process in processes:
        out, error = process.communicate(timeout=support.SECONDS_MAX_PER_COMMAND)
        assert process.returncode in (0, UNAVAILABLE), (process.returncode, error)
        made |= {out.split()[-1]} if process.returncode == 0 else set()
    assert made and support.hashes(test.tes, vault) == made | {old}
    support.run(test.tes, vault, "vault", "check")
    print(f"{len(made)} of 4 writers at once, {reads} reads meanwhile")


def main():
    with support.Test(__doc__) as test:
        vault = test.vault()
        old = support.create(test.tes, vault, support.make_folder(test.folder / "old", [100, 100_000], seed=9))
        growing(test, vault, old)
        vanishing(test, vault, old)
        at_once(test, vault, old)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""A disk that is full, has no inodes left, or is read-only: a clear error, and nothing lost.

Needs a small tmpfs of its own, mounted in a mount namespace of its own; skipped by name where the
machine allows neither root nor user namespaces.
"""

import shutil
import sys

import support
from disks import READ_ONLY, REMOUNT, in_own_namespace, mount_tmpfs, room, unmount

EXHAUSTED, DENIED = 7, 5
STEPS = 40 if support.LONG else 8


def one_line(done):
    assert done.error.startswith("tes: ") and done.error.count("\n") == 1, done


def squeezed(test, mount, words, new, limits):
    """`tes words` with ever more room, until it succeeds: each failure is clear and loses nothing."""
    vault = mount / "vault"
    old = support.hashes(test.tes, vault)
    failures = 0
    for limit in limits:
        room(mount, **limit)
        done = support.run(test.tes, vault, *words, want=(0, EXHAUSTED))
        room(mount)
        shown = support.hashes(test.tes, vault)
        if done.status == 0:
            assert new is None or shown == old | {new}, shown
        else:
            one_line(done)
            failures += 1
            assert shown == old, shown
        support.run(test.tes, vault, "vault", "check")
        if new in shown:
            support.run(test.tes, vault, "verify", new)
            support.run(test.tes, vault, "remove", "--yes", new)
        shutil.rmtree(mount / "out", ignore_errors=True)
    assert failures > 0, f"{words} never ran out of room: the test tests nothing"
    done = support.run(test.tes, vault, *words)
    print(f"{words[0]}: refused {failures} of {len(limits)} times, then succeeded", flush=True)


def full_disk(test, mount, source, earlier):
    """No room and no inodes, in steps; returns an export of `source` by another key."""
    vault = mount / "vault"
    support.run(test.tes, vault, "init")
    support.create(test.tes, vault, earlier)
    elsewhere = test.vault("elsewhere")
    new = support.create(test.tes, elsewhere, source)
    support.run(test.tes, elsewhere, "export", new, test.folder / "exported")
    exported = test.folder / "exported" / f"tessera-{new}"

    def up_to(what, most):
        return [{what: most * step // (STEPS - 1)} for step in range(STEPS)]
    # Another key signs here: the tessera that `create` makes is found out once.
    made = support.create(test.tes, vault, source)
    support.run(test.tes, vault, "remove", "--yes", made)
    # A vault needs few inodes, since small files lie in packs; an export has one for each.
    for what, most, most_exported in (("more_bytes", 12 * support.MIB, 12 * support.MIB), ("more_inodes", 60, 800)):
        limits = up_to(what, most)
        squeezed(test, mount, ("create", source, "-n", "--include-other"), made, limits)
        support.run(test.tes, vault, "remove", "--yes", made)
        squeezed(test, mount, ("import", exported), new, limits)
        squeezed(test, mount, ("export", new, mount / "out"), None, up_to(what, most_exported))
        support.run(test.tes, mount / "out" / ".." / "vault", "verify", mount / "out" / f"tessera-{new}")
        shutil.rmtree(mount / "out")
        support.run(test.tes, vault, "remove", "--yes", new)
    # A disk without room for a vault at all.
    room(mount, more_bytes=4096)
    one_line(support.run(test.tes, mount / "second", "init", want=EXHAUSTED))
    room(mount)
    support.run(test.tes, mount / "second", "init")
    return exported


def read_only(test, mount, source, earlier, exported):
    """What only looks works on a read-only disk, what writes is refused."""
    vault = mount / "vault"
    kept = support.create(test.tes, vault, source)
    shown = support.hashes(test.tes, vault)
    mount_tmpfs(mount, "", REMOUNT | READ_ONLY)
    one_line(support.run(test.tes, vault, "create", earlier, "-n", "--title", "x", want=DENIED))
    one_line(support.run(test.tes, vault, "import", exported, want=DENIED))
    one_line(support.run(test.tes, vault, "remove", "--yes", kept, want=DENIED))
    one_line(support.run(test.tes, mount / "third", "init", want=DENIED))
    assert support.hashes(test.tes, vault) == shown
    support.run(test.tes, vault, "verify", kept)
    support.run(test.tes, vault, "show", kept)
    support.run(test.tes, vault, "export", kept, test.folder / "from-read-only")
    support.run(test.tes, vault, "verify", test.folder / "from-read-only" / f"tessera-{kept}")
    support.run(test.tes, vault, "vault", "check")
    mount_tmpfs(mount, "", REMOUNT)
    support.run(test.tes, vault, "vault", "check")


def all_of_it(test, mount):
    source = support.make_folder(test.folder / "source", [4096] * 100 + [100_000] * 30 + [2 * support.MIB], seed=1)
    earlier = support.make_folder(test.folder / "earlier", [10, 5000, 200_000], seed=2)
    exported = full_disk(test, mount, source, earlier)
    read_only(test, mount, source, earlier, exported)


def main():
    in_own_namespace("disk_test")
    with support.Test(__doc__) as test:
        mount = test.folder / "mount"
        mount.mkdir()
        try:
            mount_tmpfs(mount)
        except OSError as error:
            support.skip(f"disk_test: no tmpfs can be mounted here ({error})")
        room(mount)
        try:
            all_of_it(test, mount)
        finally:
            unmount(mount)
    return 0


if __name__ == "__main__":
    sys.exit(main())

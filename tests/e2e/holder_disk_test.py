#!/usr/bin/env python3
"""A holder whose disk is full, has no inodes left, ends in the midst of a fragment, or is read-only: it
says why in its log, others take what it cannot, what it keeps it goes on giving, and it takes again when
there is room.

Needs a small tmpfs of its own, as disk_test does.
"""

import contextlib
import resource
import sys

import network
import support
from disks import in_own_namespace, mount_tmpfs, read_only, room, unmount
from keeping import HURRIED, exported, fetched, given, kept

DENIED = 5
MEBIBYTES = 12  # in 24 fragments of 768 KiB, of which eight others keep three each


@contextlib.contextmanager
def holders(test, net):
    """An owner and eight others, one of which, the first of them, has a small disk."""
    config = {"storage": {"min_free_space_bytes": 0}, "replication": HURRIED["replication"]}
    owner = net.daemon(config=config).start()
    small = net.daemon("small", config=config, bootstrap=[owner])
    mount_tmpfs(small.folder)
    room(small.folder)
    small.configure(config)
    try:
        small.start()
        others = [net.daemon(config=config, bootstrap=[owner]).start(wait=False) for _ in range(7)]
        for node in others:
            node.wait_for("daemon ready")
            node.listen = str(node.addresses()[0])
        net.wait_met([owner, small, *others])
        yield owner, small, others
    finally:
        # It is to end in peace, and with it whatever is on its disk.
        room(small.folder)
        if small.process is not None:
            small.stop()
        unmount(small.folder)


def publish(test, owner, until=lambda content_hash: True):
    """A tessera, all of whose fragments others have taken, and of which something else is true, too. Who was too busy
    to be asked may be asked with the next one."""
    def attempt():
        content_hash, _ = given(test, owner, MEBIBYTES, fragments=24, fragments_kept=24)
        return until(content_hash) and content_hash
    return network.until(attempt, lambda: f"a tessera as it should be: {owner}")


def number_kept(test, owner, content_hash, node):
    return len(kept(test, owner, content_hash, [node]).get(node, ()))


def fetch(test, owner, nodes, content_hash):
    """Where its owner is gone, and some of its holders."""
    original = exported(test, test.folder / "vault", content_hash, f"original-{content_hash[:8]}")
    owner.kill()
    _, folder = fetched(test, nodes[0], content_hash)
    support.same(original, folder)


def takes_again(test, owner, small):
    """As soon as its owner asks it again, with another tessera."""
    publish(test, owner, lambda content_hash: number_kept(test, owner, content_hash, small) > 0)


def a_full_disk_is_passed_over(test, net):
    with holders(test, net) as (owner, small, others):
        room(small.folder, more_bytes=support.MIB)
        content_hash = publish(test, owner, lambda _: small.said("a fragment was refused", why="the disk has too little room left"))
        assert number_kept(test, owner, content_hash, small) <= 1, small
        room(small.folder)
        takes_again(test, owner, small)
        fetch(test, owner, others, content_hash)


def no_inodes_are_passed_over(test, net):
    with holders(test, net) as (owner, small, others):
        room(small.folder, more_inodes=0)
        content_hash = publish(test, owner, lambda _: small.said("a fragment could not be kept", why="no inodes"))
        assert number_kept(test, owner, content_hash, small) == 0, small
        room(small.folder)
        takes_again(test, owner, small)
        fetch(test, owner, others, content_hash)


def what_breaks_off_is_not_kept(test, net):
    """The room that was promised is gone when the bytes come."""
    with holders(test, net) as (owner, small, others):
        resource.prlimit(small.process.pid, resource.RLIMIT_FSIZE, (600_000, 600_000))
        why = "larger than the system allows"
        content_hash = publish(test, owner, lambda _: small.said("a fragment could not be kept", why=why))
        assert number_kept(test, owner, content_hash, small) == 0, small
        small.stop().start()
        net.wait_reachable([small])
        takes_again(test, owner, small)
        fetch(test, owner, others, content_hash)


def a_read_only_disk_goes_on_giving(test, net):
    with holders(test, net) as (owner, small, others):
        before = publish(test, owner, lambda content_hash: number_kept(test, owner, content_hash, small) == 3)
        with read_only(small.folder):
            content_hash = publish(test, owner, lambda _: small.said("a fragment could not be kept", why="read-only"))
            assert number_kept(test, owner, content_hash, small) == 0, small
            # Of nine two are gone, and then all that is left is needed.
            original = exported(test, test.folder / "vault", before, "before")
            for node in others[:2]:
                node.kill()
            _, folder = fetched(test, others[2], before)
            support.same(original, folder)
            assert small.info()["contacts"] > 0
            for node in others[:2]:
                node.start()
            # One that is started on such a disk says so and ends.
            small.stop()
            small.start(wait=False)
            status = small.wait()
            assert status == DENIED and "read-only" in small.text(), (status, small)
        small.start()
        net.wait_reachable([small])
        takes_again(test, owner, small)
        fetch(test, owner, others, content_hash)


if __name__ == "__main__":
    in_own_namespace("holder_disk_test")
    sys.exit(network.run_all(__doc__, [a_full_disk_is_passed_over, no_inodes_are_passed_over,
                                       what_breaks_off_is_not_kept, a_read_only_disk_goes_on_giving]))

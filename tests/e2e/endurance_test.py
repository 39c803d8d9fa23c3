#!/usr/bin/env python3
"""Memories outlive their owner's machine, and as many of their holders as the book says: of each size,
given to daemons of which any are killed; fetched by somebody who has just joined; made whole again by
those who are left, and fetched from what they made.

The quick form has copies and fragments in one network; the long one each size by itself, and a large one.
"""

import dataclasses
import shutil
import sys
import time

import network
import support
from keeping import HURRIED, exported, fetched, kept, lose, tessera

NODES = 25  # with the owner; who joins later comes on top
REPAIR_SECONDS = 900
# A day of upkeep in so many seconds: the shortest that is left alone on a busy machine, and that in which
# so much can be moved.
BRIEF = {**HURRIED, "replication": {"repair_interval_secs": 10, "repair_jitter_secs": 1}}
LASTING = {**HURRIED, "replication": {"repair_interval_secs": 60, "repair_jitter_secs": 6}}


@dataclasses.dataclass
class Size:
    """A tessera of so many MiB: of so many fragments `needed` are enough, any `killed` holders may go, and
    with `few` of them it is repaired."""

    mebibytes: int
    fragments: int
    needed: int
    few: int
    holders: int
    killed: int


COPIES = Size(1, fragments=7, needed=1, few=5, holders=7, killed=6)
MEDIUM = Size(40, fragments=24, needed=16, few=19, holders=24, killed=8)
LARGE = Size(300, fragments=72, needed=48, few=58, holders=24, killed=7)


def fragments_of(holders):
    return set().union(*holders.values())


def left_of(size, holders):
    """How many fragments have somebody; of copies, how many have one."""
    if size.needed == 1:
        return sum(bool(fragments) for fragments in holders.values())
    return len(fragments_of(holders))


def as_many_as_may_go(test, holders, size, first):
    """Of these holders so many that just enough is left; the first of them are those that go first."""
    left, gone = dict(holders), []
    for node in sorted(test.random.sample(list(holders), len(holders)), key=lambda node: node not in first):
        fragments = left.pop(node)
        if len(fragments_of(left)) < size.needed:
            left[node] = fragments
        else:
            gone.append(node)
    return gone


class Tessera:
    """One that was given away."""

    def __init__(self, test, size, vault, owner):
        self.test, self.size = test, size
        self.hash = tessera(test, size.mebibytes, vault)
        self.original = exported(test, vault, self.hash, f"original-{size.mebibytes}")
        said = network.publish(test, owner, vault, self.hash)
        assert (said["fragments"], said["fragments_kept"]) == (size.fragments, size.fragments), said
        assert (said["holders"], said["may_vanish"]) == (size.holders, size.killed), said

    def holders(self, nodes):
        return kept(self.test, nodes[0], self.hash, nodes)

    def all_holders(self, nodes):
        """None: not all are known yet."""
        holders = self.holders(nodes)
        return holders if left_of(self.size, holders) == self.size.fragments else None

    def wait_repaired(self, nodes):
        """So much of it is with these that nobody has to make more: what is so much may be less than all, since
        not all who are gone are known to be gone when it is made."""
        def look():
            holders = self.holders(nodes)
            return left_of(self.size, holders) > self.size.few and holders
        return network.until(look, lambda: f"{self.hash} is repaired, of which {left_of(self.size, self.holders(nodes))} are left",
                             seconds=REPAIR_SECONDS, pause=1)

    def fetch(self, node):
        _, folder = fetched(self.test, node, self.hash)
        support.same(self.original, folder)
        shutil.rmtree(folder)


def victims_of(test, tesserae, holders):
    """Holders, of each tessera as many as may go at once, and no more of any."""
    gone, spared = set(), set()
    for one in sorted(tesserae, key=lambda one: one.size.killed):
        more = one.size.killed - len(gone & holders[one].keys())
        gone |= set(test.random.sample([node for node in holders[one] if node not in gone | spared], more))
        spared |= holders[one].keys() - gone
    return gone


def join(net, name, nodes, config):
    newcomer = net.daemon(name, bootstrap=nodes[:3], config=config).start()
    newcomer.wait_for("bootstrap successful")
    return newcomer


def outlive(test, net, sizes, config):
    nodes = net.start(NODES, config=config)
    net.wait_reachable(nodes)
    owner = test.random.choice(nodes[1:])
    vault = test.vault("family")
    tesserae = [Tessera(test, size, vault, owner) for size in sizes]
    nodes.remove(owner)
    first = {one: network.until(lambda one=one: one.all_holders(nodes), "all holders are known") for one in tesserae}
    lose(owner)
    shutil.rmtree(vault)
    gone = victims_of(test, tesserae, first)
    for node in gone:
        node.kill()
    began = time.monotonic()
    nodes = [node for node in nodes if node not in gone]
    # Who has never seen any of it.
    newcomer = join(net, "newcomer", nodes, config)
    for one in tesserae:
        one.fetch(newcomer)
    print(f"  {len(gone)} holders gone, and fetched", flush=True)
    nodes.append(newcomer)
    left = {one: one.wait_repaired(nodes) for one in tesserae}
    print(f"  repaired after {time.monotonic() - began:.0f} s: {[left_of(one.size, left[one]) for one in tesserae]}", flush=True)
    # Now those go that were given it by its owner: without what was made again too little would be left.
    for one in tesserae:
        gone = as_many_as_may_go(test, left[one], one.size, first[one])
        old = {node: fragments for node, fragments in first[one].items() if node in left[one] and node not in gone}
        assert len(fragments_of(old)) < one.size.needed, "this fetch would show nothing"
        for node in gone:
            node.kill()
        nodes = [node for node in nodes if node not in gone]
        one.fetch(join(net, f"heir-{one.size.mebibytes}", nodes, config))
        print(f"  {len(gone)} more gone, and fetched", flush=True)
        if one is not tesserae[-1]:
            for node in gone:
                node.start()
            nodes += gone


def copies_and_fragments_outlive_their_owner(test, net):
    outlive(test, net, [MEDIUM, COPIES], BRIEF)


def copies_outlive_their_owner(test, net):
    outlive(test, net, [COPIES], HURRIED)


def fragments_outlive_their_owner(test, net):
    outlive(test, net, [MEDIUM], HURRIED)


def a_film_outlives_its_owner(test, net):
    outlive(test, net, [LARGE], LASTING)


QUICK = [copies_and_fragments_outlive_their_owner]
LONG = [copies_outlive_their_owner, fragments_outlive_their_owner, a_film_outlives_its_owner]

def main():
    if "/debug/" in " ".join(sys.argv) and not support.LONG:
        support.skip("endurance_test: so many daemons are the release build's; replication_test has fewer")
    return network.run_all(__doc__, LONG if support.LONG else QUICK)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Memories outlive their owner's machine, and as many of their holders as the book says: of each size,
given to daemons of which any are killed; fetched by somebody who has just joined; made whole again by
those who are left, and fetched from what they made.

The quick form ends with the first fetch; the long one has each size by itself, and a large one.
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
# Where so much is moved, a day of upkeep has to be longer.
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
MEDIUM = Size(40, fragments=24, needed=16, few=20, holders=24, killed=8)
LARGE = Size(300, fragments=72, needed=48, few=57, holders=24, killed=8)


def fragments_of(holders):
    return set().union(*holders.values())


def left_of(size, holders):
    """How many fragments have somebody; of copies, how many have one."""
    if size.needed == 1:
        return sum(bool(fragments) for fragments in holders.values())
    return len(fragments_of(holders))


def in_turn(test, holders, first):
    """In any order, but `first` before the others."""
    return sorted(test.random.sample(list(holders), len(holders)), key=lambda node: node not in first)


def as_many_as_may_go(test, holders, size, first):
    """Of these holders so many that just enough is left."""
    left, gone = dict(holders), []
    for node in in_turn(test, holders, first):
        fragments = left.pop(node)
        if len(fragments_of(left)) < size.needed:
            left[node] = fragments
        else:
            gone.append(node)
    return gone


def as_few_as_matter(test, holders, size, first):
    """Of these holders so many that a repair is due, and no more."""
    left, gone = dict(holders), []
    for node in in_turn(test, holders, first):
        if left_of(size, left) <= size.few:
            break
        left.pop(node)
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

    def wait_whole(self, nodes):
        """All fragments are with these."""
        return network.until(lambda: self.all_holders(nodes),
                             lambda: f"{self.hash} is repaired, of which {left_of(self.size, self.holders(nodes))} are left",
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
    net.wait_known(nodes, to=owner)
    vault = test.vault("family")
    tesserae = [Tessera(test, size, vault, owner) for size in sizes]
    nodes.remove(owner)
    first = {one: network.until(lambda one=one: one.all_holders(nodes), "all holders are known") for one in tesserae}
    lose(owner)
    shutil.rmtree(vault)
    gone = victims_of(test, tesserae, first)
    for node in gone:
        node.kill()
    nodes = [node for node in nodes if node not in gone]
    # Who has never seen any of it.
    newcomer = join(net, "newcomer", nodes, config)
    for one in tesserae:
        one.fetch(newcomer)
    print(f"  {len(gone)} holders gone, and fetched", flush=True)
    if support.LONG:
        repair(test, net, tesserae, first, gone, [*nodes, newcomer], config)


def repair(test, net, tesserae, first, gone, nodes, config):
    """What is made again, without anybody asking, is the tessera as much as what it is made of."""
    (one,) = tesserae
    # With fewer gone nothing would be made; with more, not all of them need be known to be gone when it is.
    away = as_few_as_matter(test, first[one], one.size, gone)
    assert gone.issuperset(away), "so many are not gone"
    for node in gone.difference(away):
        nodes.append(node.start())
    began = time.monotonic()
    left = one.wait_whole(nodes)
    print(f"  {len(away)} stayed away, and whole again after {time.monotonic() - began:.0f} s", flush=True)
    # Now those go that were given it by its owner: without what was made again too little would be left.
    gone = as_many_as_may_go(test, left, one.size, first[one])
    old = {node: fragments for node, fragments in first[one].items() if node in left and node not in gone}
    assert len(fragments_of(old)) < one.size.needed, "this fetch would show nothing"
    for node in gone:
        node.kill()
    one.fetch(join(net, "heir", [node for node in nodes if node not in gone], config))
    print(f"  {len(gone)} more gone, and fetched", flush=True)


def copies_and_fragments_outlive_their_owner(test, net):
    outlive(test, net, [MEDIUM, COPIES], HURRIED)


def copies_outlive_their_owner(test, net):
    outlive(test, net, [COPIES], HURRIED)


def fragments_outlive_their_owner(test, net):
    outlive(test, net, [MEDIUM], HURRIED)


def a_film_outlives_its_owner(test, net):
    outlive(test, net, [LARGE], LASTING)


QUICK = [copies_and_fragments_outlive_their_owner]
LONG = [copies_outlive_their_owner, fragments_outlive_their_owner, a_film_outlives_its_owner]


def main():
    if "/debug/" in " ".join(sys.argv):
        support.skip("endurance_test: so many daemons are the release build's; replication_test has fewer")
    return network.run_all(__doc__, LONG if support.LONG else QUICK)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Memories outlive their owner's machine, and as many of their holders as the book says: of each size,
given to daemons of which any are killed; fetched by somebody who has just joined; made whole again by
those who are left, and fetched from what they made. Nobody comes back. Of the memory that it takes there is
a bound, whatever the size.

The quick form ends with the first fetch; the long one has each size by itself, and large ones.
"""

import dataclasses
import json
import shutil
import subprocess
import sys
import time

import network
import support
from keeping import HURRIED, exported, fetched, kept, lose, tessera

NODES = 25  # with the owner; who joins later comes on top
REPAIR_SECONDS = 900
MEMORY_BYTES_MAX = 64 * support.MIB  # of any process, with all that it does besides
# Where so much is moved, a day of upkeep has to be longer.
LASTING = {**HURRIED, "replication": {"repair_interval_secs": 60, "repair_jitter_secs": 6}}


@dataclasses.dataclass
class Size:
    """A tessera of so many MiB: of so many fragments `needed` are enough, and any `killed` holders may go. Once
    it was repaired, `again` have a holder."""

    mebibytes: int
    fragments: int
    needed: int
    holders: int
    killed: int
    again: int


# Of copies one may be found gone when the others are made: six are no need, and nobody goes on (spec/repair.md).
COPIES = Size(1, fragments=7, needed=1, holders=7, killed=6, again=6)
MEDIUM = Size(40, fragments=24, needed=16, holders=24, killed=8, again=24)
LARGE = Size(300, fragments=72, needed=48, holders=24, killed=8, again=72)
HUGE = Size(1024, fragments=72, needed=48, holders=12, killed=4, again=72)


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


def is_modest(what, *memory_bytes):
    most = max(memory_bytes)
    if support.LONG:
        print(f"  {what} took at most {most / support.MIB:.0f} MiB of memory", flush=True)
    assert most <= MEMORY_BYTES_MAX, f"{what} took {most} bytes of memory"


def publish(test, owner, vault, content_hash):
    """As network.publish. What the system says of a process that has ended counts also what its parent had."""
    words = [str(test.tes), "--data-dir", str(vault), "publish", content_hash, "--daemon", str(owner.folder), "--json"]
    with subprocess.Popen(words, env=support.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        most = 0
        while process.poll() is None:
            most = max(most, network.memory_peak_bytes(process.pid))
            time.sleep(0.01)
        said = process.stdout.read()
    assert process.returncode == 0, said
    is_modest("publishing", most, owner.memory_peak_bytes())
    return json.loads(said)


class Tessera:
    """One that was given away."""

    def __init__(self, test, size, vault, owner):
        self.test, self.size = test, size
        self.hash = tessera(test, size.mebibytes, vault)
        self.original = exported(test, vault, self.hash, f"original-{size.mebibytes}")
        said = publish(test, owner, vault, self.hash)
        assert (said["fragments"], said["fragments_kept"]) == (size.fragments, size.fragments), said
        assert (said["holders"], said["may_vanish"]) == (size.holders, size.killed), said

    def holders(self, nodes):
        return kept(self.test, nodes[0], self.hash, nodes)

    def holders_of(self, count, nodes):
        """None: not so many fragments are with these yet."""
        holders = self.holders(nodes)
        return holders if left_of(self.size, holders) >= count else None

    def wait_whole(self, nodes):
        """It was repaired by these, which are all that are left."""
        return network.until(lambda: self.holders_of(self.size.again, nodes),
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


def outlive(test, net, sizes, config, count=NODES):
    nodes = net.start(count, config=config)
    net.wait_met(nodes)
    owner = test.random.choice(nodes[1:])
    vault = test.vault("family")
    tesserae = [Tessera(test, size, vault, owner) for size in sizes]
    nodes.remove(owner)
    first = {one: network.until(lambda one=one: one.holders_of(one.size.fragments, nodes), "all holders are known") for one in tesserae}
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
    is_modest("fetching", newcomer.memory_peak_bytes())
    if support.LONG:
        repair(test, net, tesserae, first, [*nodes, newcomer], config)


def repair(test, net, tesserae, first, nodes, config):
    """What is made again, without anybody asking and with nobody coming back, is the tessera as much as
    what it is made of."""
    (one,) = tesserae
    began = time.monotonic()
    left = one.wait_whole(nodes)
    print(f"  {left_of(one.size, left)} of {one.size.fragments} have a holder again after {time.monotonic() - began:.0f} s", flush=True)
    is_modest("keeping and repairing", *(node.memory_peak_bytes() for node in nodes))
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


def a_gibibyte_outlives_its_owner(test, net):
    # Who has made it again keeps what it made of it only where an eighth of this is enough.
    roomy = {**LASTING, "storage": {**LASTING["storage"], "max_bytes": 16 << 30}}
    outlive(test, net, [HUGE], roomy, count=HUGE.holders + 1)


QUICK = [copies_and_fragments_outlive_their_owner]
LONG = [copies_outlive_their_owner, fragments_outlive_their_owner, a_film_outlives_its_owner, a_gibibyte_outlives_its_owner]


def main():
    if "/debug/" in " ".join(sys.argv):
        support.skip("endurance_test: so many daemons are the release build's; replication_test has fewer")
    return network.run_all(__doc__, LONG if support.LONG else QUICK)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Holders that are gone, that lie, whose disks rot, and that have lost what they took, all at once: what
they keep is fetched all the same, they are found out, and it is made whole without them.
"""

import dataclasses
import re
import shutil
import sys

import network
import support
from keeping import HURRIED, exported, fetched, kept, tessera

FRAGMENTS, NEEDED = 24, 16
MEBIBYTES = 40 if support.LONG else 5
# A bucket has room for all 25 others, whatever their ids are, and a lookup finds them all. With the usual 20 a node that was
# too busy in its first minute may not hear of those farthest from it within the hour.
ROOMY = {"dht": {"k": 25}}
MEETING = {"observability": {"metrics_addr": "127.0.0.1:0"}}
REPAIR_SECONDS = 900


def objects_of(node):
    """The files that hold its fragments."""
    return [path for path in (node.folder / "fragments" / "objects").glob("*/*") if re.fullmatch("[0-9a-f]{64}", path.name)]


def rot(test, node):
    """One bit of each fragment is another."""
    for path in objects_of(node):
        data = bytearray(path.read_bytes())
        data[test.random.randrange(len(data))] ^= 1 << test.random.randrange(8)
        path.write_bytes(data)


def lose_fragments(node):
    for path in objects_of(node):
        path.unlink()


def lie(test, node):
    """Somebody else lives in its place, with its key and its address."""
    node.stop()
    node.program = test.build / "tests" / "lying_holder"
    node.start(wait=False)
    node.wait_for("daemon ready")


@dataclasses.dataclass
class Faulty:
    """Two of each."""

    gone: list
    lying: list
    rotten: list
    empty: list

    def all(self):
        return [*self.gone, *self.lying, *self.rotten, *self.empty]


def be_faulty(test, holders):
    faulty = Faulty(*(holders[2 * kind:2 * kind + 2] for kind in range(4)))
    for node in faulty.gone:
        node.kill()
    for node in faulty.lying:
        lie(test, node)
    for node in faulty.rotten:
        rot(test, node)
    for node in faulty.empty:
        lose_fragments(node)
    return faulty


def culprits(nodes, **why):
    return {line["fields"]["holder"] for node in nodes
            for line in node.said("a holder has not proved what it says that it keeps", **why)}


def eight_faulty_holders_cost_nothing(test, net):
    nodes = net.start(26, config={**HURRIED, **MEETING, **ROOMY})
    net.wait_met(nodes)
    owner = nodes.pop(1)
    content_hash = tessera(test, MEBIBYTES)
    original = exported(test, test.folder / "vault", content_hash, "original")
    said = network.publish(test, owner, test.folder / "vault", content_hash)
    assert (said["holders"], said["may_vanish"]) == (FRAGMENTS, FRAGMENTS - NEEDED), said
    holders = network.until(lambda: len(keepers := kept(test, nodes[0], content_hash, nodes)) == FRAGMENTS and keepers,
                            "all holders are known")
    owner.kill()
    ids = {node: node.node_id() for node in nodes}
    faulty = be_faulty(test, test.random.sample(list(holders), len(holders)))
    stranger = next(node for node in nodes if node not in holders)
    _, folder = fetched(test, stranger, content_hash)
    support.same(original, folder)
    shutil.rmtree(folder.parent)
    # The fetch need not have asked a liar: sixteen others have what it takes.
    lied = sum(bool(node.said("a lie was told", method="get_fragment")) for node in faulty.lying)
    print(f"  fetched, past {lied} of {len(faulty.lying)} liars", flush=True)

    # They are found out: by those who ask them, and the damaged by themselves.
    honest = [node for node in nodes if node not in faulty.all()]
    liars = {ids[node] for node in faulty.lying}
    network.until(lambda: culprits(honest, why="gave something else for it") == liars, "both liars are named", seconds=300)
    assert any(node.figure("tesseras_upkeep_chunks_lied_about_total") > 0 for node in honest)
    network.until(lambda: any(node.figure("tesseras_upkeep_audits_unanswered_total") > 0 for node in honest), "silence is met")
    for node in (*faulty.rotten, *faulty.empty):
        network.until(lambda node=node: node.said("what had rotted was made again"), lambda node=node: f"it mends itself: {node}",
                      seconds=REPAIR_SECONDS)
        assert node.figure("tesseras_upkeep_fragments_mended_total") == 1, node
    accused = culprits([node for node in nodes if node not in faulty.gone + faulty.lying])
    damaged = {ids[node] for node in (*faulty.rotten, *faulty.empty)}
    assert accused <= liars | damaged, f"{accused - liars - damaged} are accused of what they have not done"

    # Twenty are left, which is enough. With one less it is made whole, without those who are gone or lie.
    rest = [node for node in nodes if node not in faulty.gone + faulty.lying]
    one_more = test.random.choice([node for node in rest if node in holders and node is not nodes[0]])
    one_more.kill()
    rest.remove(one_more)

    def fragments():
        return set().union(*kept(test, rest[0], content_hash, rest).values())
    network.until(lambda: len(fragments()) == FRAGMENTS, lambda: f"it is whole: {sorted(fragments())}", seconds=REPAIR_SECONDS,
                  pause=1)
    # Of those that were given it by its owner so many go that too few would be left.
    first = [node for node in rest if node in holders]
    gone = test.random.sample([node for node in first if node is not rest[0]], len(first) - NEEDED + 1)
    for node in gone:
        node.kill()
    _, folder = fetched(test, stranger, content_hash)
    support.same(original, folder)


def what_rots_is_found_by_its_keeper(test, net):
    """By reading it again, where nobody asks for proofs within the hour, nor for the fragment."""
    nodes = net.start(3, config={"storage": {"scrub_bytes_per_second": 64 * support.MIB, "min_free_space_bytes": 0}, **MEETING})
    net.wait_met(nodes)
    content_hash = tessera(test, 1)
    said = network.publish(test, nodes[1], test.folder / "vault", content_hash)
    assert said["holders"] == 2, said
    keepers = [nodes[0], nodes[2]]
    rot(test, keepers[0])
    lose_fragments(keepers[1])
    for node in keepers:
        node.wait_for("a fragment that this node keeps has rotted; it is set aside, and will be made again")
        assert node.figure("tesseras_upkeep_scrub_rotten_total") == 1
    assert objects_of(keepers[0]) == objects_of(keepers[1]) == [], "what rots stays where it is given from"


if __name__ == "__main__":
    if "/debug/" in " ".join(sys.argv):
        checks = [what_rots_is_found_by_its_keeper]
    else:
        checks = [eight_faulty_holders_cost_nothing, what_rots_is_found_by_its_keeper]
    sys.exit(network.run_all(__doc__, checks))

#!/usr/bin/env python3
"""What its author takes back, others let go of; what an operator blocks, this node does."""

import json
import re
import sys

import network
import support
from keeping import HURRIED, copied, exported, fetched, given, hashes_of, tessera

CONFLICT, DENIED, NOT_FOUND = 4, 5, 3
DROPPED = "a tessera was taken back by its author"


def files_kept(daemon):
    """Names of the fragments' bytes that lie on its disk."""
    return {file.name for file in (daemon.folder / "fragments" / "objects").glob("*/*")}


def plans_kept(daemon):
    return {file.name for file in (daemon.folder / "fragments" / "plans").glob("*/*")}


def retract(test, daemon, vault, content_hash, want=0):
    done = support.run(test.tes, vault, "retract", content_hash, "--yes", "--daemon", daemon.folder, "--json", want=want)
    return json.loads(done.out)


def keeps_nothing(daemon):
    return not files_kept(daemon) and not plans_kept(daemon)


def fetch_fails(test, daemon, content_hash):
    said, _ = fetched(test, daemon, content_hash, want=NOT_FOUND)
    return said["error"]["message"]


def all_holders_let_go(test, net):
    nodes = net.start(9, config=HURRIED)
    net.wait_met(nodes)
    vault = test.folder / "vault"
    content_hash, _ = given(test, nodes[1], 5, holders=8)
    stays = tessera(test, 0.1)
    copied(test, nodes[1], stays, 7)
    before = {node: files_kept(node) for node in nodes}
    away = nodes[-1]
    away.stop()
    said = retract(test, nodes[1], vault, content_hash)
    assert not said["was_retracted"] and said["let_go"] + said["not_told"] == 8, said
    # Who was too busy to listen is told again.
    network.until(lambda: (again := retract(test, nodes[1], vault, content_hash))["let_go"] == 7 and again["not_told"] == 1,
                  lambda: f"seven let go: {nodes[1]}")
    # What it keeps of others' is as before; of this, nothing.
    others = [node for node in nodes if node is not away and node is not nodes[1]]
    for node in others:
        node.wait_for(DROPPED, content_hash=content_hash)
        assert files_kept(node) < before[node], node
    assert any(files_kept(node) for node in others), "the other tessera went, too"
    assert network.ask(test, vault, "holders", stays, daemon=nodes[1])["holders"]
    # It is said so to everybody who asks.
    assert re.search(r"took it back on 20\d\d-\d\d-\d\d", fetch_fails(test, nodes[2], content_hash))
    status = network.ask(test, vault, "status", content_hash, daemon=nodes[1])
    assert status["retracted_at"] == said["retracted_at"] and "took it back" in status["verdict"], status
    assert "fragments" not in status and not status["published"], status
    done = network.publish(test, nodes[1], vault, content_hash, want=CONFLICT)
    assert "for good" in json.loads(done.out)["error"]["message"], done
    # The author has it still.
    support.run(test.tes, vault, "verify", content_hash)
    # Who was away learns of it, and so do the others of its return.
    away.start()
    away.wait_for(DROPPED, content_hash=content_hash)
    network.until(lambda: files_kept(away) < before[away], lambda: f"{away} to let go")
    again = retract(test, nodes[1], vault, content_hash)
    assert again["was_retracted"] and again["retracted_at"] == said["retracted_at"], again


def the_word_survives_its_author(test, net):
    """When the one that was away is back, the author's machine is gone for good, and nobody is telling any more."""
    nodes = net.start(9, config=HURRIED)
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 5, holders=8)
    away = nodes[-1]
    its = files_kept(away) & set(hashes_of(nodes[1])[content_hash])
    assert its, away
    away.kill()
    retract(test, nodes[1], test.folder / "vault", content_hash)
    others = [node for node in nodes[2:] if node is not away]
    for node in others:
        node.wait_for(DROPPED, content_hash=content_hash)
    nodes[1].kill()
    for node in others:
        node.stop()
        node.start()
    away.start()
    away.wait_for(DROPPED, content_hash=content_hash, seconds=300)
    network.until(lambda: not files_kept(away) & its, lambda: f"{away} to let go")


def only_its_author_takes_it_back(test, net):
    nodes = net.start(3, config=HURRIED)
    net.wait_met(nodes)
    vault = test.folder / "vault"
    content_hash = tessera(test, 0.1)
    copied(test, nodes[1], content_hash, 2)
    folder = exported(test, vault, content_hash, "exported")
    stranger = test.vault("stranger")
    support.run(test.tes, stranger, "import", folder)
    said = retract(test, nodes[1], stranger, content_hash, want=DENIED)
    assert "another author's" in said["error"]["message"], said
    assert len(network.ask(test, vault, "holders", content_hash, daemon=nodes[1])["holders"]) == 2
    # Without a terminal nothing is taken back that was not meant.
    done = support.run(test.tes, vault, "retract", content_hash, "--daemon", nodes[1].folder, want=DENIED)
    assert "--yes" in done.error, done


def what_is_blocked_goes_and_stays_away(test, net):
    nodes = net.start(3, config=HURRIED)
    net.wait_met(nodes)
    vault = test.folder / "vault"
    content_hash = tessera(test, 0.1)
    copied(test, nodes[1], content_hash, 2)
    keeper = nodes[2]
    assert files_kept(keeper)
    said = network.ask(test, vault, "node", "block", content_hash, daemon=keeper)
    assert said["fragments_dropped"] >= 1 and keeps_nothing(keeper), said
    # Whoever has others keep it takes it back, and does not block it.
    support.run(test.tes, vault, "node", "block", content_hash, "--daemon", nodes[1].folder, want=CONFLICT)
    keeper.stop()
    keeper.start()
    listed = network.ask(test, vault, "node", "blocked", daemon=keeper)["tesserae"]
    assert [one["content_hash"] for one in listed] == [content_hash], listed
    assert network.ask(test, vault, "status", content_hash, daemon=keeper)["blocked"]
    keeper.wait_for("bootstrap successful")
    net.wait_reachable([keeper])
    # The author offers it again when it sees that it is missing there, and in vain.
    refusals = lambda: nodes[1].said("a peer takes no fragment", peer=keeper.node_id())
    network.until(refusals, lambda: f"an offer that is refused:\n{nodes[1]}", seconds=300)
    assert keeps_nothing(keeper)
    network.ask(test, vault, "node", "unblock", content_hash, daemon=keeper)
    assert not network.ask(test, vault, "node", "blocked", daemon=keeper)["tesserae"]
    network.until(lambda: files_kept(keeper), lambda: f"to be given it again:\n{nodes[1]}", seconds=300)


if __name__ == "__main__":
    sys.exit(network.run_all(__doc__, [all_holders_let_go, the_word_survives_its_author, only_its_author_takes_it_back,
                                       what_is_blocked_goes_and_stays_away]))

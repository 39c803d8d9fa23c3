#!/usr/bin/env python3
"""Sealed tesserae open at their dates, whoever is gone by then; and no sooner."""

import datetime
import json
import os
import sys
import time

import network
import support
from keeping import HURRIED, fetch, lose

NOT_FOUND, CONFLICT, DENIED = 3, 4, 5
RELEASED = "its date has come: a part of its key is released"
LET_GO = "a witness of a sealed tessera no longer: it was taken back, or is blocked here"
NOT_SURE = "sealed tesserae seem to be due, and stay shut until it is sure; who knows the date says so: tes node open HASH"
TEN_YEARS = 10 * 365 * 86_400
# Long enough for a tessera to be made, published and handed to its witnesses, also under sanitizers.
SEALED_SECONDS = 60


def clock_of(test, seconds):
    """The environment of a daemon whose clock is so far ahead."""
    return {"LD_PRELOAD": str(test.build / "tests" / "libshifted_clock.so"), "SHIFTED_CLOCK_SECONDS": str(seconds),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def add_witness(test, vault, node, name):
    card = test.folder / f"{name}.contact"
    card.write_text(support.run(test.tes, vault, "node", "card", "--daemon", node.folder).out)
    support.run(test.tes, vault, "contact", "add", name, card)


def sealed(test, owner, witnesses, *words, seconds=SEALED_SECONDS, publish=(), told=None, vault=None):
    """A sealed tessera that these witness, published, all of whom have their parts: its hash, and when it opens."""
    vault = vault or test.vault(f"author{test.random.randrange(1 << 30)}")
    for number, node in enumerate(witnesses):
        add_witness(test, vault, node, f"w{number}")
    folder = test.folder / f"letter-{test.random.randrange(1 << 30)}"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear grandchildren, this is a letter.\n")
    opens = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).replace(microsecond=0)
    words = [word for number in range(len(witnesses)) for word in ("--witness", f"w{number}")] + list(words)
    content_hash = support.create(test.tes, vault, folder, "--visibility", "sealed", "--open-after",
                                  opens.strftime("%Y-%m-%dT%H:%M:%SZ"), *words)
    support.run(test.tes, vault, "publish", content_hash, "--daemon", owner.folder, *publish)
    told = len(witnesses) if told is None else told
    network.until(lambda: has_told(owner, content_hash) == told, lambda: f"the witnesses to be told: {owner}")
    return content_hash, opens


def has_told(owner, content_hash):
    return sum(one["has"] for one in owner.ask("capsule", content_hash=bytes.fromhex(content_hash))["witnesses"])


def has_key(owner, content_hash):
    return owner.ask("capsule", content_hash=bytes.fromhex(content_hash))["has_key"]


def is_published(node, content_hash):
    return node.ask("capsule", content_hash=bytes.fromhex(content_hash))["published"]


def is_due(opens):
    return datetime.datetime.now(datetime.UTC) >= opens


class Stranger:
    """Somebody who has the encrypted tessera from the network, and nothing else."""

    def __init__(self, test, daemon, content_hash):
        self.test, self.daemon, self.content_hash = test, daemon, content_hash
        self.vault = test.vault(f"stranger{test.random.randrange(1 << 30)}")
        fetch(test, self.vault, content_hash, "--daemon", daemon.folder)

    def unseal(self, *words, want=0):
        folder = self.test.folder / f"unsealed{self.test.random.randrange(1 << 30)}"
        done = support.run(self.test.tes, self.vault, "unseal", self.content_hash, folder, *words, "--daemon",
                           self.daemon.folder, "--json", want=want)
        return json.loads(done.out), folder

    def can_unseal(self):
        said, _ = self.unseal(want=(0, NOT_FOUND, 8))
        return "path" in said

    def reads_the_letter(self):
        _, folder = self.unseal()
        (letter,) = folder.rglob("memories/*/media.txt")
        assert "this is a letter" in letter.read_text(), letter


def witnesses_open_it_without_its_owner(test, net):
    nodes = net.start(8, config=HURRIED)
    net.wait_met(nodes)
    owner, witnesses = nodes[1], nodes[2:5]
    content_hash, opens = sealed(test, owner, witnesses, "--threshold", "2")
    stranger = Stranger(test, nodes[6], content_hash)
    lose(owner)
    # One of the three goes, too, and the others may be off for a while: what they keep is on their disks.
    lose(witnesses[0])
    for node in witnesses[1:]:
        node.stop()
        node.start()
    if not is_due(opens):
        said, _ = stranger.unseal(want=NOT_FOUND)
        assert "it opens on 20" in said["error"]["message"], said
        assert not is_due(opens) or not any(node.said(RELEASED) for node in witnesses[1:]), "a witness was early"
    network.until(stranger.can_unseal, lambda: f"it to open: {witnesses[1]}", pause=1)
    assert is_due(opens), "it opened before its date"
    stranger.reads_the_letter()
    # The others are given the key, which stays there when all witnesses are gone and they have begun again.
    others = [nodes[0], *nodes[5:]]
    network.until(lambda: all(is_published(node, content_hash) for node in others), lambda: f"others to have it: {others}")
    for node in witnesses[1:]:
        lose(node)
    for node in others:
        node.stop()
    for node in others:
        node.start()
    network.until(stranger.can_unseal, lambda: f"the key to be there still: {nodes[6]}", pause=1)


def a_wrong_clock_publishes_nothing_early(test, net):
    ahead = network.Network.daemon(net, "ahead", config=HURRIED, environment=clock_of(test, TEN_YEARS))
    seed = net.daemon(config=HURRIED).start()
    ahead.bootstrap = str(seed.addresses()[0])
    others = [net.daemon(config=HURRIED, bootstrap=[seed]).start() for _ in range(6)]
    ahead.start()
    nodes = [seed, ahead, *others]
    net.wait_met(nodes)
    # Ten years ahead, it is a witness of one that opens in a year; any part is the whole key.
    content_hash, _ = sealed(test, others[0], [ahead, others[1]], "--threshold", "1", seconds=365 * 86_400)
    ahead.wait_for(NOT_SURE, why="this clock says")
    # Its operator believes the machine, and no more is asked of a clock than that: that is a broken promise.
    stranger = Stranger(test, others[2], content_hash)
    said, _ = stranger.unseal(want=NOT_FOUND)
    assert "it opens on" in said["error"]["message"], said
    assert not ahead.said(RELEASED), ahead
    # One whose clock is right says no to its operator.
    done = support.run(test.tes, stranger.vault, "node", "open", content_hash, "--daemon", others[1].folder, want=DENIED)
    assert "it opens on" in done.error, done


def where_few_are_left_a_person_says_so(test, net):
    nodes = net.start(4, config=HURRIED)
    net.wait_met(nodes)
    content_hash, opens = sealed(test, nodes[1], [nodes[2]], seconds=30)
    stranger = Stranger(test, nodes[3], content_hash)
    nodes[2].wait_for(NOT_SURE, why="are needed to be sure")
    assert is_due(opens) and not stranger.can_unseal()
    done = support.run(test.tes, stranger.vault, "node", "open", content_hash, "--daemon", nodes[3].folder, want=NOT_FOUND)
    assert "no witness" in done.error, done
    support.run(test.tes, stranger.vault, "node", "open", content_hash, "--daemon", nodes[2].folder)
    stranger.reads_the_letter()


def a_key_that_was_left_is_published_when_due(test, net):
    nodes = net.start(7, config=HURRIED)
    net.wait_met(nodes)
    owner = nodes[1]
    content_hash, opens = sealed(test, owner, [], "--owner-only", publish=("--keep-key",))
    stranger = Stranger(test, nodes[5], content_hash)
    status = network.ask(test, stranger.vault, "status", content_hash, daemon=owner)
    assert "publishes it when it is due" in status["key"] or is_due(opens), status
    # What was left is on the disk, not in memory.
    owner.kill()
    owner.start()
    network.until(stranger.can_unseal, lambda: f"it to open: {owner}", pause=1)
    assert is_due(opens), "it opened before its date"
    stranger.reads_the_letter()
    status = network.ask(test, stranger.vault, "status", content_hash, daemon=owner)
    assert "published" in status["key"], status


def what_is_taken_back_is_not_released(test, net):
    nodes = net.start(8, config=HURRIED)
    net.wait_met(nodes)
    owner, witnesses = nodes[1], nodes[2:5]
    vault = test.vault("taking-back")
    content_hash, opens = sealed(test, owner, witnesses, "--threshold", "1", publish=("--keep-key",), vault=vault)
    stranger = Stranger(test, nodes[6], content_hash)
    witnesses[0].stop()
    done = support.run(test.tes, vault, "retract", content_hash, "--yes", "--json", "--daemon", owner.folder)
    (away,) = json.loads(done.out)["witnesses_not_told"]
    for node in witnesses[1:]:
        assert node.said(LET_GO), node
    # The owner's daemon remembers whom it has not told yet.
    owner.kill()
    owner.start()
    assert has_told(owner, content_hash) == 1
    witnesses[0].start()
    witnesses[0].wait_for(LET_GO)
    assert not is_due(opens), "too slow: nothing was shown"
    network.until(lambda: has_told(owner, content_hash) == 0, lambda: f"the owner to note it: {owner}")
    done = support.run(test.tes, vault, "retract", content_hash, "--yes", "--json", "--daemon", owner.folder)
    assert away and not json.loads(done.out)["witnesses_not_told"], done.out
    network.until(lambda: is_due(opens), lambda: "the date", pause=1)
    time.sleep(5)
    assert not any(node.said(RELEASED) for node in witnesses), "a witness released what was taken back"
    assert not stranger.can_unseal()


def a_retraction_is_finished_when_the_disk_allows_it(test, net):
    nodes = net.start(4, config=HURRIED)
    net.wait_met(nodes)
    owner, witness = nodes[1], nodes[2]
    vault = test.vault("taking-back-later")
    content_hash, _ = sealed(test, owner, [witness], publish=("--keep-key",), vault=vault, seconds=86_400)
    witness.stop()
    # Where the note would be written anew.
    obstacle = owner.folder / "capsules" / f"{content_hash}.new"
    (obstacle / "in the way").mkdir(parents=True)
    support.run(test.tes, vault, "retract", content_hash, "--yes", "--daemon", owner.folder, want=CONFLICT)
    assert has_key(owner, content_hash), "nothing was in the way"
    (obstacle / "in the way").rmdir()
    obstacle.rmdir()
    network.until(lambda: not has_key(owner, content_hash), lambda: f"the key to be forgotten: {owner}", pause=1)
    witness.start()
    witness.wait_for(LET_GO)


CHECKS = [witnesses_open_it_without_its_owner, a_wrong_clock_publishes_nothing_early, where_few_are_left_a_person_says_so,
          a_key_that_was_left_is_published_when_due, what_is_taken_back_is_not_released,
          a_retraction_is_finished_when_the_disk_allows_it]

if __name__ == "__main__":
    sys.exit(network.run_all(__doc__, CHECKS))

#!/usr/bin/env python3
"""What is published outlives its owner: given to others in fragments, and brought back by somebody who
has never seen it."""

import io
import itertools
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile

import network
import support
from keeping import HURRIED, copied, exported, fetched, given, kept, lose, tessera

NOT_FOUND, UNAVAILABLE, INTERRUPTED = 3, 8, 130
JSON_CHAPTER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "src" / "json.md"


def a_copy_outlives_its_owner(test, net):
    nodes = net.start(9)
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 0.3, fragments=7, fragments_kept=7, holders=7, may_vanish=6)
    original = exported(test, test.folder / "vault", content_hash, "original")
    rows = network.ask(test, test.folder / "vault", "holders", content_hash, daemon=nodes[1])["holders"]
    assert sorted(row["fragments"][0] for row in rows) == list(range(7)), rows
    keepers = {row["node_id"] for row in rows}
    left = [node for node in nodes if node.node_id() in keepers]
    stranger = next(node for node in nodes if node is not nodes[1] and node not in left)
    network.until(lambda: len(stranger.find(content_hash)["holders"]) == 8, lambda: f"all tell of it: {stranger}")
    lose(nodes[1])
    for node in left[1:]:
        node.kill()
    _, folder = fetched(test, stranger, content_hash)
    support.same(original, folder)


def fragments_outlive_their_owner(test, net):
    nodes = net.start(9)
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 5, fragments=24, fragments_kept=24, holders=8)
    original = exported(test, test.folder / "vault", content_hash, "original")
    status = network.ask(test, test.folder / "vault", "status", content_hash, daemon=nodes[1])
    assert status["may_vanish"] == 2 and "any 2 of these may vanish" in status["verdict"], status
    lose(nodes[1])
    for node in nodes[2:4]:
        node.kill()
    _, folder = fetched(test, nodes[0], content_hash)
    support.same(original, folder)
    # One more is one too many.
    nodes[4].kill()
    said, _ = fetched(test, nodes[0], content_hash, want=8)
    assert "of the 16 fragments" in said["error"]["message"], said


def rot_in_vault(node):
    """A bit in the middle of its largest blob."""
    large = max((path for path in (node.folder / "blobs").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    large.chmod(0o600)
    with open(large, "r+b") as blob:
        blob.seek(large.stat().st_size // 2)
        byte = blob.read(1)[0]
        blob.seek(-1, io.SEEK_CUR)
        blob.write(bytes([byte ^ 1]))


def the_owner_gives_what_others_have_lost(test, net):
    nodes = net.start(4)
    stranger = net.daemon(bootstrap=nodes[:1], config={"storage": {"max_bytes": 0}}).start()
    net.wait_met(nodes)
    network.until(lambda: len(stranger.peers()) == len(nodes), lambda: f"the stranger knows all: {stranger}")
    vault = test.vault("owner")  # whose files the daemon's vault shares
    content_hash, _ = given(test, nodes[1], 5, vault, fragments_kept=24, holders=3)
    original = exported(test, vault, content_hash, "original")
    # Eight are with one that is left, and then none.
    for lost in (nodes[2:], nodes[:1]):
        for node in lost:
            node.kill()
        _, folder = fetched(test, stranger, content_hash)
        support.same(original, folder)
    # What has rotted is not given, and its owner told.
    rot_in_vault(nodes[1])
    said, _ = fetched(test, stranger, content_hash, want=8)
    assert "15 of the 16 fragments" in said["error"]["message"], said
    nodes[1].wait_for("a tessera in the vault is damaged, and was not given; run `tes vault check`", content_hash=content_hash)


def a_rotten_own_copy_is_fetched_from_others(test, net):
    nodes = net.start(3)
    net.wait_met(nodes)
    vault = test.vault("owner")
    content_hash = tessera(test, 5, vault)
    original = exported(test, vault, content_hash, "original")
    network.publish(test, nodes[1], vault, content_hash)
    rot_in_vault(nodes[1])
    _, folder = fetched(test, nodes[1], content_hash)
    support.same(original, folder)
    # The owner's own vault has the same files. It is mended.
    support.run(test.tes, vault, "verify", content_hash, want=1)
    done = support.run(test.tes, vault, "fetch", content_hash, "--daemon", nodes[2].folder)
    assert "damaged" in done.error and "every file and both signatures hold" in done.error + done.out, done
    support.run(test.tes, vault, "verify", content_hash)
    assert "In your vault already" in support.run(test.tes, vault, "fetch", content_hash, "--daemon", nodes[2].folder).out


def what_vanishes_is_made_again(test, net):
    nodes = net.start(10, config=HURRIED)
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 5, fragments_kept=24, holders=9)
    original = exported(test, test.folder / "vault", content_hash, "original")
    # Nine keep two or three each: three are lost that leave enough to repair with, and less than a repair waits for.
    rest = [nodes[0], *nodes[2:]]
    fragments = kept(test, nodes[1], content_hash, rest)
    lose(nodes[1])
    lost = next(some for some in itertools.combinations(rest, 3) if 7 <= sum(len(fragments[node]) for node in some) <= 8)
    for node in lost:
        node.kill()
    left = [node for node in rest if node not in lost]
    network.until(lambda: any(node.said("a tessera was repaired") for node in left),
                  lambda: "a repair:\n" + "\n".join(map(str, left)), seconds=300)
    network.until(lambda: any(node.said("a tessera is whole again among its holders") for node in left),
                  lambda: "all to be well again:\n" + "\n".join(map(str, left)), seconds=300)
    # Who keeps some of it comes to know how safe it is, without its owner.
    def said_of_it():
        return network.ask(test, test.folder / "vault", "status", content_hash, daemon=left[0])

    def knows_all():
        said = said_of_it()
        counted = (said["missing_holders"], said["fragments_kept"], said["fragment_holders"], said["is_in_need"])
        return counted == (len(lost), 24, len(left), False) and "last proof" in said["verdict"] and said
    said = network.until(knows_all, lambda: f"who is there and who not: {said_of_it()}", seconds=300)
    assert said["kept_here"] and "this one among them" in said["verdict"], said

    def proved():
        rows = network.ask(test, test.folder / "vault", "holders", content_hash, daemon=left[0])["holders"]
        return any(row["last_proved"] for row in rows)
    network.until(proved, lambda: f"a proof: {left[0]}")
    # Of the first 24 fragments too few would be left.
    left[-1].kill()
    _, folder = fetched(test, left[0], content_hash)
    support.same(original, folder)


def who_leaves_hands_over(test, net):
    nodes = net.start(10, config={"observability": {"metrics_addr": "127.0.0.1:0"}})
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 5, fragments_kept=24, holders=9)
    original = exported(test, test.folder / "vault", content_hash, "original")
    rest = [nodes[0], *nodes[2:]]
    before = kept(test, nodes[1], content_hash, rest)
    lose(nodes[1])

    def all_is_told(living):
        told = kept(test, nodes[0], content_hash, living)
        return sorted(itertools.chain(*told.values())) == list(range(24)) and told
    # More go than may vanish.
    left = list(rest)
    for _ in range(3):
        # Whoever leaves gives to those who keep least, as they tell.
        network.until(lambda: all_is_told(left), lambda: f"all tell what they keep: {nodes[0]}")
        leaving = left.pop()
        leaving.stop().start("--leave")
        assert leaving.wait() == 0, leaving
        assert "nothing of others' is left here" in leaving.text(), leaving
        shutil.rmtree(leaving.folder)
    after = network.until(lambda: all_is_told(left), lambda: f"all is with those who are left: {nodes[0]}")
    assert all(len(after[node]) > len(before[node]) for node in left), (before, after)
    assert not any(node.figure("tesseras_upkeep_fragments_made_total") for node in left), "nothing had to be made again"
    _, folder = fetched(test, left[0], content_hash)
    support.same(original, folder)


def who_leaves_and_is_stopped_keeps_the_rest(test, net):
    nodes = net.start(3)
    net.wait_met(nodes)
    content_hash = tessera(test, 0.3)
    copied(test, nodes[1], content_hash, 2)
    # Both others have a copy already, and nobody wants a second one.
    network.until(lambda: len(nodes[2].find(content_hash)["holders"]) == 3, lambda: f"all tell of it: {nodes[2]}")
    nodes[2].stop().start("--leave").wait_for("nobody takes some of the fragments now; it will be tried again")
    nodes[2].stop(want=8)
    assert "left here for others: 1 fragment" in nodes[2].text(), nodes[2]
    nodes[2].start()
    lose(nodes[1])
    nodes[0].kill()
    _, folder = fetched(test, nodes[2], content_hash)
    support.same(exported(test, test.folder / "vault", content_hash, "original"), folder)


def ledger_and_metrics_show_who_keeps_for_whom(test, net):
    nodes = net.start(3, config={"observability": {"metrics_addr": "127.0.0.1:0"}})
    net.wait_met(nodes)
    ledgers = {node.node_id(): lambda node=node: network.ask(test, test.folder / "vault", "peers", "--ledger", daemon=node)["ledger"]
               for node in nodes}
    assert all(ledger() == [] for ledger in ledgers.values())
    owner = nodes[1].node_id()
    content_hash = tessera(test, 0.3)
    copied(test, nodes[1], content_hash, 2)

    def check():
        rows = {row["node_id"]: row for row in ledgers[owner]()}
        assert rows.keys() == ledgers.keys() - {owner}, rows
        for keeper, row in rows.items():
            size = row["kept_for_us_bytes"]
            assert size > 300_000 and row["kept_for_it_bytes"] == 0 and row["balance_bytes"] == size, row
            (at_keeper,) = ledgers[keeper]()
            assert (at_keeper["node_id"], at_keeper["key"]) == (owner, nodes[1].info()["key"].hex()), at_keeper
            assert (at_keeper["kept_for_it_bytes"], at_keeper["balance_bytes"]) == (size, -size), (at_keeper, row)
    check()
    said = support.run(test.tes, test.folder / "vault", "peers", "--ledger", "--daemon", nodes[1].folder)
    assert re.search(rf"^{nodes[0].node_id()} +0 B +[\d.]+ [KM]B +\+[\d.]+ [KM]B$", said.out, flags=re.M), said
    assert "keeps 0 B for others, and they keep" in said.error, said
    for keeper in (nodes[0], nodes[2]):
        assert keeper.figure("tesseras_replica_fragments_kept") == 1, keeper
        assert keeper.figure("tesseras_replica_fragments_received_total") == 1, keeper
        assert keeper.figure("tesseras_replica_kept_bytes") > 300_000, keeper
    for figure, value in (("own_tesserae", 1), ("own_tesserae_incomplete", 1), ("own_tesserae_at_risk", 0)):
        assert nodes[1].figure(f"tesseras_replica_{figure}") == value, (figure, nodes[1].page("/metrics"))
    assert "\nincomplete: of 1 of 1 own tessera nobody keeps" in nodes[1].page("/healthz")[1], nodes[1].page("/healthz")
    fetched(test, nodes[0], content_hash)
    assert (nodes[0].figure("tesseras_replica_fetches_total"), nodes[0].figure("tesseras_replica_fetches_under_way")) == (1, 0)
    # The ledger has no entries of its own: what is kept shows it, also after a restart.
    for node in nodes:
        node.stop().start()
    network.until(lambda: ledgers[owner](), "the owner's plan is looked at")
    check()


def begun(test, vault, *words):
    """tes at work; what it says goes into pipes."""
    return subprocess.Popen([str(test.tes), "--data-dir", str(vault), *map(str, words)], env=support.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def interrupted(process, daemon):
    """Whether Ctrl-C has ended it, and not before it came what the daemon said, which stands still meanwhile."""
    daemon.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=network.PATIENCE_SECONDS)
    daemon.send_signal(signal.SIGCONT)
    if process.returncode in (0, UNAVAILABLE):
        print(f"  it had ended already: {error}", flush=True)
        return False
    assert process.returncode == INTERRUPTED and "the daemon goes on" in error, (process.returncode, error)
    return True


def an_interrupted_publish_goes_on(test, net):
    author, *others = net.start(4, config={"replication": {"concurrent_transfers": 1}})
    net.wait_met((author, *others))

    def interrupted_while_giving():
        content_hash, before = tessera(test, 12), len(author.said("giving a fragment"))
        publishing = begun(test, test.folder / "vault", "publish", content_hash, "--daemon", author.folder)
        network.until(lambda: len(author.said("giving a fragment")) > before, lambda: f"a fragment is given: {author}")
        return interrupted(publishing, author) and content_hash
    content_hash = network.until(interrupted_while_giving, "an interrupt in the midst of it")

    def others_have():
        return author.ask("status", content_hash=bytes.fromhex(content_hash))["others"]
    network.until(lambda: others_have()["kept"] == 24, lambda: f"all fragments are given: {author}")
    # And what it knows it knows after a restart.
    before = others_have()
    author.stop().start()
    assert others_have()["kept"] == before["kept"] and others_have()["holders"] == before["holders"] == 3


def an_interrupted_fetch_goes_on(test, net):
    nodes = net.start(9)
    net.wait_met(nodes)
    content_hash, _ = given(test, nodes[1], 5, fragments_kept=24, holders=8)
    original = exported(test, test.folder / "vault", content_hash, "original")
    lose(nodes[1])
    here, first, later = nodes[0], nodes[2:6], nodes[6:]
    for node in later:
        node.send_signal(signal.SIGSTOP)
    # Five keep 15 of the 16 that it takes, this daemon among them.
    stranger = test.vault("stranger")
    fetching = begun(test, stranger, "fetch", content_hash, "--daemon", here.folder)

    def have_come():
        nonlocal fetching
        if fetching.poll() is not None:  # some were too slow, and it was told to try again
            assert fetching.returncode == UNAVAILABLE, fetching.returncode
            fetching = begun(test, stranger, "fetch", content_hash, "--daemon", here.folder)
        try:
            state = here.ask("fetch", content_hash=bytes.fromhex(content_hash))
        except network.control.Refused as refused:
            assert refused.code == "unavailable", refused
            return False
        return state["needed"] > 0 and state["come"] >= state["needed"] // 16 * 15
    network.until(lambda: have_come() and interrupted(fetching, here), lambda: f"what can be got: {here}")
    # Three more and itself have 12. The others' are here, though neither they nor that daemon run.
    here.stop()
    for node in first:
        node.kill()
    for node in later:
        node.send_signal(signal.SIGCONT)
    here.start()
    network.until(lambda: len(here.peers()) >= len(later), lambda: f"peers of {here}")
    _, folder = fetched(test, here, content_hash)
    support.same(original, folder)
    network.until(lambda: not any((here.folder / "fetched").iterdir()), "what was collected is gone from the daemon")


def only_its_author_can_cut_it(test, net):
    nodes = net.start(3)
    net.wait_met(nodes)
    content_hash = tessera(test, 0.1)
    original = exported(test, test.folder / "vault", content_hash, "original")
    heir = test.vault("heir")
    support.run(test.tes, heir, "import", original)
    def told_all():
        done = support.run(test.tes, heir, "publish", content_hash, "--daemon", nodes[1].folder)
        assert "another author's" in done.error, done
        return "3 nodes keep the pointer" in done.out
    network.until(told_all, lambda: f"all are told: {nodes[1]}")
    assert "fragments" not in network.publish(test, nodes[1], heir, content_hash)
    assert "fragments" not in network.ask(test, heir, "status", content_hash, daemon=nodes[1])
    support.run(test.tes, heir, "holders", "0" * 64, "--daemon", nodes[2].folder, "--json", want=NOT_FOUND)
    (row,) = network.ask(test, heir, "holders", content_hash, daemon=nodes[2])["holders"]
    assert (row["node_id"], row["fragments"], row["whole"]) == (nodes[1].node_id(), [], True), row
    # Its author may go on where the heir began.
    copied(test, nodes[1], content_hash, 2)


def names(value):
    """Of all fields in it, but for those of every answer."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if isinstance(value, dict):
        return (set(value) | names(list(value.values()))) - {"version", "command"}
    return set()


def documented(command):
    row = re.search(rf"^\| `{command}` \|(.*)\|$", JSON_CHAPTER.read_text(encoding="utf-8"), re.M)
    return set(re.findall(r"`([a-z_]+)`", row[1]))


def what_is_said_is_what_is_documented(test, net):
    nodes = net.start(3)
    net.wait_met(nodes)
    content_hash = tessera(test, 0.1)
    vault = test.folder / "vault"
    assert names(network.publish(test, nodes[1], vault, content_hash)) == documented("publish")
    assert names(network.ask(test, vault, "holders", content_hash, daemon=nodes[1])) == documented("holders")
    assert names(network.ask(test, vault, "find", content_hash, daemon=nodes[1])) == documented("find")
    said = names(network.ask(test, vault, "status", content_hash, daemon=nodes[1]))
    assert said | {"proved_seconds_ago", "retracted_at", "key"} == documented("status"), said ^ documented("status")
    assert names(fetched(test, nodes[2], content_hash)[0]) == documented("fetch")


def programs_are_answered_as_documented(test, net):
    """spec/control.md, by its second reader."""
    nodes = net.start(3)
    net.wait_met(nodes)
    content_hash = tessera(test, 0.1)
    wanted = {"content_hash": bytes.fromhex(content_hash)}
    for method, code in (("holders", "not_found"), ("collect", "not_found"), ("spread", "corrupt")):
        try:
            nodes[1].ask(method, **(wanted if method != "spread" else {"plan": b"\x80"}))
            raise AssertionError(f"{method} was answered")
        except network.control.Refused as refused:
            assert refused.code == code, refused
    copied(test, nodes[1], content_hash, 2)
    others = nodes[1].ask("status", **wanted)["others"]
    assert set(others) - {"proved_ago"} == {"busy", "crowded", "fragments", "here", "holders", "in_need", "kept", "may_vanish",
                                              "missing", "needed", "trouble"}
    holders = nodes[1].ask("holders", **wanted)["holders"]
    assert [set(one) for one in holders] == [{"endpoints", "fragments", "id", "proved", "since"}] * 2, holders
    assert sorted(one["fragments"] for one in holders) == [b"\x01", b"\x02"], holders
    state = network.until(lambda: (one := nodes[2].ask("fetch", **wanted))["ready"] and one, "the pack is there")
    assert set(state) == {"come", "holders", "needed", "ready"}, state
    with nodes[2].control() as asking:
        size = asking.ask("collect", **wanted)["size"]
        with tarfile.open(fileobj=io.BytesIO(asking.take(size)), mode="r:") as pack:
            assert f"tessera-{content_hash}/MANIFEST" in pack.getnames()


CHECKS = [what_vanishes_is_made_again, a_copy_outlives_its_owner, fragments_outlive_their_owner,
          the_owner_gives_what_others_have_lost, a_rotten_own_copy_is_fetched_from_others, who_leaves_hands_over,
          who_leaves_and_is_stopped_keeps_the_rest, ledger_and_metrics_show_who_keeps_for_whom,
          an_interrupted_publish_goes_on, an_interrupted_fetch_goes_on,
          only_its_author_can_cut_it, what_is_said_is_what_is_documented, programs_are_answered_as_documented]

if __name__ == "__main__":
    sys.exit(network.run_all(__doc__, CHECKS))

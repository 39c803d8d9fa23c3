#!/usr/bin/env python3
"""kill -9 at random moments of those who give fragments, take them, make them again, and fetch.

Whatever was acknowledged is there afterwards and whole, what was begun goes on by itself or when it is
asked for again, and nobody ever sees half of anything.
"""

import re
import shutil
import signal
import subprocess
import sys
import time

import network
import support
from keeping import HURRIED, exported, fetch, fetched, given, hashes_of, kept, tessera

KILLS = 55 if support.LONG else 10  # of each
REPAIRS = 55 if support.LONG else 3  # that are killed: each takes a quarter of a minute
MEBIBYTES = 5  # in 24 fragments
UNAVAILABLE = 8


def whole_objects(daemon):
    """The hashes of all fragments that a daemon shows in its folder: each has the bytes that its name says."""
    files = [path for path in (daemon.folder / "fragments" / "objects").glob("*/*") if re.fullmatch(r"[0-9a-f]{64}", path.name)]
    if files:
        done = subprocess.run(["b3sum", "--no-names", *map(str, files)], capture_output=True, text=True, check=False)
        # One that is damaged may be put aside meanwhile, but a name never has other bytes.
        sums = done.stdout.split()
        assert set(sums) <= {path.name for path in files}, f"{daemon.name} shows what is not what its name says"
    return {path.name for path in files}


def check_acknowledged(test, owner, content_hash, nodes):
    """Everything that the owner counts as kept is kept, whole."""
    hashes = hashes_of(owner)[content_hash]
    rows = network.ask(test, test.folder / "vault", "holders", content_hash, daemon=owner)["holders"]
    nodes = {node.node_id(): node for node in nodes}
    for row in rows:
        there = whole_objects(nodes[row["node_id"]])
        missing = [number for number in row["fragments"] if hashes[number] not in there]
        assert not missing, f"{row['node_id']} acknowledged {missing}, and has them not"


def wait_given(test, owner, content_hash):
    def others():
        return owner.ask("status", content_hash=bytes.fromhex(content_hash)).get("others") or {}
    network.until(lambda: others().get("kept") == 24, lambda: f"all of {content_hash} is given, not {others()}: {owner}", pause=0.2)


def restart(node):
    node.process.wait()
    node.process = None
    node.start()


def a_network(net, count, **config):
    nodes = net.start(count, config={**HURRIED, **config})
    net.wait_met(nodes)
    return nodes


def publishing(test, owner, content_hash):
    return subprocess.Popen([str(test.tes), "--data-dir", str(test.folder / "vault"), "publish", content_hash, "--daemon",
                             str(owner.folder)], env=support.environment(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def while_giving(test, net, victim_of):
    """Kills one of them while a tessera is given to others, again and again."""
    stranger, owner, *others = a_network(net, 9)
    others.append(stranger)
    began = time.monotonic()
    network.publish(test, owner, test.folder / "vault", tessera(test, MEBIBYTES))
    duration = time.monotonic() - began
    interrupted = 0
    for _ in range(KILLS):
        content_hash = tessera(test, MEBIBYTES)
        original = exported(test, test.folder / "vault", content_hash, "original")
        process = publishing(test, owner, content_hash)
        time.sleep(test.random.uniform(0, duration * 1.05))
        victim = victim_of(test, owner, others)
        victim.send_signal(signal.SIGKILL)
        restart(victim)
        status = process.wait(timeout=support.SECONDS_MAX_PER_COMMAND)
        interrupted += status != 0
        # What it has said of itself is known to it again; it may have been killed before it was asked.
        if status != 0 and not owner.ask("status", content_hash=bytes.fromhex(content_hash))["published"]:
            net.wait_reachable([owner])
            network.publish(test, owner, test.folder / "vault", content_hash)
        wait_given(test, owner, content_hash)
        check_acknowledged(test, owner, content_hash, [owner, *others])
        _, folder = fetched(test, stranger, content_hash)
        support.same(original, folder)
        for path in (original.parent, folder.parent):
            shutil.rmtree(path)
    print(f"  {KILLS} kills within {duration:.2f} s; {interrupted} broke off the publishing", flush=True)


def who_gives_is_killed(test, net):
    while_giving(test, net, lambda test, owner, others: owner)


def who_takes_is_killed(test, net):
    while_giving(test, net, lambda test, owner, others: test.random.choice(others[:-1]))


def restart_all(nodes, meanwhile):
    """All are off at once, and on again."""
    for node in nodes:
        node.send_signal(signal.SIGKILL)
    for node in nodes:
        node.wait()
    meanwhile()
    for node in nodes:
        node.start()


def at_work(nodes):
    """The first of them that gathers what it makes fragments of, or gives those away. What it made stays there for a while,
    with a note."""
    def works(node):
        return any(not node.said("a tessera was repaired", plan=folder.name) and not (folder / "pack-since").exists()
                   for folder in (node.folder / "repair").glob("*"))
    return next((node for node in nodes if works(node)), None)


def given_anew(test, nodes, owner):
    """A tessera that these nodes keep, and nothing else; its hash, and those of its fragments."""
    def forget():
        for node in nodes:
            shutil.rmtree(node.folder / "fragments")
            shutil.rmtree(node.folder / "audits")  # nobody is in doubt for what went before
    restart_all(nodes, forget)
    owner.start()
    network.until(lambda: len(owner.peers()) == len(nodes), lambda: f"peers of {owner}")
    content_hash, _ = given(test, owner, MEBIBYTES, fragments_kept=24)
    network.until(lambda: len(kept(test, nodes[0], content_hash, nodes)) == len(nodes), "all holders are known")
    hashes = set(hashes_of(owner)[content_hash])
    owner.kill()
    return content_hash, hashes


def who_repairs_is_killed(test, net):
    # A day is short enough to wait for many needs.
    nodes = a_network(net, 12, replication={"repair_interval_secs": 5, "repair_jitter_secs": 1})
    owner = nodes.pop().kill()
    duration, broken_off = 0.0, 0
    for number in range(REPAIRS + 1):
        content_hash, hashes = given_anew(test, nodes, owner)
        original = exported(test, test.folder / "vault", content_hash, "original")

        def there(at=nodes, hashes=hashes):
            return set().union(*map(whole_objects, at)) & hashes

        def wipe(there=there):
            """Some have new disks: what is left suffices, and is little enough for a repair."""
            wiped = []
            while len(there()) > 19:
                wiped.append(test.random.choice([node for node in nodes if node not in wiped]))
                shutil.rmtree(wiped[-1].folder / "fragments")
            assert len(there()) >= 16
        restart_all(nodes, wipe)
        repairer = network.until(lambda: at_work(nodes), lambda: f"a repair: {nodes[0]}", seconds=300, pause=0.002)
        began = time.monotonic()
        if number == 0:  # so long one takes
            network.until(lambda: at_work([repairer]) is None, lambda: f"its end: {repairer}", pause=0.002)
            duration = time.monotonic() - began
        else:
            time.sleep(test.random.uniform(0, duration * 1.05))
            broken_off += at_work([repairer]) is not None
            repairer.kill().start()
        network.until(lambda: there() == hashes, lambda: f"all fragments are there again: {repairer}", seconds=300, pause=0.2)
        _, folder = fetched(test, test.random.choice(nodes), content_hash)
        support.same(original, folder)
        for path in (original.parent, folder.parent):
            shutil.rmtree(path)
    print(f"  {REPAIRS} kills within {duration:.2f} s; {broken_off} broke off the repair", flush=True)


def check_fetched(test, vault, folder, content_hash, original):
    """Whether it is there; half of it never is."""
    shown = support.hashes(test.tes, vault)
    assert shown <= {content_hash}, shown
    if shown:
        support.run(test.tes, vault, "verify", content_hash)
    exports = [path.name for path in folder.glob("tessera-*")] if folder.exists() else []
    if exports:
        assert exports == [original.name] and shown, exports
        support.same(original, folder / original.name)
    return bool(exports)


def who_fetches_is_killed(test, net):
    nodes = a_network(net, 9)
    content_hash = tessera(test, 3 * MEBIBYTES)
    original = exported(test, test.folder / "vault", content_hash, "original")
    network.publish(test, nodes.pop(1), test.folder / "vault", content_hash)
    began = time.monotonic()
    _, folder = fetched(test, nodes[0], content_hash)
    duration = time.monotonic() - began
    shutil.rmtree(folder.parent)
    done = 0
    for number in range(2 * KILLS):
        # Not the seed: it is told of nobody, and was killed before it has noted whom it knows.
        node = test.random.choice(nodes[1:])
        vault = test.vault("stranger")
        folder = test.folder / "strangers"
        words = (content_hash, folder, "--daemon", node.folder)
        process = support.start(test.tes, vault, "fetch", *words)
        time.sleep(test.random.uniform(0, duration * 1.05))
        if number % 2 == 0:
            process.kill()
            status = process.wait()
        else:
            node.send_signal(signal.SIGKILL)
            status = process.wait(timeout=support.SECONDS_MAX_PER_COMMAND)
            restart(node)
            assert status in (0, UNAVAILABLE), status
        is_there = check_fetched(test, vault, folder, content_hash, original)
        assert is_there or status != 0, "it said that it succeeded, and did not"
        done += is_there
        # A daemon that has just started knows whom to ask by its file, and they whom it asks.
        network.until(lambda node=node: len(node.peers()) > 1, lambda node=node: f"peers of {node}")
        fetch(test, vault, *words)
        assert check_fetched(test, vault, folder, content_hash, original)
        left = [path.name for path in (*vault.iterdir(), *folder.iterdir()) if path.name.startswith(".")]
        assert not left, left
        shutil.rmtree(vault)
        shutil.rmtree(folder)
    print(f"  {KILLS} kills of `tes fetch` and of its daemon each within {duration:.2f} s; {done} had come to their end",
          flush=True)


CHECKS = [who_gives_is_killed, who_takes_is_killed, who_fetches_is_killed]

if __name__ == "__main__":
    # Under sanitizers a day of five seconds is none.
    sys.exit(network.run_all(__doc__, CHECKS if "/debug/" in " ".join(sys.argv) else [*CHECKS, who_repairs_is_killed]))

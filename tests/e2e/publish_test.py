#!/usr/bin/env python3
"""tes and a daemon: which one it talks to, what it gives it, and what it shows of it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

import network
import support

NOT_FOUND, DENIED, UNAVAILABLE = 3, 5, 8
KEEPER, MEMBER, STRANGER = 54321, 54322, 54323  # users, by number; the keeper's group has its number


def tes(test, *words, want=0, data_dir=None, home=None, before=()):
    """What tes says, as an object; home is where it looks for the user's default daemon."""
    environment = dict(support.environment(), HOME=str(home or test.folder))
    done = subprocess.run([*before, str(test.tes), "--data-dir", str(data_dir or test.folder / "vault"), "--json",
                           *map(str, words)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == want, f"wanted {want}, got {done.returncode}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def large_tessera(test):
    """One with a file that lies in the vault by itself."""
    folder = support.make_folder(test.folder / f"large-{test.random.randrange(1 << 30)}", [300_000, 5], test.random.random())
    return support.create(test.tes, test.folder / "vault", folder)


def it_says_how_to_start_one(test, _):
    said = tes(test, "peers", want=UNAVAILABLE)
    assert "tesseras-daemon" in said["error"]["message"], said
    said = tes(test, "peers", "--daemon", test.folder / "nowhere", want=UNAVAILABLE)
    assert "nowhere" in said["error"]["message"], said


def what_is_published_is_found(test, net):
    nodes = net.start(4)
    net.wait_met(nodes)
    # Three others take a copy each.
    content_hash, said = network.publish_to_all(test, nodes[1], test.folder / "vault", lambda: large_tessera(test),
                                                nodes_keeping=4, fragments=7, fragments_kept=3, holders=3, may_vanish=2)
    said = tes(test, "publish", content_hash[:8], "--daemon", nodes[1].folder)
    assert said["content_hash"] == content_hash and said["node_id"] == nodes[1].node_id(), said
    assert said["trouble"] == "nobody takes 4 of its 7 fragments now", said
    found = tes(test, "find", content_hash, "--daemon", nodes[3].folder)
    whole = [holder for holder in found["holders"] if holder["whole"]]
    assert whole == [{"node_id": nodes[1].node_id(), "addresses": [str(nodes[1].addresses()[0])], "whole": True}], found
    keepers = {one.node_id() for one in nodes if one is not nodes[1]}
    assert {holder["node_id"] for holder in found["holders"] if not holder["whole"]} <= keepers, found
    # Its own name is known by its beginning, a stranger's is not.
    tes(test, "find", content_hash[:12], "--daemon", nodes[1].folder)
    said = tes(test, "find", content_hash[:12], "--daemon", nodes[3].folder, data_dir=test.folder / "none", want=NOT_FOUND)
    assert "all 64 digits" in said["error"]["message"], said
    said = tes(test, "find", "0" * 64, "--daemon", nodes[3].folder, want=NOT_FOUND)
    assert "0" * 64 in said["error"]["message"], said
    # The large file is there once.
    assert any(path.stat().st_nlink == 2 for path in (nodes[1].folder / "blobs").rglob("*") if path.is_file())
    support.run(test.tes, nodes[1].folder, "verify", content_hash)
    network.until(lambda: tes(test, "publish", content_hash, "--daemon", nodes[1].folder)["nodes_keeping"] == 4, "all keep it")


def status_says_how_safe_it_is(test, net):
    nodes = net.start(3, config={"dht": {"republish_interval_secs": 5}})
    net.wait_met(nodes)
    content_hash = large_tessera(test)
    said = tes(test, "status", content_hash, "--daemon", nodes[0].folder)
    assert (said["in_vault"], said["published"], said["holders"]) == (False, False, 0), said
    network.until(lambda: (said := network.publish(test, nodes[0], test.folder / "vault", content_hash))["holders"] == 2
                  and said["nodes_keeping"] == 3, "both others have a copy")
    said = tes(test, "status", content_hash, "--daemon", nodes[0].folder)
    assert (said["in_vault"], said["published"], said["nodes_keeping"]) == (True, True, 3), said
    assert said["verdict"].startswith("2 nodes keep a copy; any 1 of these may vanish"), said
    assert (said["fragments_needed"], said["fragments_kept"], said["fragment_holders"]) == (1, 2, 2), said
    # Whom it has not given it knows by the network; one that has all of it says so, in place of its fragment.
    network.until(lambda: len(tes(test, "find", content_hash, "--daemon", nodes[1].folder)["holders"]) == 3, "all holders")

    def three_keep_it():
        said = tes(test, "status", content_hash, "--daemon", nodes[1].folder)
        return (said["in_vault"], said["holders"], said["other_holders"]) == (False, 3, 2) and said
    said = network.until(three_keep_it, "three keep it, two of them others")
    assert not said["published"] and "nodes_keeping" not in said, said
    tes(test, "publish", content_hash, "--daemon", nodes[2].folder)
    network.until(lambda: nodes[1].holders(content_hash) == {nodes[0].node_id(), nodes[2].node_id()}, lambda: f"two have it: {nodes[1]}")
    # What a daemon has published it publishes again when it comes back.
    network.until(lambda: (nodes[2].folder / "dht" / "contacts").exists(), "the file of contacts")
    nodes[2].kill()
    nodes[2].start()
    network.until(lambda: tes(test, "status", content_hash, "--daemon", nodes[2].folder).get("nodes_keeping") == 3,
                  "the renewal")


def it_finds_the_daemon_that_is_meant(test, net):
    beside = net.daemon("served").start()
    support.run(test.tes, beside.folder, "init")
    info = tes(test, "node-info", data_dir=beside.folder)
    assert info["node_id"] == beside.node_id() and info["data_dir"] == str(beside.folder), info
    assert info["listening"] == [str(beside.addresses()[0])] and not info["bootstrapped"], info
    # A data dir without a daemon of its own: the user's.
    assert tes(test, "node-info", want=UNAVAILABLE)["error"]["code"] == "unavailable"
    home = test.folder / "somebody"
    folder = home / ".local" / "share" / "tesseras"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(beside.folder)
    assert tes(test, "node-info", home=home)["node_id"] == beside.node_id()
    assert tes(test, "peers", home=home)["peers"] == []
    # The vault that a daemon serves is worked on beside it.
    content_hash = support.create(test.tes, beside.folder, support.make_folder(test.folder / "small", [9]))
    said = tes(test, "publish", content_hash, data_dir=beside.folder, want=UNAVAILABLE)
    assert "as soon as it can" in said["error"]["message"], said
    assert tes(test, "status", content_hash, data_dir=beside.folder)["published"]


def an_interrupt_ends_the_waiting(test, net):
    content_hash = large_tessera(test)
    daemon = net.daemon().start()
    waiting = subprocess.Popen([str(test.tes), "--data-dir", str(test.folder / "vault"), "publish", content_hash,
                                "--daemon", str(daemon.folder)], env=support.environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    network.until(lambda: daemon.said("asked", method="publish"), "the question")
    # It answers some seconds after its start that nobody is there, also to a test that is slow.
    daemon.send_signal(signal.SIGSTOP)
    waiting.send_signal(signal.SIGINT)
    _, error = waiting.communicate(timeout=network.PATIENCE_SECONDS)
    daemon.send_signal(signal.SIGCONT)
    assert waiting.returncode == 130 and "the daemon goes on" in error, (waiting.returncode, error)
    assert tes(test, "status", content_hash, "--daemon", daemon.folder)["published"]


def its_vault_is_worked_on_beside_it(test, net):
    """By `tes vault rebuild` and `tes remove`; a removed tessera is told of no longer."""
    nodes = net.start(3, config={"dht": {"pointer_ttl_secs": 60}})
    net.wait_met(nodes)
    keeper, other = nodes[1], nodes[2]
    kept, removed = large_tessera(test), large_tessera(test)
    for content_hash in (kept, removed):
        tes(test, "publish", content_hash, "--daemon", keeper.folder)

    def status(content_hash, **how):
        return tes(test, "status", content_hash, "--daemon", keeper.folder, **how)

    # Its index is lost, and made anew.
    for path in (keeper.folder / "db").iterdir():
        path.unlink()
    assert "vault rebuild" in status(kept, want=1)["error"]["message"]
    support.run(test.tes, keeper.folder, "vault", "rebuild")
    for content_hash in (kept, removed):
        assert status(content_hash)["in_vault"] and status(content_hash)["published"]
    later = large_tessera(test)
    tes(test, "publish", later, "--daemon", keeper.folder)
    assert support.hashes(test.tes, keeper.folder) == {kept, removed, later}

    support.run(test.tes, keeper.folder, "remove", removed, "--yes")
    assert not status(removed)["in_vault"] and status(kept)["in_vault"]
    # It looks now and then, and when it starts.
    keeper.stop().start()
    keeper.wait_for("withdrawn: the vault has it no longer", content_hash=removed)
    assert not status(removed)["published"] and keeper.info()["published"] == 2
    network.until(lambda: other.holders(removed) == set(), "the last pointer to it has expired")
    for content_hash in (kept, later):
        network.until(lambda one=content_hash: other.holders(one) == {keeper.node_id()}, "what it keeps is found")


def is_its_own(daemon):
    """Its vault, of which nothing is anybody else's."""
    files = [path for path in (daemon.folder / "blobs").rglob("*") if path.is_file()]
    assert files and all(path.stat().st_nlink == 1 and path.stat().st_uid == KEEPER for path in files), files


def can_be_others(who):
    can = os.geteuid() == 0 and shutil.which("setpriv")
    if not can:
        print(f"skipped: {who} needs root, and setpriv")
    return can


def as_user(user, group):
    return ["setpriv", "--reuid", str(user), "--regid", str(group), "--clear-groups"]


@contextlib.contextmanager
def impostor(folder, heard):
    """A stranger's program where a daemon would listen; what each who comes has said goes to `heard`."""
    def hear(stream):
        with stream:
            heard.append(stream.recv(1000))

    def serve():
        with contextlib.suppress(OSError):  # until the listener is shut down
            while True:
                threading.Thread(target=hear, args=(listener.accept()[0],)).start()

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        listener.bind(f"/proc/self/fd/{at}/daemon.sock")  # a socket's name has room for some hundred bytes only
        os.close(at)
        (folder / "daemon.sock").chmod(0o666)
        os.seteuid(STRANGER)  # whose it is, the kernel says of whoever began to listen
        listener.listen()
        os.seteuid(0)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def a_stranger_is_asked_nothing(test, _):
    if not can_be_others("a_stranger_is_asked_nothing"):
        return
    test.folder.chmod(0o755)
    folder = test.folder / "served"
    (folder / "control").mkdir(parents=True)
    os.chown(folder / "control", STRANGER, STRANGER)
    folder.chmod(0o755)
    (folder / "control").chmod(0o755)
    ask, heard = ("--daemon", folder), []
    with impostor(folder / "control", heard):
        said = tes(test, "node-info", *ask, want=DENIED)["error"]["message"]
        assert f"user {STRANGER}" in said and "chmod go-w" in said, said
        tes(test, "node-info", *ask, want=DENIED, before=as_user(MEMBER, KEEPER), data_dir=test.folder / "none")
        # Those who come look whether anybody is there, and then who.
        network.until(lambda: len(heard) == 4, "the connections")
        assert not any(heard), heard
        # Where all is the stranger's, it is what the person has named.
        os.chown(folder, STRANGER, STRANGER)
        tes(test, "node-info", *ask, want=UNAVAILABLE)
        network.until(lambda: any(heard), "the question")
        # A folder that others may write into is nobody's.
        folder.chmod(0o777)
        tes(test, "node-info", *ask, want=DENIED)


def a_group_shares_a_daemon(test, net):
    if not can_be_others("a_group_shares_a_daemon"):
        return
    test.folder.chmod(0o755)
    daemon = net.daemon(options=["--group"])
    os.chown(daemon.folder, KEEPER, KEEPER)
    daemon.folder.chmod(0o710)
    daemon.words = lambda words=daemon.words: as_user(KEEPER, KEEPER) + words()
    daemon.start()
    content_hash = large_tessera(test)
    for path in (vault := test.folder / "vault", *vault.rglob("*")):
        os.chown(path, MEMBER, MEMBER)
    ask = ("--daemon", daemon.folder)
    member, stranger = as_user(MEMBER, KEEPER), as_user(STRANGER, STRANGER)
    assert tes(test, "node-info", *ask, before=member)["node_id"]
    said = tes(test, "node-info", *ask, before=stranger, data_dir=test.folder / "none", want=DENIED)
    assert "--group" in said["error"]["message"], said
    # Nobody is there to be told of it; but the daemon has it, whole, and it is its own.
    tes(test, "publish", content_hash, *ask, before=member, want=UNAVAILABLE)
    assert tes(test, "status", content_hash, *ask, before=member)["in_vault"]
    support.run(test.tes, daemon.folder, "verify", content_hash)
    is_its_own(daemon)
    assert not list((daemon.folder / "incoming").iterdir())
    for path in (vault, *vault.rglob("*")):
        os.chown(path, 0, 0)
    # Root may write anywhere, but the daemon could not change what root has written.
    content_hash = large_tessera(test)
    tes(test, "publish", content_hash, *ask, want=UNAVAILABLE)
    assert tes(test, "status", content_hash, *ask)["in_vault"]
    is_its_own(daemon)


if __name__ == "__main__":
    sys.exit(network.run_all(__doc__, (
        it_says_how_to_start_one, what_is_published_is_found, status_says_how_safe_it_is,
        it_finds_the_daemon_that_is_meant, its_vault_is_worked_on_beside_it, an_interrupt_ends_the_waiting,
        a_stranger_is_asked_nothing, a_group_shares_a_daemon)))

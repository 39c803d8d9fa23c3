#!/usr/bin/env python3
"""Each key of config.toml: another value of it is seen from outside.

Runs in a network namespace of its own where the system grants one, so that names and neighbours of
this machine's network are neither asked nor found.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import network
import support
from config_keeping import (concurrent_transfers, deficit_allowance_bytes, exempt_peers, max_bytes, max_tessera_bytes,
                            min_free_space_bytes, per_peer_limit_bytes)

USAGE, UNAVAILABLE = 2, 8  # as the table of exit statuses has it
HAS_NAMESPACE = "TESSERAS_TEST_NAMESPACE"


def enter_namespace():
    """Begins this program anew in namespaces of network and mounts; without the right to, not."""
    words = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    if os.geteuid() == 0:
        words = ["unshare", "--net", "--mount"]
    if HAS_NAMESPACE in os.environ:
        # IFF_UP and IFF_RUNNING of the loopback, which is all the network there is.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS
        return True
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        return False
    os.environ[HAS_NAMESPACE] = "1"
    os.execvp("unshare", [*words, sys.executable, *sys.argv])


# [create]: what `tes create` takes where nobody says otherwise.


def created_with(test, keys):
    """meta.json of a memory that was created in a vault with that config."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=test.folder))
    vault = test.vault(folder / "vault")
    (vault / "config.toml").write_text(network.to_toml({"create": keys}))
    (folder / "text").mkdir()
    (folder / "text" / "a.txt").write_text("A text.\n")
    content_hash = support.create(test.tes, vault, folder / "text")
    support.run(test.tes, vault, "export", content_hash, folder / "out")
    (meta,) = (folder / "out").glob("*/memories/*/meta.json")
    return json.loads(meta.read_text())


def language(test, _):
    assert created_with(test, {})["language"] == "en"
    assert created_with(test, {"language": "pt-BR"})["language"] == "pt-BR"


def location(test, _):
    assert "location" not in created_with(test, {})
    assert created_with(test, {"location": "Porto"})["location"]["description"] == "Porto"


def tags(test, _):
    assert "tags" not in created_with(test, {})
    assert created_with(test, {"tags": ["family", "well"]})["tags"] == ["family", "well"]


def publish(test, _):
    """Without a daemon, trying to publish fails, and not trying does not."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=test.folder))
    vault = test.vault(folder / "vault")
    (folder / "a.txt").write_text("A text.\n")
    for value, status in (("never", 0), ("ask", 0), ("auto", UNAVAILABLE)):
        (vault / "config.toml").write_text(network.to_toml({"create": {"publish": value}}))
        support.run(test.tes, vault, "create", folder, "-n", "--title", value, "--daemon", folder / "nowhere", want=status)
    assert len(support.hashes(test.tes, vault)) == 3


# [node]


def data_dir(_, net):
    daemon = net.daemon()
    home = daemon.folder.with_name("home")
    home.mkdir()
    config = daemon.folder / "other.toml"
    config.write_text(network.to_toml({"node": {"data_dir": "~/kept/here"}, "network": {"enable_mdns": False},
                                       "observability": {"metrics_addr": ""}}))
    daemon.environment = {"HOME": str(home)}
    daemon.options = ["--config", str(config)]
    daemon.has_data_dir = False
    daemon.folder = home / "kept" / "here"
    daemon.start()
    assert (home / "kept" / "here" / "identity.key").exists()
    assert daemon.info()["data_dir"] == str(home / "kept" / "here")
    # A file in a data dir cannot say that it is elsewhere; that it is there, it may.
    daemon.stop()
    daemon.has_data_dir, daemon.options = True, []
    daemon.configure({"node": {"data_dir": "~/elsewhere"}})
    assert daemon.start(wait=False).wait() == USAGE
    assert re.search(rf"node.data_dir names another .* --data-dir {home}/elsewhere, or with --config {daemon.folder}/config.toml",
                     daemon.text()), daemon.text()
    assert not (home / "elsewhere").exists()
    daemon.configure({"node": {"data_dir": "~/kept/here"}})
    daemon.start()


def listen_addr(_, net):
    daemon = net.daemon(listen=None, config={"node": {"listen_addr": "127.0.0.2:0"}}).start()
    assert [address.ip for address in daemon.addresses()] == ["127.0.0.2"], daemon.info()
    daemon.stop().configure({"node": {"listen_addr": "127.0.0.3:0"}})
    daemon.start()
    assert [address.ip for address in daemon.addresses()] == ["127.0.0.3"], daemon.info()


def listen_addrs(_, net):
    wanted = ["127.0.0.2:0", "127.0.0.3:0"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        one.bind(("::1", 0))
        wanted.append("[::1]:0")
    daemon = net.daemon(listen=None, config={"node": {"listen_addrs": wanted}}).start()
    listening = daemon.addresses()
    assert [address.ip for address in listening] == [text.rpartition(":")[0].strip("[]") for text in wanted], listening
    # And each of them answers.
    for address in listening:
        other = net.daemon(bootstrap=str(address), listen="[::1]:0" if ":" in address.ip else "127.0.0.1:0").start()
        other.wait_for("bootstrap successful")


# [dht]


def bucket_of(first, second):
    return (int(first, 16) ^ int(second, 16)).bit_length()


def fullest_bucket(daemon):
    buckets = [bucket_of(daemon.node_id(), peer) for peer in daemon.peers()]
    return max(map(buckets.count, buckets), default=0)


def k(_, net):
    usual, *_ = net.start(4)
    small = net.daemon(bootstrap=[usual], config={"dht": {"k": 1}}).start()
    small.wait_for("bootstrap successful")
    # Until chance has put two into one bucket.
    while fullest_bucket(usual) < 2 or len({bucket_of(small.node_id(), one.node_id()) for one in net.daemons
                                            if one is not small}) == len(net.daemons) - 1:
        net.daemon(bootstrap=[usual]).start().wait_for("bootstrap successful")
        network.until(lambda: len(usual.peers()) == len(net.daemons) - 1, lambda: f"peers of {usual}")
    net.wait_reachable(net.daemons)
    for daemon in net.daemons:
        daemon.holders("00" * 32)
    assert fullest_bucket(small) == 1, small.peers()


def first_questions(asking, others):
    """How many a search sends while nobody answers; None if that was not seen in time, or something else asked, too."""
    def figures():
        return [asking.figure(f"tesseras_dht_{name}_total") for name in ("requests_sent", "lookups")]
    before = figures()
    time.sleep(1)
    if figures() != before:
        return None
    for other in others:
        other.send_signal(network.signal.SIGSTOP)
    try:
        with asking.control() as control:
            began = time.monotonic()
            control.send("find", content_hash=bytes(32))
            sent = network.until(lambda: figures()[0] - before[0], "the first questions", pause=0)
            # A path asks another one when this has not answered for a while.
            is_in_time = time.monotonic() < began + 1
            return sent if is_in_time and figures()[1] == before[1] + 1 else None
    finally:
        for other in others:
            other.send_signal(network.signal.SIGCONT)


def alpha(_, net):
    """How many a search asks at once, seen when nobody answers."""
    first_burst = {}
    for value in (1, 16):
        config = {"dht": {"alpha": value}, "observability": {"metrics_addr": "127.0.0.1:0"}}
        others = net.start(8)
        asking = net.daemon(bootstrap=others[:1], config=config).start()
        asking.wait_for("bootstrap successful")
        network.until(lambda: len(asking.peers()) == len(others), lambda: f"peers of {asking}")
        net.wait_reachable([asking])
        first_burst[value] = network.until(lambda: first_questions(asking, others), "a search that is seen as it begins")
    # One on each of four paths, whatever alpha is; else as many as there are.
    assert first_burst[1] < 8 <= first_burst[16], first_burst


def bucket_refresh_interval_secs(_, net):
    metrics = {"observability": {"metrics_addr": "127.0.0.1:0"}}
    usual, eager, third = net.start(3, config=metrics)
    eager.stop().configure({"dht": {"bucket_refresh_interval_secs": 1}, **metrics})
    eager.start().wait_for("bootstrap successful")
    net.wait_reachable((usual, eager, third))

    def usual_is_quiet():
        begin = {one: one.figure("tesseras_dht_lookups_total") for one in (usual, eager)}
        network.until(lambda: eager.figure("tesseras_dht_lookups_total") >= begin[eager] + 6, "an eager node's lookups")
        return usual.figure("tesseras_dht_lookups_total") == begin[usual]
    # Once it has looked into each bucket up to its nearest neighbour: how many these are, chance decides.
    network.until(usual_is_quiet, "a quiet node to stay quiet", seconds=180)


def republish_interval_secs(test, net):
    usual, eager = net.start(2)
    eager.stop().configure({"dht": {"republish_interval_secs": 1}})
    eager.start().wait_for("bootstrap successful")
    net.wait_met((usual, eager))
    vault = test.folder / "vault"
    content_hash = network.tessera(test, vault, "published again and again")
    for daemon in (usual, eager):
        network.publish(test, daemon, vault, content_hash)
    network.until(lambda: len(eager.said("published")) >= 3, lambda: f"rounds of {eager}")
    assert len(usual.said("published")) == 1, usual


def hostile_stores(test, daemon, count):
    done = subprocess.run([test.build / "tests" / "hostile_peer", str(daemon.addresses()[0]), "store", str(count)],
                          capture_output=True, text=True, timeout=support.SECONDS_MAX_PER_COMMAND, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def pointer_ttl_secs(test, net):
    for config, ttl in (({}, 86400), ({"dht": {"pointer_ttl_secs": 100}}, 100)):
        daemon = net.daemon(config=config).start()
        (told,) = hostile_stores(test, daemon, 1)
        assert told["code"] == "ok" and told["ttl"] == ttl, told


def max_stored_pointers(test, net):
    for config, wanted in (({}, {20}), ({"dht": {"max_stored_pointers": 5}}, set(range(1, 6)))):
        daemon = net.daemon(config=config).start()
        hostile_stores(test, daemon, 20)
        assert daemon.info()["pointers"] in wanted, daemon.info()


def ping_failure_threshold(_, net):
    for threshold in (1, 20):
        asking, other, gone = net.start(3, config={"dht": {"ping_failure_threshold": threshold}})
        net.wait_reachable((asking, other, gone))
        gone_id = gone.node_id()
        network.until(lambda: gone_id in asking.peers(), "it is known")
        gone.kill()

        def failures():
            asking.holders("00" * 32)
            peer = asking.peers().get(gone_id)
            return None if peer is None else peer["failures"]
        # With 1 it goes at once. With 20 it has failed before and is there still, however many requests were on
        # their way to it; with 3 or 4, these alone could be enough.
        seen = []
        network.until(lambda: seen.append(failures()) or seen[-1] is None or seen[-1] >= 2, lambda: f"failures {seen}")
        assert (seen[-1] is None) == (threshold == 1), (threshold, seen)
        assert threshold != 1 or not any(seen), seen


# [bootstrap]


@contextlib.contextmanager
def name_server(test, texts):
    """The only one of this namespace; {name: text}."""
    program = shutil.which("dnsmasq", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None or HAS_NAMESPACE not in os.environ:
        yield False
        return
    resolv = test.folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    mount = ctypes.CDLL(None, use_errno=True)
    at = os.path.realpath("/etc/resolv.conf").encode()
    assert mount.mount(str(resolv).encode(), at, None, 4096, None) == 0, os.strerror(ctypes.get_errno())  # MS_BIND
    words = [program, "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--log-queries", "--log-facility=-",
             "--bind-interfaces", "--listen-address=127.0.0.1", "--user=root",
             *(f"--txt-record={name},{text}" for name, text in texts.items())]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in server.stdout:
            if "started" in line:
                break
        assert server.poll() is None, "dnsmasq did not start"
        yield True
    finally:
        server.kill()
        server.communicate()
        mount.umount(at)


def dns_domain(test, net):
    seed = net.daemon().start()
    with name_server(test, {"_tesseras._udp.family.test": f"v=tesseras1 peer={seed.addresses()[0]}"}) as is_there:
        if not is_there:
            print("  no dnsmasq, or no namespace for it: not checked", flush=True)
            return
        keys = {"hardcoded": [], "dns_domain": "_tesseras._udp.family.test"}
        net.daemon(bootstrap=None, config={"bootstrap": keys}).start().wait_for("bootstrap successful")
        other = net.daemon(bootstrap=None, config={"bootstrap": dict(keys, dns_domain="")}).start()
        assert not other.info()["bootstrapped"]


def hardcoded(_, net):
    seed = net.daemon().start()
    config = {"bootstrap": {"dns_domain": "", "hardcoded": [str(seed.addresses()[0])]}}
    net.daemon(bootstrap=None, config=config).start().wait_for("bootstrap successful")
    # A list of the command line stands for it.
    other = net.daemon(bootstrap="", config=config).start()
    assert not other.info()["bootstrapped"]


# [network], [observability], [nat]


def lan_address():
    """Of a network in our namespace that has nobody but us; nothing where that cannot be."""
    program = shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if HAS_NAMESPACE not in os.environ or program is None:
        return None
    for words in ("link add lan0 type veth peer name lan1", "addr add 192.168.77.1/24 dev lan0", "link set lan0 up",
                  "link set lan1 up"):
        if subprocess.run([program, *words.split()], capture_output=True, check=False).returncode != 0:
            return None
    return "192.168.77.1"


def enable_mdns(_, net):
    address = lan_address()
    if address is None:
        print("  no namespace with a network of its own: not checked", flush=True)
        return
    listen = f"{address}:0"
    quiet = net.daemon(listen=listen, config={"network": {"enable_mdns": False}}).start()
    loud = [net.daemon(listen=listen, config={"network": {"enable_mdns": True}}).start() for _ in range(2)]
    # Nobody told them of one another.
    for daemon in loud:
        daemon.wait_for("bootstrap successful")
    assert set(loud[0].peers()) == {loud[1].node_id()}, loud[0].peers()
    assert not quiet.peers() and not quiet.said("bootstrap successful"), quiet


def metrics_addr(_, net):
    daemon = net.daemon(config={"observability": {"metrics_addr": ""}}).start()
    assert "metrics" not in daemon.info()
    daemon.stop().configure({"observability": {"metrics_addr": "127.0.0.2:0"}})
    daemon.start()
    assert daemon.info()["metrics"].startswith("127.0.0.2:")
    assert daemon.page("/metrics")[0] == 200


def log_format(_, net):
    daemon = net.daemon(config={"observability": {"log_format": "json"}}).start().stop()
    assert all(line["level"] != "TEXT" for line in daemon.lines()), daemon
    daemon.configure({"observability": {"log_format": "text"}})
    daemon.start(wait=False)
    network.until(lambda: "daemon ready" in daemon.text(), lambda: f"it is ready: {daemon}")
    assert all(line["level"] == "TEXT" for line in daemon.lines()), daemon


def without_effect(value):
    """A key of [nat]: that it has none yet is said."""
    def check(name, net):
        warning = "the keys in [nat] have no effect yet: this release does not pass through NAT"
        assert not net.daemon().start().said(warning)
        assert net.daemon(config={"nat": {name: value}}).start().said(warning)
    return check


CHECKS = {
    "create": (language, location, tags, publish),
    "node": (data_dir, listen_addr, listen_addrs),
    "dht": (k, alpha, bucket_refresh_interval_secs, republish_interval_secs, pointer_ttl_secs, max_stored_pointers,
            ping_failure_threshold),
    "bootstrap": (dns_domain, hardcoded),
    "network": (enable_mdns,),
    "storage": (max_bytes, per_peer_limit_bytes, deficit_allowance_bytes, min_free_space_bytes, exempt_peers),
    "replication": (max_tessera_bytes, concurrent_transfers),
    "observability": (metrics_addr, log_format),
}
# How often a node looks again at what others keep: days, of which nothing is seen in a test.
UNSEEN = {"repair_interval_secs", "repair_jitter_secs"}  # replication_test.py sees them
NAT = {"stun_servers": [], "relay_enabled": True, "relay_max_sessions": 1, "relay_reciprocal_kbps": 1,
       "relay_bootstrap_kbps": 1, "relay_idle_timeout_secs": 1}


def nat(_, net):
    for name, value in NAT.items():
        without_effect(value)(name, net)


def every_key_is_here(_, net):
    """The daemon's own list of its keys, out of what it says of one that is none."""
    known = {}
    daemon = net.daemon()

    def ask(text):
        (daemon.folder / "config.toml").write_text(text)
        daemon.start(wait=False).wait()
        return re.search(r"known are (.*)", daemon.text())[1].split(", ")
    for section in ask("[zzzzzzzzzz]\n"):
        known[section] = set(ask(f"[{section}]\nzzzzzzzzzzzzzzzzzzzz = 1\n"))
    checked = {section: {check.__name__ for check in checks} for section, checks in CHECKS.items()}
    checked["nat"] = set(NAT)
    checked["replication"] |= UNSEEN
    checked["storage"].add("scrub_bytes_per_second")  # how fast a disk is read is nobody's to see
    assert known == checked, {section: known.get(section, set()) ^ checked.get(section, set()) for section in known | checked}


def main():
    if not enter_namespace():
        print("no network namespace: keys about names and neighbours are not checked", flush=True)
    began = time.monotonic()
    status = network.run_all(__doc__, [every_key_is_here, *(check for checks in CHECKS.values() for check in checks), nat])
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())

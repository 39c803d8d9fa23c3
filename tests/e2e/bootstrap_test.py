#!/usr/bin/env python3
"""How real daemons find their first peers: bootstrap_test.py --tes PROGRAM.

In network namespaces of its own, so that any port is free and nothing gets out: skipped by name
where the machine allows none. dnsmasq answers for DNS; for multicast DNS, another implementation
(python3-zeroconf) looks at ours and is looked at. What is not installed is left out, in one line.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading

import machines
import network

PYTHON = "/usr/bin/python3"  # Debian's own, which has its packages
DNSMASQ = "/usr/sbin/dnsmasq"


def met(*daemons):
    for daemon in daemons:
        # Who begins a moment too early tries again after half a minute, and a minute after that.
        daemon.wait_for("bootstrap successful", 2 * network.PATIENCE_SECONDS)


def list_and_file(_, net):
    """A peer of no use among those that are; a file that a person wrote."""
    seed = net.daemon("seed", listen="127.0.0.1:5000").start()
    met(net.daemon("listed", bootstrap="127.0.0.1:5999, 127.0.0.1:5000").start(), seed)
    filed = net.daemon("filed")
    (filed.folder / "peers.txt").write_text("# by hand\nnonsense\n127.0.0.1:5000 # the one upstairs\n")
    met(filed.start())
    filed.wait_for("a line is no peer; write HOST:PORT", line=2, text="nonsense")


def nobody_there(_, net):
    """With nobody to be reached a node is ready, warns once, and goes on looking."""
    alone = net.daemon("alone", bootstrap="127.0.0.1:5998").start()
    warning = "no peer could be reached; this node is ready for others, and goes on trying"
    alone.wait_for(warning)
    late = net.daemon("late", listen="127.0.0.1:5998").start()
    met(alone, late)
    assert len(alone.said(warning)) == 1, alone
    alone.stop()


@contextlib.contextmanager
def name_server(folder, *records):
    """dnsmasq, as the only name server there is."""
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    machines.bind_file(resolv, "/etc/resolv.conf")
    server = subprocess.Popen([DNSMASQ, "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv",
                               "--bind-interfaces", "--listen-address=127.0.0.1", "--cache-size=0", *records],
                              stderr=subprocess.PIPE, text=True)
    try:
        while "started" not in (line := server.stderr.readline()):
            assert line, "dnsmasq ended"
        yield
    finally:
        server.kill()
        server.wait()
        machines.unbind_file("/etc/resolv.conf")


def names_and_texts(test, net):
    """Names with A and AAAA of which only one leads to somebody, and TXT records."""
    if not os.access(DNSMASQ, os.X_OK) or not os.path.exists("/etc/resolv.conf"):
        print("skipped: dnsmasq, or /etc/resolv.conf, is not here", flush=True)
        return
    both = {"node": {"listen_addrs": ["127.0.0.1:0", "[::1]:0"]}}
    texts = both | {"bootstrap": {"hardcoded": [], "dns_domain": "_tesseras._udp.test"}}
    with name_server(test.folder, "--host-record=six.test,127.0.0.9,::1", "--host-record=four.test,127.0.0.1,2001:db8::1",
                     "--txt-record=_tesseras._udp.test,v=spf1 -all",
                     "--txt-record=_tesseras._udp.test,v=tesseras1 region=eu peer=six.test:5000"):
        six = net.daemon("six", listen="[::1]:5000").start()
        four = net.daemon("four", listen="127.0.0.1:5001").start()
        met(net.daemon("of-six", listen=None, bootstrap="six.test:5000", config=both).start(), six)
        met(net.daemon("of-four", listen=None, bootstrap="four.test:5001", config=both).start(), four)
        met(net.daemon("of-texts", listen=None, bootstrap=None, config=texts).start())
        # An empty list turns names and DNS off.
        none = net.daemon("none", listen=None, bootstrap="", config=texts).start()
        none.wait_for("no peer could be reached; this node is ready for others, and goes on trying")
        assert not none.said("bootstrap successful"), none


class ZeroconfPeer:
    """zeroconf_peer.py on a machine, and what it has seen."""

    def __init__(self, machine, name, address, port):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zeroconf_peer.py")
        self.events = []
        self.process = subprocess.Popen(machine.command(PYTHON, script, name, address, port), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def wait_for(self, what, name):
        def look():
            return [event for event in list(self.events) if (event["what"], event["name"]) == (what, name)]
        return network.until(look, lambda: f"{what}: {name} in {self.events}")[0]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=network.PATIENCE_SECONDS)


def neighbours(test, net):
    """Two machines on one network, with nothing set up; a third party that sees and is seen."""
    loud = {"node": {"listen_addrs": ["0.0.0.0:4433", "[::]:4433"]}, "network": {"enable_mdns": True}}
    has_zeroconf = subprocess.run([PYTHON, "-c", "import zeroconf"], check=False, capture_output=True).returncode == 0
    if not has_zeroconf:
        print("skipped: python3-zeroconf is not here; only our own see one another", flush=True)
    with contextlib.ExitStack() as end:
        here, there = (end.enter_context(contextlib.closing(machines.Machine())) for _ in range(2))
        machines.wire(here, there)
        here.addresses("lan0", "10.77.0.1/24", "2001:db8:77::1/64")
        there.addresses("lan0", "10.77.0.2/24", "2001:db8:77::2/64")
        first = net.daemon("first", listen=None, config=loud, wrapper=here.command()).start()
        other = None
        if has_zeroconf:
            other = end.enter_context(contextlib.closing(ZeroconfPeer(here, "somebody", "10.77.0.1", 7777)))
            other.wait_for("seen", first.node_id())
        quiet = net.daemon("quiet", listen="0.0.0.0:4434", wrapper=there.command()).start()
        second = net.daemon("second", listen=None, config=loud, wrapper=there.command()).start()
        second_id = second.node_id()
        met(first, second)
        assert not quiet.said("bootstrap successful"), quiet
        # In both families, and of use to each other.
        for daemon in (first, second):
            network.until(lambda one=daemon: len(one.info()["reached_at"]) == 2, lambda one=daemon: f"both ways to {one}")
        content_hash = network.tessera(test, test.folder / "vault", "neighbour")
        network.publish(test, second, test.folder / "vault", content_hash)
        network.until(lambda: second_id in first.holders(content_hash), lambda: f"the holder, by {first}")
        if other is not None:
            seen = other.wait_for("seen", second_id)
            assert seen["port"] == 4433, seen
            assert set(seen["addresses"]) == {"10.77.0.2", "2001:db8:77::2"}, seen
            assert seen["texts"] == {"v": "1", "id": second_id}, seen
            assert all(event["name"] != quiet.node_id() for event in other.events), other.events
        second.stop()
        if other is not None:
            other.wait_for("gone", second_id)
        # While its network is still there.
        first.stop()
        quiet.stop()


if __name__ == "__main__":
    machines.in_own_network("bootstrap_test")
    sys.exit(network.run_all(__doc__, (list_and_file, nobody_there, names_and_texts, neighbours)))

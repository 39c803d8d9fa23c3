#!/usr/bin/env python3
"""How real daemons find their first peers: bootstrap_test.py --tes PROGRAM.

In network namespaces of its own, so that any port is free and nothing gets out: skipped by name
where the machine allows none. dnsmasq answers for DNS; for multicast DNS, another implementation
(python3-zeroconf) looks at ours and is looked at. What is not installed is left out, in one line.
"""

import json
import os
import subprocess
import threading
import time

import networks
import support
from daemons import SECONDS_MAX, Daemon

OFF = "[network]\nenable_mdns = false\n"
PYTHON = "/usr/bin/python3"  # Debian's own, which has its packages
DNSMASQ = "/usr/sbin/dnsmasq"


def met(daemon):
    daemon.wait_for("bootstrap successful")


def finds_by_list_and_file(test):
    """A name of no use among peers that are; a file that a person wrote."""
    with Daemon(test.tes, test.folder / "seed", "--listen", "127.0.0.1:5000", "--bootstrap", "", config=OFF) as seed:
        seed.wait_for("daemon ready")
        with Daemon(test.tes, test.folder / "listed", "--listen", "127.0.0.1:5001",
                    "--bootstrap", "127.0.0.1:5999,127.0.0.1:5000", config=OFF) as listed:
            met(listed)
            met(seed)
        folder = test.folder / "filed"
        folder.mkdir()
        (folder / "peers.txt").write_text("# by hand\nnonsense\n127.0.0.1:5000 # the one upstairs\n")
        with Daemon(test.tes, folder, "--listen", "127.0.0.1:5002", "--bootstrap", "", config=OFF) as filed:
            met(filed)
            wrong = filed.wait_for("a line is no peer")["fields"]
            assert (wrong["line"], wrong["text"]) == (2, "nonsense"), wrong
    print("a list and a file: found", flush=True)


def is_ready_alone(test):
    """With nobody to be reached a node is ready, warns once, and goes on."""
    with Daemon(test.tes, test.folder / "alone", "--listen", "127.0.0.1:5003", "--bootstrap", "127.0.0.1:5998",
                config=OFF) as alone:
        alone.wait_for("daemon ready")
        alone.wait_for("no peer could be reached")
        # It is still looking: the first that comes is met.
        with Daemon(test.tes, test.folder / "late", "--listen", "127.0.0.1:5998", "--bootstrap", "", config=OFF) as late:
            late.wait_for("daemon ready")
            # After half a minute, or the minute after that.
            alone.wait_for("bootstrap successful", 2 * SECONDS_MAX)
            assert alone.count("no peer could be reached") == 1, alone.said()
        assert alone.stop() == 0, alone.said()
    print("nobody there: ready, warned once, and met the first who came", flush=True)


def finds_by_dns(test):
    """Names with A and AAAA of which only one leads to somebody, and TXT records."""
    if not os.access(DNSMASQ, os.X_OK) or not os.path.exists("/etc/resolv.conf"):
        print("skipped: dnsmasq, or /etc/resolv.conf, is not here", flush=True)
        return
    resolv = test.folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    networks.bind_file(resolv, "/etc/resolv.conf")
    server = subprocess.Popen(
        [DNSMASQ, "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--bind-interfaces",
         "--listen-address=127.0.0.1", "--cache-size=0",
         "--host-record=six.test,127.0.0.9,::1", "--host-record=four.test,127.0.0.1,2001:db8::1",
         "--txt-record=_tesseras._udp.test,v=spf1 -all",
         "--txt-record=_tesseras._udp.test,v=tesseras1 region=eu peer=six.test:5000"],
        stderr=subprocess.PIPE, text=True)
    try:
        while "started" not in (line := server.stderr.readline()):
            assert line, "dnsmasq ended"
        both = 'listen_addrs = ["127.0.0.1:{0}", "[::1]:{0}"]\n'
        with Daemon(test.tes, test.folder / "six", "--listen", "[::1]:5000", "--bootstrap", "", config=OFF) as six, \
             Daemon(test.tes, test.folder / "four", "--listen", "127.0.0.1:5001", "--bootstrap", "", config=OFF) as four:
            six.wait_for("daemon ready")
            four.wait_for("daemon ready")
            for number, (name, seed) in enumerate((("six.test:5000", six), ("four.test:5001", four))):
                config = "[node]\n" + both.format(5010 + number) + OFF
                with Daemon(test.tes, test.folder / f"of-{name[:4]}", "--bootstrap", name, config=config) as daemon:
                    met(daemon)
                    met(seed)
            config = ("[node]\n" + both.format(5020) + '[bootstrap]\nhardcoded = []\ndns_domain = "_tesseras._udp.test"\n'
                      + OFF)
            with Daemon(test.tes, test.folder / "texts", config=config) as texts:
                met(texts)
            # An empty list turns names and DNS off.
            with Daemon(test.tes, test.folder / "none", "--bootstrap", "", config=config.replace("5020", "5021")) as none:
                none.wait_for("no peer could be reached")
                assert none.count("bootstrap successful") == 0, none.said()
    finally:
        server.kill()
        server.wait()
    print("DNS: names with both families, and TXT records: found", flush=True)


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
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            for event in list(self.events):
                if (event["what"], event["name"]) == (what, name):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"never {what}: {name}\n{self.events}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def finds_neighbours(test):
    """Two machines on one network, with nothing set up; a third party that sees and is seen."""
    here, there = networks.Machine(), networks.Machine()
    networks.wire(here, there)
    here.addresses("lan0", "10.77.0.1/24", "2001:db8:77::1/64")
    there.addresses("lan0", "10.77.0.2/24", "2001:db8:77::2/64")
    listen = '[node]\nlisten_addrs = ["0.0.0.0:4433", "[::]:4433"]\n'
    has_zeroconf = subprocess.run([PYTHON, "-c", "import zeroconf"], check=False, capture_output=True).returncode == 0
    if not has_zeroconf:
        print("skipped: python3-zeroconf is not here; only our own see one another", flush=True)
    other = None
    try:
        with Daemon(test.tes, test.folder / "here", "--bootstrap", "", config=listen, prefix=here.command()) as first:
            first_id = first.wait_for("daemon ready")["fields"]["node_id"]
            if has_zeroconf:
                other = ZeroconfPeer(here, "somebody", "10.77.0.1", 7777)
                other.wait_for("seen", first_id)
            # Both have everything else turned off.
            with Daemon(test.tes, test.folder / "quiet", "--bootstrap", "", "--listen", "0.0.0.0:4434", config=OFF,
                        prefix=there.command()) as quiet, \
                 Daemon(test.tes, test.folder / "there", "--bootstrap", "", config=listen,
                        prefix=there.command()) as second:
                quiet_id = quiet.wait_for("daemon ready")["fields"]["node_id"]
                second_id = second.wait_for("daemon ready")["fields"]["node_id"]
                met(first)
                met(second)
                assert quiet.count("bootstrap successful") == 0, quiet.said()
                if other is not None:
                    seen = other.wait_for("seen", second_id)
                    assert seen["port"] == 4433, seen
                    assert set(seen["addresses"]) == {"10.77.0.2", "2001:db8:77::2"}, seen
                    assert seen["texts"] == {"v": "1", "id": second_id}, seen
                    assert all(event["name"] != quiet_id for event in other.events), other.events
                assert second.stop() == 0, second.said()
                if other is not None:
                    other.wait_for("gone", second_id)
            assert first.stop() == 0, first.said()
    finally:
        if other is not None:
            other.close()
        here.close()
        there.close()
    print("neighbours: met, seen by another's mDNS, and said goodbye", flush=True)


def main():
    networks.in_own_network("bootstrap_test")
    with support.Test(__doc__) as test:
        finds_by_list_and_file(test)
        is_ready_alone(test)
        finds_by_dns(test)
        finds_neighbours(test)


main()

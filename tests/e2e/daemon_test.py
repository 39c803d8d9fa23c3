#!/usr/bin/env python3
"""The life of one daemon: its first run, what it refuses, how it is asked, reloaded and ended."""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

import control
import network
import support

# As the table of exit statuses has them.
USAGE, NOT_FOUND, CONFLICT, DENIED, CORRUPT, UNAVAILABLE = 2, 3, 4, 5, 1, 8


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def refused(daemon, status, *words):
    """It does not start: the exit status, and what it says of it."""
    daemon.start(wait=False)
    ended = daemon.wait()
    text = daemon.text()
    assert ended == status, f"wanted {status}, got {ended}: {text}"
    for word in words:
        assert word in text, f"no '{word}' in: {text}"
    assert "daemon ready" not in text, text


def first_run(_, net):
    daemon = net.daemon()
    (daemon.folder / "config.toml").unlink()
    daemon.folder.rmdir()
    # What the config would have said: nothing else of this machine is touched.
    config = daemon.folder.with_name("config.toml")
    config.write_text(network.to_toml({"network": {"enable_mdns": False}, "observability": {"metrics_addr": ""}}))
    daemon.options = ["--config", str(config)]
    daemon.start()
    assert mode(daemon.folder) == 0o700
    assert mode(daemon.folder / "control") == 0o700
    assert mode(daemon.folder / "control" / "daemon.sock") == 0o600
    assert mode(daemon.folder / "identity.secret") == 0o600
    public = (daemon.folder / "identity.key").read_bytes()
    info = daemon.info()
    assert len(public) == 40 and public[:32] == info["key"], (public, info)
    assert info["id"][0] == 0, "eight zero bits"
    assert daemon.said("daemon ready", node_id=info["id"].hex())
    # Nobody is there: it says so, and is well.
    assert not info["bootstrapped"] and info["contacts"] == 0 and "metrics" not in info, info
    daemon.stop()
    assert not (daemon.folder / "control" / "daemon.sock").exists()
    daemon.start()
    assert daemon.info()["id"] == info["id"] and daemon.info()["key"] == info["key"]


def a_deleted_identity_is_made_anew(_, net):
    daemon = net.daemon().start()
    first = daemon.node_id()
    daemon.stop()
    secret = (daemon.folder / "identity.secret").read_bytes()
    (daemon.folder / "identity.key").unlink()
    daemon.start()
    second = daemon.node_id()
    assert second != first
    assert (daemon.folder / "identity.secret.old").read_bytes() == secret, "nothing is thrown away"
    daemon.stop().start()
    assert daemon.node_id() == second


def a_key_that_cannot_be_used_is_refused(_, net):
    daemon = net.daemon().start().stop()
    secret, public = daemon.folder / "identity.secret", daemon.folder / "identity.key"
    whole = secret.read_bytes(), public.read_bytes()

    secret.chmod(0o644)
    refused(daemon, DENIED, "identity.secret", "chmod 600")
    secret.chmod(0o000)
    refused(daemon, DENIED, "identity.secret")
    secret.chmod(0o600)

    secret.write_bytes(whole[0][:31])
    refused(daemon, CORRUPT, "identity.secret", "restore it from a copy")
    secret.write_bytes(bytes(32))
    refused(daemon, CORRUPT, "identity.secret", "do not belong together")
    secret.unlink()
    refused(daemon, NOT_FOUND, "identity.secret", "put it back from a copy")
    secret.write_bytes(whole[0])
    secret.chmod(0o600)

    public.write_bytes(whole[1] + b"x")
    refused(daemon, CORRUPT, "identity.key")
    public.write_bytes(whole[1][:32] + bytes(8))
    refused(daemon, CORRUPT, "identity.key")
    public.write_bytes(whole[1])
    daemon.start()


def a_data_dir_has_one_daemon(_, net):
    daemon = net.daemon().start()
    other = net.daemon()
    shutil.rmtree(other.folder)
    other.folder = daemon.folder
    refused(other, UNAVAILABLE, "another daemon runs")
    other.options = ["--leave"]
    refused(other, UNAVAILABLE, "end it first")
    other.options = []
    # And the first has not noticed.
    assert daemon.info()["contacts"] == 0
    daemon.kill()
    # Its socket is left over, and nobody's.
    assert (daemon.folder / "control" / "daemon.sock").exists()
    other.start()
    assert other.info()["contacts"] == 0


def a_port_in_use_is_named(_, net):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(net.daemon(listen=at), CONFLICT, at, "--listen")


def options_win_over_the_config(_, net):
    seed = net.daemon().start()
    nowhere = {"node": {"listen_addr": "127.0.0.2:0", "data_dir": str(seed.folder)},
               "bootstrap": {"hardcoded": ["127.0.0.1:1"]}}
    daemon = net.daemon(listen="127.0.0.3:0", bootstrap=[seed], config=nowhere)
    daemon.options = ["--config", str(daemon.folder / "config.toml")]
    daemon.start().wait_for("bootstrap successful")
    assert [address.ip for address in daemon.addresses()] == ["127.0.0.3"], daemon.info()
    assert daemon.info()["data_dir"] == str(daemon.folder)


def what_makes_no_sense_is_refused(_, net):
    daemon = net.daemon()
    config = daemon.folder / "config.toml"
    for text, words in (
            ("[dht]\nk = 0\n", ("line 2", "dht.k")),
            ("[dht]\nalph = 3\n", ("line 2", "did you mean 'alpha'?")),
            ("[dth]\nk = 3\n", ("line 1", "did you mean 'dht'?")),
            ("[dht]\nk = \"20\"\n", ("line 2", "whole number")),
            ("[node]\nlisten_addr = \"localhost\"\n", ("line 2", "ADDRESS:PORT")),
            ("[node]\nlisten_addr = \"0.0.0.0:99999\"\n", ("line 2", "ADDRESS:PORT")),
            ("[node]\nlisten_addr = \"0.0.0.0:1\"\nlisten_addrs = [\"0.0.0.0:2\"]\n", ("not both",)),
            ("[bootstrap]\nhardcoded = [\"boot1\"]\n", ("line 2", "HOST:PORT")),
            ("[observability]\nlog_format = \"xml\"\n", ("line 2", "\"json\" or \"text\"")),
            ("[storage]\nmax_bytes = \"10 GB\"\n", ("line 2", "of bytes", "without a unit")),
            ("[dht\n", ("line 1",)),
            ("\0", ("line 1",))):
        config.write_text(text)
        refused(daemon, USAGE, f"{config}: ", *words)
    config.unlink()

    for options, words in (
            (["--listen", "here"], ("--listen", "ADDRESS:PORT")),
            (["--bootstrap", "there"], ("--bootstrap", "HOST:PORT")),
            (["--listen", ""], ("--listen",)),
            (["--colour"], ("--colour", "--help"))):
        daemon.listen, daemon.bootstrap, daemon.options = None, None, options
        refused(daemon, USAGE, *words)
    daemon.options = ["--listen", "127.0.0.1:0", "--config", str(daemon.folder / "no such file")]
    refused(daemon, NOT_FOUND, "no such file")
    daemon.options = ["--listen", "127.0.0.1:0"]
    daemon.environment = {"TESSERAS_LOG": "loud=very"}
    refused(daemon, USAGE, "TESSERAS_LOG", "loud=very")


def signals_end_it_gracefully(test, net):
    for number in (signal.SIGTERM, signal.SIGINT):
        daemon = net.daemon().start()
        daemon.stop(number)
        assert daemon.said("daemon stopped"), daemon

    # A request is under way that will not be done: the only other node says nothing.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        daemon = net.daemon(bootstrap=at)
        # As the book promises; a build with sanitizers may take longer for the rest, and a busy machine once.
        bound_seconds = 20 if test.sanitized else 5.5
        for _ in range(3):
            daemon.start()
            with daemon.control() as asking:
                asking.send("find", content_hash=bytes(32))
                daemon.wait_for("asked", method="find")
                began = time.monotonic()
                daemon.send_signal(signal.SIGTERM)
                assert daemon.wait() == 0
                seconds = time.monotonic() - began
            print(f"  ended after {seconds:.1f} s with a request under way", flush=True)
            if seconds < bound_seconds:
                break
        assert seconds < bound_seconds, seconds

        daemon.start()
        with daemon.control() as asking:
            asking.send("find", content_hash=bytes(32))
            daemon.wait_for("asked", method="find")
            daemon.send_signal(signal.SIGINT)
            daemon.wait_for("stopping")
            daemon.send_signal(signal.SIGINT)
            assert daemon.wait() == 0, "a second time: at once"


def hang_up_reads_the_config_again(_, net):
    daemon = net.daemon().start()
    assert "metrics" not in daemon.info()

    def reload(config):
        daemon.configure(config)
        daemon.send_signal(signal.SIGHUP)

    reload({"observability": {"metrics_addr": "127.0.0.1:0"}})
    network.until(lambda: "metrics" in daemon.info(), "metrics")
    assert daemon.page("/healthz")[0] == 200
    reload({"observability": {"metrics_addr": "", "log_format": "text"}})
    network.until(lambda: "metrics" not in daemon.info(), "no metrics")
    network.until(lambda: [line for line in daemon.lines() if line["level"] == "TEXT"
                           and "config read again" in line["fields"]["message"]], "a line of text")
    reload({})
    network.until(lambda: len(daemon.said("config read again")) == 2, "lines of JSON again")
    reload({"dht": {"k": 7}})
    daemon.wait_for("[dht] takes effect when the daemon starts again")
    reload({"storage": {"max_bytes": 0}, "replication": {"concurrent_transfers": 2}})
    daemon.wait_for("[storage] takes effect when the daemon starts again")
    daemon.wait_for("[replication] takes effect when the daemon starts again")
    (daemon.folder / "config.toml").write_text("[dht]\nk = many\n")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_for("the config cannot be read; all stays as it is", why="line 2")
    assert daemon.info()["contacts"] == 0


def it_ignores_hang_up_under_nohup(_, net):
    daemon = net.daemon()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        daemon.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    daemon.send_signal(signal.SIGHUP)
    daemon.info()
    assert not daemon.said("config read again")


def metrics_can_be_read(_, net):
    daemon = net.daemon(config={"observability": {"metrics_addr": "127.0.0.1:0"}}).start()
    status, text = daemon.page("/metrics")
    assert status == 200
    version = subprocess.run([str(net.program), "--version"], capture_output=True, text=True, check=True).stdout.split()
    assert f'tesseras_build_info{{version="{version[-1]}"}} 1' in text, text
    for name in ("tesseras_dht_contacts", "tesseras_dht_pointers", "tesseras_quic_connections"):
        assert re.search(rf"^# HELP {name} .+\n# TYPE {name} gauge\n{name} 0$", text, flags=re.M), (name, text)
    assert daemon.page("/healthz") == (200, "ok: alone, no other node is known\n")
    assert daemon.page("/")[0] == 404
    if promtool := shutil.which("promtool"):
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        print("  promtool is absent: the form of the metrics is checked by our own eyes only", flush=True)

    # Who sends nonsense, or nothing, keeps nobody else from asking.
    address = control.Address.parse(daemon.info()["metrics"])
    with contextlib.ExitStack() as open_sockets:
        for nonsense in (b"", b"GET /metr", b"\0" * 100, b"GET " + b"/" * 100_000, b"POST /metrics HTTP/1.1\r\n\r\n") * 3:
            one = open_sockets.enter_context(socket.create_connection((address.ip, address.port)))
            with contextlib.suppress(ConnectionError):
                one.sendall(nonsense)
        assert daemon.page("/metrics")[0] == 200

    # The port is somebody's: a warning, and all else goes on.
    other = net.daemon(config={"observability": {"metrics_addr": str(address)}}).start()
    assert other.said("metrics are off: their address cannot be listened on", metrics_addr=address)
    assert "metrics" not in other.info()


def the_log_is_as_wanted(_, net):
    daemon = net.daemon(environment={"TESSERAS_LOG": ""}).start()
    node_id = daemon.node_id()
    daemon.stop()
    lines = daemon.lines()
    # It warns after some seconds that nobody else is there.
    assert {line["level"] for line in lines if line["target"] != "tesseras_bootstrap"} == {"INFO"}, lines
    for line in lines:
        assert set(line) == {"timestamp", "level", "target", "fields"}, line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"]), line
    ready = daemon.said("daemon ready")[0]
    assert ready["target"] == "tesseras_daemon" and ready["fields"]["node_id"] == node_id, ready

    daemon.environment = {"TESSERAS_LOG": "warn,tesseras_bootstrap=off"}
    daemon.start(wait=False)
    network.until(lambda: _answers(daemon), "an answer")
    daemon.stop()
    assert daemon.text() == "", daemon

    # The name that other programs have made common, and which of the two counts.
    daemon.environment = {"TESSERAS_LOG": "", "RUST_LOG": "off,tesseras_daemon=info"}
    daemon.start().stop()
    assert {line["target"] for line in daemon.lines()} == {"tesseras_daemon"}, daemon
    daemon.environment = {"TESSERAS_LOG": "off", "RUST_LOG": "trace"}
    daemon.start(wait=False)
    network.until(lambda: _answers(daemon), "an answer")
    daemon.stop()
    assert daemon.text() == "", daemon

    daemon.environment = {"TESSERAS_LOG": "info"}
    daemon.configure({"observability": {"log_format": "text"}})
    daemon.start(wait=False)
    pattern = rf"^\S+Z  INFO tesseras_daemon: daemon ready node_id={node_id} "
    network.until(lambda: re.search(pattern, daemon.text(), flags=re.M), lambda: f"a line of text: {daemon}")


def _answers(daemon):
    with contextlib.suppress(OSError, ConnectionError):
        return daemon.info()
    return None


def the_socket_bears_nonsense(test, net):
    daemon = net.daemon().start()
    at = os.path.relpath(daemon.folder / "control" / "daemon.sock")

    def connect():
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        one.settimeout(network.PATIENCE_SECONDS)
        one.connect(at)
        return one

    for _ in range(50):
        with connect() as one, contextlib.suppress(ConnectionError, BrokenPipeError):
            one.sendall(test.random.randbytes(test.random.randrange(1, 100_000)))
            one.shutdown(socket.SHUT_WR)
            while one.recv(65536):
                pass
    # What is no request is refused as among peers; one that fails is answered with what went wrong.
    for envelope, code in (([2, 5, 0, "node_info", b"\x80"], 3), ([1, 5, 0, "no_such", b"\x80"], "unsupported"),
                           ([1, 5, 0, "find", b"\x80"], "corrupt"), ([1, 5, 0, "find", b"\xc1"], "corrupt"),
                           ([1, 5, 0, "find", control.pack({"content_hash": bytes(31)})], "corrupt"), ([1, 5, 7], 2)):
        with connect() as one:
            one.sendall(control.frame(envelope))
            size = int.from_bytes(one.recv(4, socket.MSG_WAITALL), "big")
            answer = control.unpack(one.recv(size, socket.MSG_WAITALL))
            if isinstance(code, int):
                assert answer[:4] == [1, 5, 2, code], (envelope, answer)
            else:
                assert answer[:3] == [1, 5, 1], (envelope, answer)
                assert control.unpack(answer[3])["error"]["code"] == code, (envelope, answer)
    # Half a request, and nobody who ends it, on more connections than there may be.
    with contextlib.ExitStack() as stack:
        for _ in range(80):
            with contextlib.suppress(OSError):
                stack.enter_context(connect()).sendall(b"\0\0")
    network.until(lambda: _answers(daemon), "an answer after the crowd has gone")


def tes_says_what_to_do(test, net):
    vault = test.folder / "vault"
    daemon = net.daemon().start()
    node_id = daemon.node_id()
    assert network.ask(test, vault, "node-info", daemon=daemon)["node_id"] == node_id
    # The daemon that serves the data dir is the one that is meant.
    assert network.ask(test, daemon.folder, "node-info")["node_id"] == node_id
    assert network.ask(test, vault, "peers", daemon=daemon)["peers"] == []
    # Its card names it, and is a contact like any other.
    card = network.ask(test, vault, "node", "card", daemon=daemon)
    file = test.folder / "node.contact"
    file.write_text(card["card"])
    assert support.run(test.tes, vault, "node", "card", "--daemon", daemon.folder).out == card["card"]
    added = network.ask(test, vault, "contact", "add", "attic", file)
    assert (added["kind"], added["node_id"], added["fingerprint"]) == ("node", node_id, card["fingerprint"]), added
    support.run(test.tes, vault, "contact", "remove", "attic")
    file.unlink()
    unknown = "00" * 32
    done = network.publish(test, daemon, vault, unknown, want=NOT_FOUND)
    assert unknown[:8] in done.error, done
    # Beside the daemon that runs on it, a vault is a vault.
    support.run(test.tes, daemon.folder, "init")
    content_hash = network.tessera(test, daemon.folder, "made in the daemon's own vault")
    assert network.ask(test, daemon.folder, "status", content_hash)["in_vault"]
    support.run(test.tes, daemon.folder, "remove", "--yes", content_hash)
    assert not network.ask(test, daemon.folder, "status", content_hash)["in_vault"]
    daemon.stop()
    for words in (("find", unknown), ("publish", content_hash), ("peers",), ("node-info",), ("status", content_hash)):
        done = support.run(test.tes, vault, *words, "--daemon", daemon.folder, want=UNAVAILABLE)
        assert f"tesseras-daemon -d {daemon.folder}" in done.error, done


def main():
    # Modes are tested, so root goes without the rights by which it reads what it may not.
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    return network.run_all(__doc__, (
        first_run, a_deleted_identity_is_made_anew, a_key_that_cannot_be_used_is_refused, a_data_dir_has_one_daemon,
        a_port_in_use_is_named, options_win_over_the_config, what_makes_no_sense_is_refused, signals_end_it_gracefully,
        hang_up_reads_the_config_again, it_ignores_hang_up_under_nohup, metrics_can_be_read, the_log_is_as_wanted,
        the_socket_bears_nonsense, tes_says_what_to_do))


if __name__ == "__main__":
    sys.exit(main())

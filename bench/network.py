"""What the network costs: bytes over QUIC, and a daemon that nobody asks anything."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from measuring import MIB, ROOT, Measured, Row, Skip, median, peak_mib, within


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


# What ngtcp2 calls its example programs, by the TLS library that they are built with.
NGTCP2_EXAMPLES = (("osslserver", "osslclient"), ("gtlsserver", "gtlsclient"), ("qtlsserver", "qtlsclient"),
                   ("bsslserver", "bsslclient"))


def ngtcp2_server(bench, mib):
    """ngtcp2's example server, about to serve a file of zeros over HTTP/3, and the client that fetches it."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    server, client = next(((shutil.which(one, path=path), shutil.which(other, path=path))
                           for one, other in NGTCP2_EXAMPLES
                           if shutil.which(one, path=path) and shutil.which(other, path=path)), (None, None))
    if server is None:
        raise Skip("ngtcp2's examples are not installed (Debian's ngtcp2-client and ngtcp2-server)")
    bench.need("openssl")
    key, certificate, port = bench.folder / "key.pem", bench.folder / "certificate.pem", free_port()
    bench.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
              "/CN=localhost", "-days", "2", "-keyout", key, "-out", certificate)
    with open(bench.folder / "zeros", "wb") as zeros:
        zeros.truncate(mib * MIB)
    process = subprocess.Popen([server, "--quiet", "--htdocs", str(bench.folder), "127.0.0.1", port, str(key),
                                str(certificate)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return process, [client, "--quiet", "--exit-on-all-streams-close", "--no-quic-dump", "--no-http-dump",
                     "127.0.0.1", port, f"https://127.0.0.1:{port}/zeros"]


def iperf3(bench, port, mib):
    """By its own count of what arrives in two seconds: it ends on a whole second, however little it sends."""
    report = json.loads(bench.output("iperf3", "--json", "-c", "127.0.0.1", "-p", port, "-t", "2"))
    return Measured(mib * MIB * 8 / report["end"]["sum_received"]["bits_per_second"], 0)


def quic(bench):
    """Bytes over loopback from one process to another, through our QUIC, beside ngtcp2's and plain TCP."""
    program = ROOT / "build/release/bench/quic_bench"
    mib = bench.scaled(1024)
    what = f"QUIC over loopback, {mib} MiB on one stream"
    sides, servers = {}, []
    try:
        ours = subprocess.Popen([str(program), "serve"], stdout=subprocess.PIPE, text=True)
        servers.append(ours)
        endpoint, key = ours.stdout.readline().split()
        sides["quic"] = lambda: bench.measure(program, "fetch", endpoint, key, mib)
        try:
            theirs, fetch = ngtcp2_server(bench, mib)
            servers.append(theirs)
            sides["ngtcp2"] = lambda: bench.measure(*fetch)
        except Skip as reason:
            bench.say(f"beside ngtcp2: skipped: {reason}")
        if shutil.which("iperf3"):
            port = free_port()
            servers.append(subprocess.Popen(["iperf3", "-s", "-p", port], stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL))
            sides["iperf3"] = lambda: iperf3(bench, port, mib)
        else:
            bench.say("beside iperf3: skipped: it is not installed")
        time.sleep(0.5)  # for the servers to listen
        before = processor_seconds(ours)
        results = bench.alternate(**sides)
        sending = (processor_seconds(ours) - before) / bench.options.rounds
    finally:
        for process in servers:
            process.terminate()
            process.wait()
    mine = median(results["quic"])
    note = f"{mib * MIB / mine / 1e9:.2f} GB/s, the sender's processor {sending:.2f} s"
    memory = peak_mib(results["quic"])
    rows = []
    if "ngtcp2" in results:
        name = f"ngtcp2's {pathlib.Path(fetch[0]).name}, HTTP/3"
        rows.append(within(what, name, results["quic"], results["ngtcp2"], 1.0))
    if "iperf3" in results:
        peer = median(results["iperf3"])
        rows.append(Row(what, "iperf3 (TCP, nothing encrypted)", mine, peer, mine / peer, "", None, memory, note))
    return rows or [Row(what, "none is installed", mine, None, None, "", None, memory, f"ours: {note}")]


def idle(bench):
    """What a daemon costs that nobody asks anything, with all the pointers that it may keep."""
    keys = bench.scaled(100000)
    data_dir = bench.folder / "node"
    bench.say(f"making {keys:,} pointers of 24 entries")
    bench.run(ROOT / "build/release/bench/fill_pointers", data_dir, keys)
    (data_dir / "config.toml").write_text('[network]\nenable_mdns = false\n[observability]\nmetrics_addr = ""\n')
    program = ROOT / "build/release/apps/tesseras-daemon/tesseras-daemon"
    begun = time.monotonic()
    daemon = subprocess.Popen([str(program), "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", "--bootstrap", ""],
                              stderr=subprocess.PIPE, text=True)
    try:
        for line in daemon.stderr:
            if "daemon ready" in line:
                break
        opened = time.monotonic() - begun
        bench.say("watching it for a minute")
        before, begun = processor_seconds(daemon), time.monotonic()
        time.sleep(60)
        busy = (processor_seconds(daemon) - before) / (time.monotonic() - begun)
        memory = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in
                  pathlib.Path(f"/proc/{daemon.pid}/status").read_text().split("\n") if line.startswith(("VmRSS", "VmHWM"))}
    finally:
        daemon.terminate()
        daemon.wait()
    what = f"idle daemon, {keys:,} pointers of 24 entries"
    note = f"{busy:.2%} of a core, ready after {opened:.1f} s, at most {memory['VmHWM']:.0f} MiB"
    return [Row(what, "", None, None, None, "≤ 60 MiB, ≤ 1 % of a core", memory["VmRSS"] <= 60 and busy <= 0.01,
                memory["VmRSS"], note)]

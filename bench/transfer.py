"""What handing fragments on costs: from one process to another, over our QUIC on the loopback."""

import json
import pathlib
import shutil
import subprocess
import time

import network
from measuring import MIB, ROOT, Measured, Row, Skip, median, peak_mib, within


def transfer(bench):
    """Fragments to a holder's disk and back, beside ngtcp2's example programs and plain TCP."""
    program = ROOT / "build/release/bench/transfer_bench"
    mib = bench.scaled(1024)
    servers = []
    try:
        ours = subprocess.Popen([str(program), "serve", str(bench.folder / "holder")], stdout=subprocess.PIPE, text=True)
        servers.append(ours)
        endpoint, key = ours.stdout.readline().split()

        def timed(how):
            report = json.loads(bench.output(program, how, endpoint, key, mib))
            return Measured(report["seconds"], report["memory_bytes"])

        bench.say(f"giving {mib} MiB")
        given = timed("give").seconds
        sides = {"get": lambda: timed("get")}
        try:
            theirs, fetch = network.ngtcp2_server(bench, mib)
            servers.append(theirs)
            sides["ngtcp2"] = lambda: bench.measure(*fetch)
        except Skip as reason:
            bench.say(f"beside ngtcp2: skipped: {reason}")
        if shutil.which("iperf3"):
            port = network.free_port()
            servers.append(subprocess.Popen(["iperf3", "-s", "-p", port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            sides["iperf3"] = lambda: network.iperf3(bench, port, mib)
        else:
            bench.say("beside iperf3: skipped: it is not installed")
        time.sleep(0.5)  # for the servers to listen
        results = bench.alternate(**sides)
    finally:
        for process in servers:
            process.terminate()
            process.wait()
    mine = median(results["get"])
    what = f"{mib} MiB in fragments, read, sent and checked"
    note = f"{mib * MIB / mine / 1e9:.2f} GB/s"
    rows = [Row(f"{mib} MiB in fragments, given to a disk", "", given, None, None, "", None, None, f"{mib * MIB / given / 1e9:.2f} GB/s")]
    if "ngtcp2" in results:
        rows.append(within(what, f"ngtcp2's {pathlib.Path(fetch[0]).name}, HTTP/3", results["get"], results["ngtcp2"], 1.0))
    if "iperf3" in results:
        peer = median(results["iperf3"])
        rows.append(Row(what, "iperf3 (TCP, nothing encrypted)", mine, peer, mine / peer, "", None, peak_mib(results["get"]), note))
    if len(rows) == 1:
        rows.append(Row(what, "none is installed", mine, None, None, "", None, None, f"ours: {note}"))
    return rows

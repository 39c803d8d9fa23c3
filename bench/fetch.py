"""What `tes fetch` takes: a tessera that its owner has given to 24 daemons before its disk was lost, brought
back over QUIC on the loopback by a node that has never seen it."""

import json
import os
import random
import shutil
import statistics
import subprocess
import time

import network
from measuring import MIB, ROOT, Measured, Row, median, within

KEEPERS = 24
PATIENCE_SECONDS = 300
TIMES_MAX = 2.0  # at least half as fast


class Node:
    """A daemon, and where it is. One that keeps nothing brings all of what it fetches from others."""

    def __init__(self, bench, name, bootstrap="", keeps=True):
        self.folder = bench.folder / name
        self.log = self.folder.with_suffix(".log")
        self.address = f"127.0.0.1:{network.free_port()}"
        self.folder.mkdir(mode=0o700)
        room = "min_free_space_bytes = 0\n" + ("" if keeps else "max_bytes = 0\n")
        (self.folder / "config.toml").write_text(f'[network]\nenable_mdns = false\n[observability]\nmetrics_addr = ""\n'
                                                 f"[storage]\n{room}")
        self.bootstrap = bootstrap
        self.start()

    def start(self):
        program = ROOT / "build/release/apps/tesseras-daemon/tesseras-daemon"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(program), "--data-dir", str(self.folder), "--listen", self.address,
                                             "--bootstrap", self.bootstrap], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: self.said("daemon ready"), f"{self.folder.name} is ready")

    def said(self, message):
        return message in self.log.read_text(errors="replace")

    def memory_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def lose_disk(self):
        """All but its identity. It is there: a node that is not makes every lookup wait a second and a half for it."""
        self.process.kill()
        self.process.wait()
        for path in self.folder.iterdir():
            if path.name.startswith("identity") or path.name == "config.toml":
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.start()


def until(condition, what):
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {PATIENCE_SECONDS} s in vain: {what}")
        time.sleep(0.1)


def is_reached(bench, node):
    return bool(json.loads(bench.output(bench.tes, "--daemon", node.folder, "node-info", "--json"))["reached_at"])


def start(bench, nodes):
    """All that keep something, an owner, and one that fetches; others have reached each of them."""
    nodes.append(Node(bench, "seed"))
    for number in range(1, KEEPERS):
        nodes.append(Node(bench, f"node{number}", nodes[0].address))
    nodes.append(Node(bench, "owner", nodes[0].address, keeps=False))
    nodes.append(Node(bench, "fetcher", nodes[0].address, keeps=False))
    for node in nodes:
        until(lambda one=node: is_reached(bench, one), f"{node.folder.name} is reached")
    return nodes[-2], nodes[-1]


def publish(bench, owner, mib):
    """A tessera of so much noise, all of whose fragments others keep: its hash, and how many these are."""
    folder = bench.folder / f"noise-{mib}"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.bin").write_bytes(random.Random(f"{mib} {number}").randbytes(mib * MIB // 4))
    vault = ("--data-dir", bench.folder / f"author-{mib}")
    bench.run(bench.tes, *vault, "init")
    made = bench.output(bench.tes, *vault, "create", folder, "-n", "--include-other", "--json")
    content_hash = json.loads(made)["content_hash"]
    began = time.monotonic()
    said = json.loads(bench.output(bench.tes, *vault, "publish", content_hash, "--daemon", owner.folder, "--json"))
    if said["fragments_kept"] != said["fragments"] or said["holders"] != KEEPERS:
        raise RuntimeError(f"not all of it is kept: {said}")
    bench.say(f"{mib} MiB are with {said['holders']} nodes, after {time.monotonic() - began:.1f} s")
    return content_hash, said["fragments"]


def size_of(file):
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class Fetches:
    """`tes fetch` into an empty vault each time, and what part of it each step takes."""

    def __init__(self, bench, node, content_hash, size_bytes):
        self.bench, self.node, self.hash, self.bytes = bench, node, content_hash, size_bytes
        self.steps = []  # seconds: until a plan is there, until all fragments are, until the end

    def run(self):
        vault = self.bench.folder / f"stranger-{self.hash[:8]}-{len(self.steps)}"
        self.bench.run(self.bench.tes, "--data-dir", vault, "init")
        os.sync()
        gathered = self.node.folder / "fetched" / self.hash
        began = time.monotonic()
        with subprocess.Popen([str(self.bench.tes), "--data-dir", str(vault), "fetch", self.hash, "--daemon",
                               str(self.node.folder)], env=self.bench.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            found = self.watch(process, lambda: any(gathered.glob("*/*")))
            come = self.watch(process, lambda: sum(size_of(file) for file in gathered.glob("*/*")) >= self.bytes)
            if process.wait() != 0:
                raise RuntimeError(f"tes fetch ended with {process.returncode}")
        end = time.monotonic()
        self.steps.append((found - began, come - found, end - come))
        return Measured(end - began, self.node.memory_bytes())

    @staticmethod
    def watch(process, condition):
        while process.poll() is None and not condition():
            time.sleep(0.005)
        return time.monotonic()

    def told(self):
        found, come, taken = (statistics.median(step) for step in zip(*self.steps))
        return f"{found:.2f} s until holders give plans, {come:.2f} s for the fragments, {taken:.2f} s into the vault"


def fetch(bench):
    """Beside as many bytes in fragments, from one process to another, as `transfer` measures them."""
    nodes, rows = [], []
    program = ROOT / "build/release/bench/transfer_bench"
    holder = subprocess.Popen([str(program), "serve", str(bench.folder / "holder")], stdout=subprocess.PIPE, text=True)
    try:
        endpoint, key = holder.stdout.readline().split()
        owner, fetcher = start(bench, nodes)
        sizes = [bench.scaled(40), bench.scaled(256)]
        published = {mib: publish(bench, owner, mib) for mib in sizes}
        owner.lose_disk()
        for mib, (content_hash, fragments) in published.items():
            bench.output(program, "give", endpoint, key, mib)

            def transferred(mib=mib):
                report = json.loads(bench.output(program, "get", endpoint, key, mib))
                return Measured(report["seconds"], report["memory_bytes"])

            fetches = Fetches(bench, fetcher, content_hash, mib * MIB)
            results = bench.alternate(fetch=fetches.run, transfer=transferred)
            bench.say(f"{mib * MIB / median(results['fetch']) / 1e6:.0f} MB/s, and the transfer "
                      f"{mib * MIB / median(results['transfer']) / 1e6:.0f} MB/s; {fetches.told()}")
            what = f"fetch of {mib} MiB in {fragments} fragments from {KEEPERS} nodes"
            rows.append(within(what, "their transfer, from one node", results["fetch"], results["transfer"], TIMES_MAX))
    finally:
        for process in [holder, *(node.process for node in nodes)]:
            process.terminate()
        for process in [holder, *(node.process for node in nodes)]:
            process.wait()
    return rows

#!/usr/bin/env python3
"""`./dev bench [create|verify|small|list|quic|idle|dht|all]`: tes against named peers, in the same run.

Every figure is a ratio of medians over alternating rounds, because absolute times mean nothing on a
shared machine. Data are made afresh (the same for the same seed, and incompressible) in a folder on
a real disk, and removed afterwards. A peer that is not installed is skipped by name.

  --rounds N      how often each side runs (default 3)
  --scale S       a fraction of the full size, to try the benchmark itself
  --dir DIR       where the data lie (default: build/bench; not a tmpfs)
  --json          one JSON object instead of the table
  --write FILE    put the table into a Markdown file as well
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import lookups  # noqa: E402

MIB = 1 << 20
ROOT = pathlib.Path(__file__).resolve().parent.parent
MEMORY_MAX_MIB = 200


class Skip(Exception):
    """A peer is not installed, or a benchmark cannot run here."""


@dataclasses.dataclass
class Measured:
    seconds: float
    memory_bytes: int


@dataclasses.dataclass
class Row:
    """One line of the table. `at_most`: ours/peer; `at_least`: peer/ours (how much faster)."""

    what: str
    peer: str
    ours: float
    theirs: float | None
    ratio: float | None
    target: str
    holds: bool | None
    memory_mib: float
    note: str = ""


class Bench:
    """A folder for the data, the programs, and how to measure."""

    def __init__(self, options):
        self.options = options
        base = options.dir or ROOT / "build" / "bench"
        base.mkdir(parents=True, exist_ok=True)
        kind = subprocess.run(["stat", "-f", "-c", "%T", str(base)], capture_output=True, text=True, check=True)
        if kind.stdout.strip() in ("tmpfs", "ramfs"):
            sys.exit(f"bench: {base} is in memory ({kind.stdout.strip()}); give --dir on a real disk")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=base))
        self.tes = options.tes or ROOT / "build/release/apps/tes/tes"
        self.env = dict(os.environ, HOME=str(self.folder), RESTIC_PASSWORD="bench",
                        RESTIC_CACHE_DIR=str(self.folder / "restic-cache"), LANG="C.UTF-8")
        self.env.pop("SOURCE_DATE_EPOCH", None)

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def need(self, program):
        if not shutil.which(program):
            raise Skip(f"{program} is not installed")

    def run(self, *command, quiet=True):
        """Runs a command outside of any measurement."""
        out = subprocess.DEVNULL if quiet else None
        subprocess.run([str(word) for word in command], env=self.env, check=True, stdout=out,
                       stderr=out, stdin=subprocess.DEVNULL)

    def output(self, *command):
        return subprocess.run([str(word) for word in command], env=self.env, check=True, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL).stdout

    def measure(self, *command):
        """Wall time and peak memory of a command, on a disk with nothing left to write."""
        os.sync()
        with tempfile.TemporaryFile() as sink:
            started = time.monotonic()
            process = subprocess.Popen([str(word) for word in command], env=self.env, stdout=sink,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sink.seek(0)
                raise RuntimeError(f"{command[0]} failed: {sink.read()[-2000:].decode(errors='replace')}")
        return Measured(seconds, usage.ru_maxrss * 1024)

    def make_files(self, name, count, size_bytes):
        """`count` files of random bytes, in folders of a hundred; read once, so that they are cached."""
        top = self.folder / name
        for number in range(count):
            folder = top / f"{number // 100:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:05}.bin").write_bytes(random.Random(f"{name}{number}").randbytes(size_bytes))
        os.sync()
        return top

    def alternate(self, **sides):
        """Each side in turn, `rounds` times: {name: [Measured, ...]}."""
        results = {name: [] for name in sides}
        for round_number in range(self.options.rounds):
            for name, side in sides.items():
                results[name].append(side())
                self.say(f"round {round_number + 1}: {name} {results[name][-1].seconds:.2f} s")
        return results

    def scaled(self, count):
        return max(2, int(count * self.options.scale))


def median(measured):
    return statistics.median(item.seconds for item in measured)


def peak_mib(measured):
    return max(item.memory_bytes for item in measured) / MIB


def faster(what, peer, ours, theirs, factor):
    """The peer takes at least `factor` times as long as we do."""
    ratio = median(theirs) / median(ours)
    return Row(what, peer, median(ours), median(theirs), ratio, f"≥ {factor} × faster", ratio >= factor, peak_mib(ours))


def within(what, peer, ours, theirs, factor):
    """We take at most `factor` times as long as the peer."""
    ratio = median(ours) / median(theirs)
    return Row(what, peer, median(ours), median(theirs), ratio, f"≤ {factor} × its time", ratio <= factor, peak_mib(ours))


def ours_create(bench, source):
    def side():
        shutil.rmtree(bench.folder / "vault", ignore_errors=True)
        bench.run(bench.tes, "--data-dir", bench.folder / "vault", "init")
        return bench.measure(bench.tes, "--data-dir", bench.folder / "vault", "create", source, "-n", "--include-other")
    return side


def restic_backup(bench, source):
    bench.need("restic")

    def side():
        shutil.rmtree(bench.folder / "restic", ignore_errors=True)
        bench.run("restic", "-r", bench.folder / "restic", "init")
        return bench.measure("restic", "-r", bench.folder / "restic", "backup", source)
    return side


def sha256_command():
    """Debian's sha256sum is OpenSSL's code too: it stands in where the program is not installed."""
    return "openssl dgst -sha256" if shutil.which("openssl") else "sha256sum"


def copy_and_hash(bench, source):
    bench.need("b3sum")
    digest = sha256_command()

    def side():
        shutil.rmtree(bench.folder / "copy", ignore_errors=True)
        script = ('cp -r "$0" "$1" && sync && find "$0" -type f -print0 | xargs -0 b3sum > /dev/null && '
                  f'find "$0" -type f -print0 | xargs -0 {digest} > /dev/null')
        return bench.measure("sh", "-c", script, source, bench.folder / "copy")
    return side


def sides_of(bench, rows, what, **makers):
    """The sides that can run here; those that cannot become rows that say so."""
    sides = {}
    for name, maker in makers.items():
        try:
            sides[name] = maker()
        except Skip as reason:
            rows.append(Row(what, name, 0, None, None, "", None, 0, f"skipped: {reason}"))
    return sides


def create(bench):
    count = bench.scaled(256)
    what = f"create, {count * 4} MiB as {count} files of 4 MiB"
    bench.say(f"making {count} files of 4 MiB")
    source = bench.make_files("large", count, 4 * MIB)
    rows = []
    sides = sides_of(bench, rows, what, tes=lambda: ours_create(bench, source),
                     restic=lambda: restic_backup(bench, source), copy=lambda: copy_and_hash(bench, source))
    results = bench.alternate(**sides)
    if "restic" in results:
        rows.append(faster(what, "restic backup", results["tes"], results["restic"], 4))
    if "copy" in results:
        rows.append(within(what, f"cp -r + sync + b3sum + {sha256_command()}", results["tes"], results["copy"], 1.0))
    return rows


def small(bench):
    count = bench.scaled(10000)
    what = f"create, {count:,} files of 4 KiB"
    bench.say(f"making {count} files of 4 KiB")
    source = bench.make_files("small", count, 4096)
    rows = []
    sides = sides_of(bench, rows, what, tes=lambda: ours_create(bench, source), restic=lambda: restic_backup(bench, source))
    results = bench.alternate(**sides)
    if "restic" in results:
        rows.append(faster(what, "restic backup", results["tes"], results["restic"], 4))
    return rows


def verify(bench):
    count = bench.scaled(256)
    bench.need("b3sum")
    bench.say(f"making {count} files of 4 MiB")
    source = bench.make_files("large", count, 4 * MIB)
    vault = bench.folder / "vault"
    bench.run(bench.tes, "--data-dir", vault, "init")
    report = json.loads(bench.output(bench.tes, "--data-dir", vault, "create", source, "-n", "--include-other", "--json"))
    content_hash = report["content_hash"]
    files = sorted(str(path) for path in source.rglob("*.bin"))
    threads = os.cpu_count()
    what = f"verify, {count * 4} MiB"

    def ours(*more):
        return lambda: bench.measure(bench.tes, "--data-dir", vault, "verify", content_hash, *more)
    results = bench.alternate(
        tes=ours(), full=ours("--full"),
        b3sum=lambda: bench.measure("b3sum", "--num-threads", str(threads), *files))
    peer = f"b3sum --num-threads {threads}"
    full = within(what + ", --full", peer, results["full"], results["b3sum"], 1.15)
    full.target, full.holds, full.note = "", None, "SHA-256 too; no target"
    return [within(what, peer, results["tes"], results["b3sum"], 1.15), full]


def list_all(bench):
    count = bench.scaled(10000)
    vault, source = bench.folder / "vault", bench.folder / "one"
    bench.run(bench.tes, "--data-dir", vault, "init")
    bench.say(f"making {count} tesserae")
    source.mkdir()
    for number in range(count):
        (source / "a.txt").write_text(f"day {number}\n")
        bench.run(bench.tes, "--data-dir", vault, "create", source, "-n", "--title", f"Day {number}")
        if number % 1000 == 999:
            bench.say(f"{number + 1} made")
    results = bench.alternate(tes=lambda: bench.measure(bench.tes, "--data-dir", vault, "list"),
                              python3=lambda: bench.measure("python3", "-c", "pass"))
    ours = median(results["tes"])
    return [Row(f"list, {count:,} tesserae", "python3 -c pass", ours, median(results["python3"]),
                ours / median(results["python3"]), "≤ 50 ms", ours <= 0.050, peak_mib(results["tes"]))]


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quic(bench):
    """Bytes over loopback from one process to another, through our QUIC, beside plain TCP."""
    program = ROOT / "build/release/bench/quic_bench"
    mib = bench.scaled(1024)
    what = f"QUIC over loopback, {mib} MiB on one stream"
    server = subprocess.Popen([str(program), "serve"], stdout=subprocess.PIPE, text=True)
    sides, tcp = {}, None
    try:
        endpoint, key = server.stdout.readline().split()
        sides["quic"] = lambda: bench.measure(program, "fetch", endpoint, key, mib)
        if shutil.which("iperf3"):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = str(probe.getsockname()[1])
            tcp = subprocess.Popen(["iperf3", "-s", "-p", port], stdout=subprocess.DEVNULL)
            time.sleep(0.5)
            sides["iperf3"] = lambda: bench.measure("iperf3", "-c", "127.0.0.1", "-p", port, "-n", f"{mib}M")
        before = processor_seconds(server)
        results = bench.alternate(**sides)
        sending = (processor_seconds(server) - before) / bench.options.rounds
    finally:
        for process in (server, tcp):
            if process:
                process.terminate()
                process.wait()
    ours = median(results["quic"])
    note = f"{mib * MIB / ours / 1e9:.2f} GB/s, the sender's processor {sending:.2f} s"
    if "iperf3" not in results:
        return [Row(what, "iperf3 (TCP)", ours, None, None, "", None, peak_mib(results["quic"]),
                    f"skipped: iperf3 is not installed; ours: {note}")]
    theirs = median(results["iperf3"])
    return [Row(what, "iperf3 (TCP, nothing encrypted)", ours, theirs, ours / theirs, "", None,
                peak_mib(results["quic"]), note)]


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


def dht(bench):
    """Lookups in simulated networks, calm, churning and hostile; no peer to compare with."""
    return lookups.measure(ROOT / "build/release/sim/play/tesseras-sim", bench.scaled, bench.say)


BENCHMARKS = {"create": create, "verify": verify, "small": small, "list": list_all, "quic": quic, "idle": idle,
              "dht": dht}


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).split("\n")[0].strip()
    except FileNotFoundError:
        return "not installed"


def machine(bench):
    """What was measured, on what."""
    processor = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text(errors="replace").split("\n"):
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    disk = first_line("stat", "-f", "-c", "%T", str(bench.folder))
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "processor": processor, "cores": os.cpu_count(),
            "memory_gib": round(memory / (1 << 30), 1), "file_system": disk, "kernel": platform.release(),
            "load_before": round(os.getloadavg()[0], 2), "rounds": bench.options.rounds,
            "tes": first_line(str(bench.tes), "--version"), "restic": first_line("restic", "version").split(" compiled")[0],
            "b3sum": first_line("b3sum", "--version"), "sha256": sha256_command()}


def seconds_text(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def table(rows):
    found = [row for row in rows if isinstance(row, lookups.Lookups)]
    rows = [row for row in rows if isinstance(row, Row)]
    return "\n\n".join(([timed_table(rows)] if rows else []) + ([lookups.table(found)] if found else []))


def timed_table(rows):
    lines = ["| what | tes | peer | its time | ratio | target | holds | peak memory of tes |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        if row.theirs is None:
            judged = "| | | |" if row.holds is None else \
                f"| {row.target} | {'yes' if row.holds else '**no**'} | {row.memory_mib:.0f} MiB |"
            lines.append(f"| {row.what} | | {row.peer} | {row.note} | {judged}")
            continue
        way = "tes takes {:.2f} × its time" if not row.target.startswith("≥") else "tes is {:.1f} × faster"
        verdict = {True: "yes", False: "**no**", None: row.note or ""}[row.holds]
        lines.append(f"| {row.what} | {seconds_text(row.ours)} | {row.peer} | {seconds_text(row.theirs)} | "
                     f"{way.format(row.ratio)} | {row.target} | {verdict} | {row.memory_mib:.0f} MiB |")
    return "\n".join(lines)


def document(rows, facts):
    explained = lookups.EXPLANATION if any(isinstance(row, lookups.Lookups) for row in rows) else ""
    return f"""# Benchmarks

Every figure is a ratio against something else that was measured in the same run on the same
machine, in {facts['rounds']} alternating rounds; times are medians. `./dev bench all --write` makes this page.
They are run by hand and for releases, and never decide whether a test run passes.

{table(rows)}

The target for memory is {MEMORY_MAX_MIB} MiB, whatever the sizes of the files.

Measured on {facts['date']}: {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB of memory,
Linux {facts['kernel']}, file system {facts['file_system']}, load {facts['load_before']} before the run; {facts['tes']},
{facts['restic']}, {facts['b3sum']}.

What is compared: `restic backup` of the same files into a fresh repository, whose `init` does not
count, as `tes init` does not; `cp -r`, `sync`, `b3sum` and
`{facts['sha256']}` run one after another, which together leave a durable copy and both
hashes, as `tes create` does; `b3sum` with a thread for each core against `tes verify`, which checks
both signatures and that no file is missing or extra besides. The files are in the page cache for
both sides. They are random bytes, so that nothing can be saved by compressing them. What starts in
milliseconds is told beside what Python takes to start, which shows how busy the machine was.

What bounds the creation of small files (by `perf` and clock prints, 2026-11-21): some 250 ms of
work that runs on one core after the files are read: the gallery's and the memories' texts, the
MANIFEST, and the index's rows, of which each memory has three. Waiting for the disk is under 20 ms.
{explained}"""


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench", description="tes against named peers, in the same run")
    parser.add_argument("names", nargs="*", default=["all"], help="create, verify, small, list, quic, idle, dht, all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--dir", type=pathlib.Path)
    parser.add_argument("--tes", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=pathlib.Path, nargs="?", const=ROOT / "docs/src/benchmarks.md")
    options = parser.parse_args(arguments)
    names = list(BENCHMARKS) if "all" in options.names else options.names
    if unknown := [name for name in names if name not in BENCHMARKS]:
        sys.exit(f"bench: there is no benchmark '{unknown[0]}'; there are {', '.join(BENCHMARKS)}")
    bench = Bench(options)
    try:
        facts = machine(bench)
        rows = []
        for name in names:
            try:
                rows += BENCHMARKS[name](bench)
            except Skip as reason:
                bench.say(f"{name} skipped: {reason}")
            for path in bench.folder.iterdir():  # nothing of one is left for the next
                shutil.rmtree(path, ignore_errors=True)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    if options.json:
        timed = [dataclasses.asdict(row) for row in rows if isinstance(row, Row)]
        found = [dataclasses.asdict(row) for row in rows if isinstance(row, lookups.Lookups)]
        print(json.dumps({"version": 1, "machine": facts, "rows": timed, "lookups": found}, indent=2))
    else:
        print(table(rows))
        print("\n" + "; ".join(f"{key} {value}" for key, value in facts.items()))
    if options.write:
        options.write.write_text(document(rows, facts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

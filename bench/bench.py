#!/usr/bin/env python3
"""`./dev bench [create|private|verify|small|list|erasure|audit|quic|transfer|fetch|idle|dht|all]`: tes against named peers, in the same run.

Every figure is a ratio of medians over alternating rounds, because absolute times mean nothing on a
shared machine. Data are made afresh (the same for the same seed, and incompressible) in a folder on
a real disk, and removed afterwards. A peer that is not installed is skipped by name.

  --rounds N      how often each side runs (default 3)
  --scale S       a fraction of the full size, to try the benchmark itself
  --dir DIR       where the data lie (default: build/bench; not a tmpfs)
  --json          one JSON object instead of the table
  --write FILE    put each table into its place in a Markdown file as well (default: the book's page)
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import archives  # noqa: E402
import audit  # noqa: E402
import erasure  # noqa: E402
import fetch  # noqa: E402
import lookups  # noqa: E402
import network  # noqa: E402
import transfer  # noqa: E402
from measuring import ROOT, Bench, Row, Skip  # noqa: E402


def dht(bench):
    """Lookups in simulated networks, calm, churning and hostile; no peer to compare with."""
    return lookups.measure(ROOT / "build/release/sim/play/tesseras-sim", bench.scaled, bench.say)


BENCHMARKS = {"create": archives.create, "private": archives.private, "verify": archives.verify, "small": archives.small,
              "list": archives.list_all, "erasure": erasure.erasure, "audit": audit.audit, "quic": network.quic,
              "transfer": transfer.transfer, "fetch": fetch.fetch, "idle": network.idle, "dht": dht}
WITHOUT_ROUNDS = {"erasure", "audit", "idle", "dht"}


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
            "b3sum": first_line("b3sum", "--version"), "sha256": archives.sha256_command()}


def seconds_text(value):
    if value < 0.01:
        return f"{value * 1000:.2f} ms"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def table(rows):
    found = [row for row in rows if isinstance(row, lookups.Lookups)]
    rows = [row for row in rows if isinstance(row, Row)]
    return "\n\n".join(([timed_table(rows)] if rows else []) + ([lookups.table(found)] if found else []))


def timed_table(rows):
    lines = ["| what | tes | peer | its time | ratio | target | holds | peak memory of tes |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        memory = "" if row.memory_mib is None else f"{row.memory_mib:.0f} MiB"
        if row.theirs is None:
            judged = "| | | |" if row.holds is None else f"| {row.target} | {'yes' if row.holds else '**no**'} | {memory} |"
            lines.append(f"| {row.what} | | {row.peer} | {row.note} | {judged}")
            continue
        way = "tes takes {:.2f} × its time" if not row.target.startswith("≥") else "tes is {:.1f} × faster"
        verdict = {True: "yes", False: "**no**", None: row.note or ""}[row.holds]
        lines.append(f"| {row.what} | {seconds_text(row.ours)} | {row.peer} | {seconds_text(row.theirs)} | "
                     f"{way.format(row.ratio)} | {row.target} | {verdict} | {memory} |")
    return "\n".join(lines)


def section(name, rows, facts):
    """What the page says of a benchmark: what was measured, when, and on what."""
    rounds = "" if name in WITHOUT_ROUNDS else f"; {facts['rounds']} rounds"
    return (f"{table(rows)}\n\nMeasured on {facts['date']}: {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB of memory,\n"
            f"Linux {facts['kernel']}, file system {facts['file_system']}, load {facts['load_before']} before the run{rounds}.")


def write(path, measured, facts):
    """Puts what was measured between the marks of each benchmark, and leaves the rest of the page as it is."""
    page = path.read_text(encoding="utf-8")
    for name, rows in measured.items():
        begin, end = f"<!-- by ./dev bench {name} -->\n", "\n<!-- end -->"
        before, mark, after = page.partition(begin)
        if not mark or end not in after:
            sys.exit(f"bench: {path} has no place for '{name}'")
        page = before + begin + section(name, rows, facts) + after[after.index(end):]
    path.write_text(page, encoding="utf-8")


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench", description="tes against named peers, in the same run")
    parser.add_argument("names", nargs="*", default=["all"], help="create, private, verify, small, list, erasure, audit, quic, transfer, fetch, idle, dht, all")
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
        measured = {}
        for name in names:
            try:
                measured[name] = BENCHMARKS[name](bench)
            except Skip as reason:
                bench.say(f"{name} skipped: {reason}")
            for path in bench.folder.iterdir():  # nothing of one is left for the next
                shutil.rmtree(path, ignore_errors=True)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    rows = [row for some in measured.values() for row in some]
    if options.json:
        timed = [dataclasses.asdict(row) for row in rows if isinstance(row, Row)]
        found = [dataclasses.asdict(row) for row in rows if isinstance(row, lookups.Lookups)]
        print(json.dumps({"version": 1, "machine": facts, "rows": timed, "lookups": found}, indent=2))
    else:
        print(table(rows))
        print("\n" + "; ".join(f"{key} {value}" for key, value in facts.items()))
    if options.write:
        write(options.write, measured, facts)


if __name__ == "__main__":
    main(sys.argv[1:])

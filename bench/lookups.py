"""`./dev bench dht`: lookups of whole simulated nodes, by `./dev sim`'s scenarios.

Every node is the product's own service, with its table, store and disk, over simulated sessions;
nothing is filled in by an oracle. So the figures are the same for the same seed on any machine, but
for the time and the memory that the simulation takes.
"""

import dataclasses
import json
import subprocess

SEED = 1
SUCCESS_IN_CHURN = 0.999
SUCCESS_WHEN_HOSTILE = 0.99
HOPS_P50_MAX = 5


@dataclasses.dataclass
class Lookups:
    """One line of the table of lookups."""

    what: str
    nodes: int
    searches: int
    success: float
    hops_p50: int
    hops_p99: int
    messages: float  # requests sent for one lookup, and as many answers where all answer
    target: str
    holds: bool
    seconds: float
    memory_mib: float
    command: str


def play(program, scenario, nodes):
    """The report of a scenario; it says itself when something does not hold."""
    command = [str(program), scenario, "--seed", str(SEED), "--nodes", str(nodes), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
    return json.loads(done.stdout)


def row(report, what, prefix, success_min, hops_max=None):
    figures = report["figures"]
    success = figures[prefix + "found"] / figures[prefix + "searches"]
    target = f"success ≥ {100 * success_min:g} %"
    holds = success >= success_min
    if hops_max is not None:
        target = f"p50 ≤ {hops_max} hops, {target}"
        holds = holds and figures[prefix + "hops_p50"] <= hops_max
    return Lookups(what, report["nodes"], int(figures[prefix + "searches"]), success,
                   int(figures[prefix + "hops_p50"]), int(figures[prefix + "hops_p99"]),
                   2 * figures[prefix + "requests_per_search"], target, holds,
                   report["seconds"], report["peak_memory_mib"],
                   f"./dev sim {report['scenario']} --seed {report['seed']} --nodes {report['nodes']}")


def measure(program, scaled, say):
    rows = []
    for nodes in (scaled(100), scaled(1000), scaled(10_000)):
        nodes = max(20, nodes)
        say(f"lookups among {nodes} nodes, in calm and in churn")
        report = play(program, "lookups", nodes)
        rows.append(row(report, "in calm", "calm_", SUCCESS_IN_CHURN, HOPS_P50_MAX))
        rows.append(row(report, "in churn", "churn_", SUCCESS_IN_CHURN, HOPS_P50_MAX))
    nodes = max(40, scaled(1000))
    for scenario, what in (("hostile", "a fifth of the nodes lie"), ("ground", "20 ids ground next to the key")):
        say(f"{what}, of {nodes} nodes")
        rows.append(row(play(program, scenario, nodes), what, "", SUCCESS_WHEN_HOSTILE))
    return rows


def table(rows):
    lines = ["| lookups | nodes | searches | success | hops p50 | hops p99 | messages each | target | holds | simulated in | peak memory |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for one in rows:
        lines.append(f"| {one.what} | {one.nodes:,} | {one.searches:,} | {100 * one.success:.2f} % | {one.hops_p50} | "
                     f"{one.hops_p99} | {one.messages:.0f} | {one.target} | {'yes' if one.holds else '**no**'} | "
                     f"{one.seconds:.0f} s | {one.memory_mib:.0f} MiB |")
    return "\n".join(lines)

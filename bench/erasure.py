"""Making fragments, and making lost ones again, beside ISA-L's own loop."""

from measuring import MIB, ROOT, Row

GIB = 1024 * MIB
TIMES_MAX = 1.25  # 0.8 times its speed


def erasure(bench):
    """Memory to memory, on one core, of packs that are in no cache."""
    program = ROOT / "build/release/bench/erasure_bench"
    rows = []
    for line in bench.output(program).splitlines():
        what, code, ours, theirs, strip = line.split()
        ratio = int(theirs) / int(ours)
        rows.append(Row(f"{what} 1 GiB, {code}", f"ISA-L in strips of {strip} bytes", GIB / int(ours), GIB / int(theirs),
                        ratio, f"≤ {TIMES_MAX} × its time", ratio <= TIMES_MAX, 0))
    return rows

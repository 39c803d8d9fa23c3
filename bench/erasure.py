"""Making fragments, and making lost ones again, beside ISA-L's own loop."""

from measuring import ROOT, Row

TIMES_MAX = 1.25  # 0.8 times its speed


def erasure(bench):
    """Memory to memory, on one core: fragments of 1 MiB, over and over; the fastest of 15 times of each side. What
    memory a whole tessera takes, endurance_test says."""
    program = ROOT / "build/release/bench/erasure_bench"
    rows = []
    for line in bench.output(program).splitlines():
        what, code, ours, theirs, strip = line.split()
        ours, theirs = int(ours), int(theirs)
        pack_bytes = int(code.split("+")[0]) << 20
        rows.append(Row(f"{what} {code}, {ours / 1e9:.1f} GB/s", f"ISA-L in strips of {strip} bytes", pack_bytes / ours,
                        pack_bytes / theirs, theirs / ours, f"≤ {TIMES_MAX} × its time", theirs / ours <= TIMES_MAX, None))
    return rows

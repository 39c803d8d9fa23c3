"""What an audit costs on the wire and on the holder's disk, and what it finds. No peer to compare with."""

from measuring import MIB, ROOT, Row

KIB = 1024
WIRE_BYTES_MAX = 1.65 * KIB  # "about 1.5 KiB", of the largest fragments too
READS_MAX = 2
FOUND_MIN = 0.9999


def figure(what, note, target, holds):
    return Row(what, "", 0, None, None, target, holds, None, note)


def audit(bench):
    rows = []
    for line in bench.output(ROOT / "build/release/bench/audit_bench").splitlines():
        what, *numbers = line.split()
        if what == "sample":
            size, wire, reads, blocks = (int(number) for number in numbers)
            name = f"a proof of a fragment of {size / MIB:.3g} MiB"
            rows.append(figure(name, f"{wire / 1000 / KIB:.2f} KiB in frames, both ways", "about 1.5 KiB", wire / 1000 <= WIRE_BYTES_MAX))
            rows.append(figure(name, f"{reads / 1000:.1f} reads, {blocks / 1000:.1f} blocks of 4 KiB",
                               "two small reads", reads / 1000 <= READS_MAX))
        else:
            samples, months, missed = (int(number) for number in numbers)
            found = 1 - missed / months
            rows.append(figure(f"1 % lost, {samples} samples in 30 days", f"found {100 * found:.3f} % of {months:,} times",
                               "≥ 99.99 %", found >= FOUND_MIN))
    return rows

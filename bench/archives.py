"""Making, verifying and listing tesserae, beside what people use for files and hashes today."""

import json
import os
import shutil

from measuring import MIB, Row, Skip, faster, median, peak_mib, within


def ours_create(bench, source, *more):
    def side():
        shutil.rmtree(bench.folder / "vault", ignore_errors=True)
        bench.run(bench.tes, "--data-dir", bench.folder / "vault", "init")
        return bench.measure(bench.tes, "--data-dir", bench.folder / "vault", "create", source, "-n", "--include-other",
                             *more)
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


def private(bench):
    count = bench.scaled(256)
    what = f"create --visibility private, {count * 4} MiB as {count} files of 4 MiB"
    bench.say(f"making {count} files of 4 MiB")
    source = bench.make_files("large", count, 4 * MIB)
    results = bench.alternate(private=ours_create(bench, source, "--visibility", "private"), public=ours_create(bench, source))
    return [within(what, "tes create of the same, public", results["private"], results["public"], 1.4)]


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

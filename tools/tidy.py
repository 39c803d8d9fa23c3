#!/usr/bin/env python3
"""Keeps the house rules of STYLE.md: `./dev tidy [--fix] [--deep] [--no-clang] [--root DIR]`.

A finding is one line, `file:line: rule: what to do`. Exit status: 0 when all holds, 1 with
findings, 2 when a tool that is needed could not run. The rules are in three files beside this one:
tidy_layout.py (who may include whom, what the build lists), tidy_text.py (lengths, words) and
tidy_clang.py (formatting, headers that stand alone, clang-tidy).
"""

import argparse
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tidy_clang  # noqa: E402
import tidy_layout  # noqa: E402
import tidy_text  # noqa: E402


def project_files(root):
    """Every file of the project, tracked or about to be, as sorted paths relative to root."""
    command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode(errors="surrogateescape").split("\0") if name]
    else:  # not a checkout, e.g. a release's source archive
        names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build/", ".git/"))]
    paths = sorted(pathlib.PurePosixPath(name) for name in set(names))
    return [path for path in paths if (root / path).is_file() and not (root / path).is_symlink()]


def main(arguments):
    parser = argparse.ArgumentParser(prog="tidy", description="keeps the house rules")
    parser.add_argument("--fix", action="store_true", help="format the sources in place first")
    parser.add_argument("--no-clang", action="store_true", help="leave clang-tidy out")
    parser.add_argument("--deep", action="store_true", help="clang's analyzer and the tests too")
    parser.add_argument("--only", metavar="PART", default="", help="check only paths with PART")
    parser.add_argument("--root", type=pathlib.Path, help="the project (default: this one)")
    options = parser.parse_args(arguments)
    root = (options.root or pathlib.Path(__file__).resolve().parent.parent).resolve()

    started = time.monotonic()
    files = project_files(root)
    findings = []
    try:
        if options.fix:
            tidy_clang.format_in_place(root, files)
        findings += tidy_layout.check(root, files)
        findings += tidy_text.check(root, files)
        findings += tidy_clang.check_format(root, files)
        if not options.no_clang:
            database = tidy_clang.Database(root)
            findings += tidy_clang.check_headers(root, files, database, options.only)
            findings += tidy_clang.check_clang_tidy(root, files, database, options.only, options.deep)
    except tidy_clang.ToolError as error:
        print(f"tidy: {error}", file=sys.stderr)
        return 2

    shown = sorted({str(finding) for finding in findings if options.only in finding.path})
    for line in shown:
        print(line)
    seconds = time.monotonic() - started
    verdict = f"{len(shown)} findings" if shown else "all rules hold"
    print(f"tidy: {verdict} ({len(files)} files, {seconds:.0f} s)", file=sys.stderr)
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

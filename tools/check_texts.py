#!/usr/bin/env python3
"""Checks the texts that ship inside every tessera.

spec/README.decode and spec/decode/*.txt must be readable on the plainest screen there will ever
be: UTF-8, LF, a final newline, no tabs or trailing blanks, at most 78 columns. README.decode names
at its top the line at which each language begins; those numbers must be right, and all languages
must have the same sections and entries, so that none falls behind the others.

Exit status: 0 when all holds, 1 with one line for each fault.
"""

import pathlib
import re
import sys
import unicodedata

COLUMNS_MAX = 78
LANGUAGES = ["ENGLISH", "PORTUGUÊS", "ESPAÑOL", "FRANÇAIS", "العربية", "हिन्दी", "中文"]
FIRST_TITLE_LINE = 3  # the list of languages begins on the third line


def columns(line):
    """Columns on a terminal: wide characters take two, combining ones none."""
    total = 0
    for character in line:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        total += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return total


def check_layout(path, ascii_only):
    """Yields a message for each line that breaks the rules for plain texts."""
    raw = path.read_bytes()
    if b"\r" in raw or b"\t" in raw:
        yield f"{path}: has a carriage return or a tab"
    if not raw.endswith(b"\n") or raw.endswith(b"\n\n"):
        yield f"{path}: must end with exactly one line feed"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{path}: not UTF-8: {error}"
        return
    for number, line in enumerate(text.split("\n"), 1):
        if columns(line) > COLUMNS_MAX:
            yield f"{path}:{number}: {columns(line)} columns, at most {COLUMNS_MAX}"
        if line != line.rstrip():
            yield f"{path}:{number}: blank at the end of the line"
        if ascii_only and not line.isascii():
            yield f"{path}:{number}: a character outside ASCII"


def skeleton(lines):
    """What every language must share: section numbers, file names, commands, keys."""
    kept = []
    for line in lines:
        section = re.match(r"(\d)\. ", line)
        if section:
            kept.append(section.group(1))
        elif re.match(r"  (  ){0,2}[\[A-Za-z]", line) and line.isascii():
            if re.search(r"[./_*\[]|MANIFEST|sum|creat|encoding|schema|visibility|language", line):
                kept.append(line)
    return kept


def check_languages(path):
    """Yields a message where README.decode's languages are misplaced or differ in structure."""
    lines = path.read_text(encoding="utf-8").split("\n")
    starts = []
    for index, name in enumerate(LANGUAGES):
        announced = re.search(r"\d+", lines[FIRST_TITLE_LINE - 1 + index])
        where = lines.index(name)  # the rule above the name opens the section
        if announced is None or int(announced.group()) != where:
            yield f"{path}: {name} begins at line {where}, not where the top says"
        starts.append(where)
    if starts != sorted(starts):
        yield f"{path}: languages are out of order"
    sections = [skeleton(lines[a:b]) for a, b in zip(starts, starts[1:] + [len(lines)])]
    for name, section in zip(LANGUAGES, sections):
        if [s for s in section if s.isdigit()] != [str(n) for n in range(1, 10)]:
            yield f"{path}: {name} has not exactly the sections 1 to 9"
    # Prose that happens to be ASCII differs between languages; Chinese prose never is, so its
    # skeleton holds only what all must have.
    required = [line for line in sections[-1] if line.startswith("  ") and columns(line) > 0]
    for name, section in zip(LANGUAGES, sections):
        for line in required:
            if line.strip()[:1] in "abcdefghijklmnopqrstuvwxyz[MR" and line not in section:
                if not re.match(r" {6,}", line) or ".*" in line or "creator" in line:
                    yield f"{path}: {name} lacks the entry {line.strip()!r}"


def main():
    spec = pathlib.Path(__file__).resolve().parent.parent / "spec"
    readme = spec / "README.decode"
    faults = list(check_layout(readme, False)) + list(check_languages(readme))
    for path in sorted((spec / "decode").glob("*.txt")):
        faults += check_layout(path, False)
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

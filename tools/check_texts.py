#!/usr/bin/env python3
"""Checks the texts that ship inside every tessera.

spec/README.decode, spec/README.encrypted and spec/decode/*.txt must be readable on the plainest screen there will ever
be: UTF-8, LF, a final newline, no tabs or trailing blanks, at most 78 columns. The first two name at
their top the line at which each language begins; those numbers must be right, and all languages must
have the same sections and entries, so that none falls behind the others.

Exit status: 0 when all holds, 1 with one line for each fault.
"""

import pathlib
import re
import sys
import unicodedata

COLUMNS_MAX = 78
LANGUAGES = ["ENGLISH", "PORTUGUÊS", "ESPAÑOL", "FRANÇAIS", "العربية", "हिन्दी", "中文"]
CHECKSUM_COMMANDS = [
    "b3sum MANIFEST", "MANIFEST | b3sum --check", "MANIFEST | sha256sum --check",
    r"sed -n 's/^  \([^ ]*\)  blake3:\([0-9a-f]*\)  .*/\2  \1/p'",
    r"sed -n 's/^  \([^ ]*\)  .*  sha256:\([0-9a-f]*\)  .*/\2  \1/p'",
]
ENTRIES = [
    # section 3
    "MANIFEST", "README.decode", "index.html", "context.txt", "identity/", "memories/", "media.*",
    "creator.pub.ed25519, creator.pub.mldsa65", "creator.pub.xwing", "meta.json",
    "signature.ed25519.sig, signature.mldsa65.sig", "schema/v1.json", "decode/",
    # section 4
    "TESSERA MANIFEST v1", "created", "creator", "creator-mldsa65", "[title]", "visibility",
    "language", "[supersedes]", "[collection]", "[capsule], [open-after], [key-commitment]",
    "encoding", "UTF-8", "schema", "v1",
    # section 5
    *CHECKSUM_COMMANDS, "find . ! -type d -o -empty",
]
ENTRIES_OF_ENCRYPTED = [
    # section 2
    "private", "circle", "sealed",
    # section 3
    "MANIFEST", "content.enc", "identity/envelope.bin", "identity/witnesses.bin", "identity/creator.pub.*",
    "identity/signature.*.sig", "decode/",
    # section 5
    *CHECKSUM_COMMANDS,
]
FIRST_TITLE_LINE = 3  # the list of languages begins on the third line


def columns(line):
    """Columns on a terminal: wide characters take two, combining ones none."""
    total = 0
    for character in line:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        total += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return total


def check_layout(path):
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


def check_languages(path, sections, entries):
    """Yields a message where a text's languages are misplaced or differ in structure."""
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
    for name, start, end in zip(LANGUAGES, starts, starts[1:] + [len(lines)]):
        section = lines[start:end]
        numbers = [line[0] for line in section if re.match(r"\d\. ", line)]
        if numbers != list(sections):
            yield f"{path}: {name} has not exactly the sections 1 to {sections[-1]}"
        stripped = [line.strip().removesuffix(" \\") for line in section if line.startswith("  ")]
        for entry in entries:
            if entry not in stripped:
                yield f"{path}: {name} lacks the entry {entry!r}"


def main():
    spec = pathlib.Path(__file__).resolve().parent.parent / "spec"
    faults = []
    for name, sections, entries in (("README.decode", "123456789", ENTRIES),
                                    ("README.encrypted", "123456", ENTRIES_OF_ENCRYPTED)):
        faults += check_layout(spec / name)
        faults += check_languages(spec / name, sections, entries)
    for path in sorted((spec / "decode").glob("*.txt")):
        faults += check_layout(path)
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

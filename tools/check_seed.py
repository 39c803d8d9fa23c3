#!/usr/bin/env python3
"""Checks docs/seed-check.md: whatever a row says it is held by must be there.

`lib.Suite.Name` is a test of that name in the sources, `e2e.NAME:CHECK` a function of
tests/e2e/NAME_test.py or a module beside it, `install_test:WORDS` a check of tests/e2e/install_test.sh, "words" the
beginning of a row of docs/departures.md, and [text](src/chapter.md#section) a heading of the book.

Exit status: 0 when all holds, 1 with one line for each fault.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = re.compile(r'`(?P<test>\w+[.:][^`]+)`|"(?P<departure>[^"]+)"|\]\((?P<section>[^)]+)\)')


def unit_tests():
    """Suite.Name of every test; those of a shared suite stand in headers."""
    found = set()
    for folder in ("src", "sim"):
        for path in (ROOT / folder).rglob("*.[ch]pp"):
            text = path.read_text(encoding="utf-8")
            found |= {".".join(pair) for pair in re.findall(r"^(?:TYPED_)?TEST(?:_[FP])?\((\w+),\s*(\w+)\)", text, re.M)}
    return found


def headings(path):
    """As mdBook names them: lower case, without punctuation, with hyphens for blanks."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def holds_test(name, known):
    """Whether there is a test of that name."""
    kind, _, check = name.partition(":")
    if kind == "install_test":
        return f'check "{check}"' in (ROOT / "tests/e2e/install_test.sh").read_text(encoding="utf-8")
    if kind.startswith("e2e."):
        # A test's checks, and those that it has of a module named after it.
        paths = (ROOT / "tests/e2e").glob(f"{kind[4:]}_*.py")
        return any(re.search(rf"^ *def {re.escape(check)}\(", path.read_text(encoding="utf-8"), re.M) for path in paths)
    return name.partition(".")[2] in known


def main():
    known = unit_tests()
    departures = re.findall(r"^\| (.*?) \|", (ROOT / "docs/departures.md").read_text(encoding="utf-8"), re.M)
    faults = []
    rows = 0
    for number, line in enumerate((ROOT / "docs/seed-check.md").read_text(encoding="utf-8").split("\n"), 1):
        cells = line.split(" | ")
        if not line.startswith("| ") or cells[0] == "| statement":
            continue
        rows += 1
        references = list(REFERENCE.finditer(cells[1])) if len(cells) == 2 else []
        if not references:
            faults.append(f"line {number}: held by nothing")
        for reference in references:
            test, departure, section = reference.group("test", "departure", "section")
            if test and not holds_test(test, known):
                faults.append(f"line {number}: there is no test {test}")
            if departure and sum(row.startswith(departure) for row in departures) != 1:
                faults.append(f"line {number}: not one departure begins with '{departure}'")
            if section:
                chapter, _, anchor = section.partition("#")
                path = ROOT / "docs" / chapter
                if not path.is_file() or (anchor and anchor not in headings(path)):
                    faults.append(f"line {number}: there is no section {section}")
    if rows < 50:
        faults.append("the tables of docs/seed-check.md cannot be read")
    for fault in faults:
        print(f"docs/seed-check.md: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

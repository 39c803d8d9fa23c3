#!/usr/bin/env python3
"""Adds up ctest's results.xml files: names what was skipped or failed, then one line of counts.

With --failures: the end of what each failed test printed, so that a log's last page tells why.
"""

import collections
import sys
import xml.etree.ElementTree as xml


LINES_PER_FAILURE = 40


def cases_of(path):
    """None of a run that did not come to its end."""
    try:
        return list(xml.parse(path).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        print(f"no results: {error}", file=sys.stderr)
        return None


def print_failures(paths):
    for path in paths:
        for case in cases_of(path) or []:
            if case.get("status") == "fail":
                printed = (case.findtext("system-out") or "").splitlines()[-LINES_PER_FAILURE:]
                print(f"---- the end of {case.get('name')}:", *printed, sep="\n")


def main(paths):
    counts = collections.Counter()
    for path in paths:
        cases = cases_of(path)
        if cases is None:
            counts["failed"] += 1
            continue
        for case in cases:
            status = {"run": "passed", "fail": "failed"}.get(case.get("status"), "skipped")
            counts[status] += 1
            if status != "passed":
                print(f"{status}: {case.get('name')} ({path.split('/')[-2]})")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--failures"]:
        print_failures(sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1:]))

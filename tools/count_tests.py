#!/usr/bin/env python3
"""Adds up ctest's results.xml files: names what was skipped or failed, then one line of counts."""

import collections
import sys
import xml.etree.ElementTree as xml


def main(paths):
    counts = collections.Counter()
    for path in paths:
        try:
            cases = list(xml.parse(path).getroot().iter("testcase"))
        except (OSError, xml.ParseError) as error:
            print(f"no results: {error}", file=sys.stderr)
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
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Holds spec/schema/v1.json against the vectors of spec/vectors/meta, with python3-jsonschema.

A vector begins with a line `expect: ...` and an empty line; the rest is a meta.json:

  ok               readers take it and the schema fits
  refused          readers refuse it and the schema does not fit
  refused by readers   ... but a JSON Schema cannot say so (e.g. a key that stands twice)
  refused by schema    ... but readers take it (a key that they do not know)

Further arguments are folders or files of meta.json, which must all fit: what a program wrote.
Exit status: 0 when all holds, 1 with a line for each fault.
"""

import json
import pathlib
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
FITS = {"ok": True, "refused by readers": True, "refused": False, "refused by schema": False}


def fits(validator, raw):
    """True when `raw` is JSON in UTF-8 that the schema describes."""
    try:
        return validator.is_valid(json.loads(raw.decode("utf-8")))
    except ValueError:
        return False


def check_vectors(validator):
    """Yields a message for each vector that does not turn out as it says."""
    counts = dict.fromkeys(FITS, 0)
    for path in sorted((ROOT / "spec/vectors/meta").glob("*.txt")):
        head, _, raw = path.read_bytes().partition(b"\n\n")
        expectation = head.decode().removeprefix("expect: ").partition(":")[0]
        if expectation not in FITS:
            yield f"{path}: unknown expectation '{expectation}'"
            continue
        counts[expectation] += 1
        if fits(validator, raw) != FITS[expectation]:
            yield f"{path}: expected '{expectation}', and the schema says otherwise"
    if counts["ok"] < 5 or counts["refused"] < 20:
        yield f"too few vectors: {counts}"


def check_files(validator, arguments):
    """Yields a message for each meta.json below the arguments that the schema does not fit."""
    for argument in map(pathlib.Path, arguments):
        files = sorted(argument.rglob("meta.json")) if argument.is_dir() else [argument]
        if not files:
            yield f"{argument}: no meta.json there"
        for path in files:
            if not fits(validator, path.read_bytes()):
                yield f"{path}: does not fit the schema"


def main():
    schema = json.loads((ROOT / "spec/schema/v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = [*check_vectors(validator), *check_files(validator, sys.argv[1:])]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

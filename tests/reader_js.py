#!/usr/bin/env python3
"""Runs the tests of the reader in JavaScript, spec/reader-js, in a folder of the build.

    reader_js.py --build FOLDER [--tes PROGRAM]

Its libraries come from npm's registry, once for each package-lock.json, which holds a hash of each. Where
Node.js or the registry cannot be had, that is said in a line and the exit status is 77: skipped.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

SPEC = pathlib.Path(__file__).resolve().parent.parent / "spec"
READER = SPEC / "reader-js"
NODE_MIN = (20, 19)
SKIPPED = 77


def skip(reason):
    print(f"the reader in JavaScript is not tried: {reason}")
    sys.exit(SKIPPED)


def check_node():
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if found is None or tuple(map(int, found.groups())) < NODE_MIN:
        skip(f"it wants Node.js {NODE_MIN[0]}.{NODE_MIN[1]} or later, and this is {version.strip()}")


def copy_reader(folder):
    """The reader as it is now; libraries that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.mjs"):
        old.unlink()
    for path in [*READER.glob("*.mjs"), READER / "package.json", READER / "package-lock.json", READER / ".npmrc"]:
        shutil.copy(path, folder)


def install_libraries(folder):
    lock = hashlib.sha256((READER / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    command = ["npm", "ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if "EINTEGRITY" in done.stderr:
        sys.exit(f"the registry's libraries are not those of package-lock.json:\n{done.stderr}")
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if "ERR" in line or "error" in line), "npm failed")
        skip(f"its libraries could not be fetched ({reason.strip()})")
    stamp.write_text(lock)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="where it is put together")
    parser.add_argument("--tes", type=pathlib.Path, help="the program whose tesserae are opened, too")
    options = parser.parse_args()
    check_node()
    copy_reader(options.build)
    install_libraries(options.build)
    environment = {**os.environ, "TESSERAS_SPEC": str(SPEC)}
    if options.tes:
        environment["TESSERAS_TES"] = str(options.tes.resolve())
    return subprocess.run(["node", "--test", "reader_test.mjs"], cwd=options.build, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

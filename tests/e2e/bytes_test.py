#!/usr/bin/env python3
"""Every single-byte change to an export is found by `tes verify`.

The long run changes every byte of every file, one after another; the quick one every file's first
and last byte, and a sample of all.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

import support

SAMPLE = 250


def positions(test, folder):
    """(file, offset) of every byte to change, in an order that spreads over the files."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    every = [(path, offset) for path in files for offset in range((folder / path).stat().st_size)]
    if support.LONG and not test.sanitized:
        return every
    ends = [(path, offset) for path in files for offset in {0, (folder / path).stat().st_size - 1} if offset >= 0]
    return ends + test.random.sample(every, min(SAMPLE // (3 if test.sanitized else 1), len(every)))


def change_and_verify(test, folder, part, difference):
    """Changes each byte of a part of them in turn; returns those that were not found."""
    missed = []
    for path, offset in part:
        with open(folder / path, "r+b", buffering=0) as file:
            file.seek(offset)
            byte = file.read(1)
            file.seek(offset)
            file.write(bytes([byte[0] ^ difference]))
        done = subprocess.run([str(test.tes), "verify", "-q", str(folder)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False, timeout=60)
        if done.returncode != 1:
            missed.append((str(path), offset, done.returncode))
        with open(folder / path, "r+b", buffering=0) as file:
            file.seek(offset)
            file.write(byte)
    return missed


def main():
    with support.Test(__doc__) as test:
        source = test.folder / "source"
        source.mkdir()
        (source / "a.txt").write_text("The well, in the morning.\n")
        (source / "noise.bin").write_bytes(test.random.randbytes(500))
        vault = test.vault()
        made = support.create(test.tes, vault, source, "--title", "Small")
        workers = os.cpu_count() or 1
        copies = []
        for number in range(workers):
            support.run(test.tes, vault, "export", made, test.folder / f"copy{number}")
            copies.append(test.folder / f"copy{number}" / f"tessera-{made}")
        wanted = positions(test, copies[0])
        difference = test.random.randrange(1, 256)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            missed = sum(pool.map(lambda number: change_and_verify(test, copies[number], wanted[number::workers], difference),
                                  range(workers)), [])
        for copy in copies:  # the test put every byte back
            support.run(test.tes, vault, "verify", "--full", copy)
        print(f"{len(wanted)} changes (xor {difference}), {len(wanted) - len(missed)} found")
        assert not missed, missed[:20]
        shutil.rmtree(pathlib.Path(test.folder) / "copy0")
    return 0


if __name__ == "__main__":
    sys.exit(main())

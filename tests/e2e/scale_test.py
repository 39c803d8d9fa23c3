#!/usr/bin/env python3
"""Large files, many files, deep folders: bit-exact there and back, within 200 MiB of memory.

The quick run has a file of 64 MiB and 2,000 files; the long one 5 GiB and 100,000.
"""

import os
import pathlib
import shutil
import sys

import support

MEMORY_MAX_BYTES = 200 * support.MIB
LARGE_BYTES = (5 << 30) if support.LONG else 64 * support.MIB
FILES = 100_000 if support.LONG else 2_000
DEPTH = 60
BYTES_MAX_PER_FILE = 4 << 10


def bounded(test, done, files):
    # Sanitizers keep what is freed: their memory says nothing of ours. What is known of each file is
    # held until it is signed, so the bound holds whatever the sizes, and grows with the number.
    if not test.sanitized:
        most = MEMORY_MAX_BYTES + files * BYTES_MAX_PER_FILE
        assert done.memory_bytes <= most, f"{done.memory_bytes / support.MIB:.0f} MiB of memory"
    return done.memory_bytes / support.MIB


def there_and_back(test, source, what, files):
    """create → verify → export → import elsewhere → export: the same bytes, in little memory."""
    tes, first, second = test.tes, test.vault("first"), test.vault("second")
    done = support.run(tes, first, "create", source, "-n", "--include-other")
    made = done.out.split()[-1]
    peaks = {"create": bounded(test, done, files)}
    seconds = {"create": done.seconds}
    out, again = test.folder / "out", test.folder / "again"
    tessera = out / f"tessera-{made}"
    for name, data_dir, words in (("verify", first, ("verify", "-q", made)), ("export", first, ("export", made, out)),
                                  ("verify --full", first, ("verify", "-q", "--full", tessera)),
                                  ("import", second, ("import", tessera)), ("again", second, ("export", made, again)),
                                  ("check", second, ("vault", "check"))):
        done = support.run(tes, data_dir, *words)
        peaks[name], seconds[name] = bounded(test, done, files), done.seconds
    support.same(out, again)
    shutil.rmtree(again)
    originals(source, tessera)
    print(f"{what}: " + ", ".join(f"{name} {seconds[name]:.1f} s {peaks[name]:.0f} MiB" for name in peaks), flush=True)
    for folder in (first, second, out):
        shutil.rmtree(folder)


def originals(source, tessera):
    """Every original has a media file of its size in the tessera, and one of them its bytes."""
    sizes = sorted({path.stat().st_size for path in source.rglob("*") if path.is_file()})
    media = sorted({path.stat().st_size for path in tessera.glob("memories/*/media.*")})
    assert sizes == media, (sizes[:3], media[:3])


def main():
    with support.Test(__doc__) as test:
        need = LARGE_BYTES * 4 + (4 << 30 if support.LONG else 0)
        if shutil.disk_usage(test.folder).free < need:
            support.skip(f"scale_test: needs {need >> 30} GiB of disk")

        large = test.folder / "large"
        large.mkdir()
        with open(large / "film.bin", "wb") as file:  # sparse here, but every byte is read and kept
            file.truncate(LARGE_BYTES)
            for _ in range(16):
                file.seek(test.random.randrange(LARGE_BYTES - 4096))
                file.write(test.random.randbytes(4096))
        there_and_back(test, large, f"one file of {LARGE_BYTES // support.MIB} MiB", 1)
        shutil.rmtree(large)

        deep = pathlib.Path("deep", *(f"folder {level}" for level in range(DEPTH)))
        many = test.folder / "many"
        (many / deep).mkdir(parents=True)
        (many / deep / "at the bottom.txt").write_text("here\n")
        for number in range(FILES - 1):
            folder = many / f"{number // 1000:03}"
            folder.mkdir(exist_ok=True)
            (folder / f"{number:06}.txt").write_text(f"the {number}th of many\n")
        there_and_back(test, many, f"{FILES} files", FILES)
        os.sync()
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/pack.md, by its text and not by our own code.

A file is lines `name: value`. `path`, `size` and `created` (seconds since 1970) are a member's;
`header` is what stands before its bytes, in hexadecimal, `ab*300` being `ab` 300 times; `padding` is
the number of zero bytes behind them. Python's own tarfile has to read every one of them so.
"""
import io
import itertools
import pathlib
import tarfile

here = pathlib.Path(__file__).parent
TIME_MAX = 8_589_934_591


def block(name, typeflag, size, created, prefix=b""):
    bytes_ = bytearray(512)
    fields = [(0, name), (100, b"0000644"), (108, b"0000000"), (116, b"0000000"), (124, b"%011o" % size),
              (136, b"%011o" % min(max(created, 0), TIME_MAX)), (148, b" " * 8), (156, typeflag),
              (257, b"ustar\x0000"), (329, b"0000000"), (337, b"0000000"), (345, prefix)]
    for at, value in fields:
        bytes_[at:at + len(value)] = value
    bytes_[148:156] = b"%06o\x00 " % sum(bytes_)
    return bytes(bytes_)


def record(key, value):
    length = len(key) + len(value) + 3
    while length != len(str(length)) + len(key) + len(value) + 3:
        length += 1
    return b"%d %s=%s\n" % (length, key, value)


def cut(path):
    """(prefix, name), or None where a pax header has to tell."""
    if len(path) <= 100:
        return b"", path
    for at, byte in enumerate(path):
        if byte == ord("/") and len(path) - at - 1 <= 100:
            return (path[:at], path[at + 1:]) if at <= 155 else None
    return None


def header(path, size, created):
    records = b""
    if cut(path) is None:
        records += record(b"path", path)
    if size >= 1 << 33:
        records += record(b"size", b"%d" % size)
    prefix, name = cut(path) or (b"", path[:100])
    shown = 0 if size >= 1 << 33 else size
    out = block(name, b"0", shown, created, prefix)
    if records:
        out = block(b"pax-header", b"x", len(records), created) + records + bytes(-len(records) % 512) + out
    return out


def compact(bytes_):
    parts = []
    for byte, run in itertools.groupby(bytes_):
        count = len(list(run))
        parts += [f"{byte:02x}*{count}"] if count > 3 else [f"{byte:02x}"] * count
    return " ".join(parts)


def read_back(path, size, made):
    with tarfile.open(fileobj=io.BytesIO(made + bytes(1024))) as tar:
        tar.encoding, tar.errors = "utf-8", "surrogateescape"
        found = tar.next()
    assert found.isreg() and found.size == size
    assert found.name.encode("utf-8", "surrogateescape") == path, found.name


def write(name, path, size, created):
    made = header(path, size, created)
    read_back(path, size, made)
    fields = {"path": path.hex(), "size": size, "created": created, "header": compact(made), "padding": -size % 512}
    text = "".join(f"{key}: {value}\n" for key, value in fields.items())
    file = here / (name + ".txt")
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


folder = b"tessera-" + b"a1b2c3d4" * 8 + b"/"
day = 1_771_061_400
write("manifest", folder + b"MANIFEST", 123_456, day)
write("empty", folder + b"empty.txt", 0, day)
write("one-block", folder + b"block", 512, day)
write("name-100", folder + b"n" * (100 - len(folder)), 1, day)
write("name-101", folder + b"n" * (101 - len(folder)), 1, day)
write("media", folder + b"memories/" + b"0f" * 32 + b"/media.jpg", 3_000_000, day)
write("cut-at-the-first-slash", folder + b"a/b/c/" + b"n" * 60, 7, day)
write("prefix-155", folder + b"p" * (155 - len(folder)) + b"/" + b"n" * 100, 7, day)
write("prefix-156", folder + b"p" * (156 - len(folder)) + b"/" + b"n" * 100, 7, day)
write("name-too-long", folder + b"n" * 101, 7, day)
write("record-of-three-digits", folder + b"r" * 120, 7, day)
for length in (989, 990):  # a record of 999 bytes, and one whose length takes a digit more
    deep = folder + b"/".join([b"r" * 200] * 5)
    write(f"path-{length}", deep[:length], 7, day)
write("utf-8", folder + "Oma Grün/Weihnachten – 1962.jpg".encode(), 7, day)
write("no-utf-8", folder + b"caf\xe9.jpg", 7, day)
write("size-below-8-gib", folder + b"film.mkv", (1 << 33) - 1, day)
write("size-8-gib", folder + b"film.mkv", 1 << 33, day)
write("size-and-path", folder + b"n" * 200, (1 << 40) + 1, day)
write("before-1970", folder + b"a", 1, -86_400)
write("the-last-second", folder + b"a", 1, TIME_MAX)
write("after-2242", folder + b"a", 1, TIME_MAX + 1)

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/plan.md, by its text and not by our own code.

A file is lines `name: value`; bytes are hexadecimal, and `ab*300` is `ab` 300 times.

  matrix-K-M  `row-I`: the coefficients of fragment I
  code-K-M    `fragment-I`: what fragment I is, of a `pack`
"""
import hashlib
import pathlib

here = pathlib.Path(__file__).parent


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


INVERSE = [next((b for b in range(256) if times(a, b) == 1), 0) for a in range(256)]
PRODUCTS = [[times(a, b) for b in range(256)] for a in range(256)]


def rows(data, parity):
    return {i: [INVERSE[i ^ j] for j in range(data)] for i in range(data, data + parity)}


def fragments(pack, data, parity):
    size = -(-len(pack) // data)
    padded = pack + bytes(size * data - len(pack))
    pieces = [padded[size * i:size * (i + 1)] for i in range(data)]
    for row in rows(data, parity).values():
        made = bytearray(size)
        for coefficient, piece in zip(row, pieces):
            table = PRODUCTS[coefficient]
            made = bytearray(sum_ ^ table[byte] for sum_, byte in zip(made, piece))
        pieces.append(bytes(made))
    return pieces


def write(name, fields):
    text = "".join(f"{key}: {value.hex() if isinstance(value, bytes) else value}\n" for key, value in fields.items())
    file = here / (name + ".txt")
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def counted(size):
    """Bytes that look like chance and need no file."""
    return b"".join(hashlib.sha256(b"tesseras vector %d" % i).digest() for i in range(-(-size // 32)))[:size]


for k, m in ((16, 8), (48, 24)):
    write(f"matrix-{k}-{m}", {f"row-{i}": bytes(row) for i, row in rows(k, m).items()})
    for size in (1, k, 31 * k - 7, 512 + 1024):
        pack = counted(size)
        write(f"code-{k}-{m}-{size}", {"pack": pack} | {f"fragment-{i}": piece for i, piece in
                                                        enumerate(fragments(pack, k, m))})

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/sharing.md, by its text and not by our own code:
products come from powers of 3, and secrets from solving for the polynomial.

A file is lines `name: value`, `expect` first; a share is its index, a byte, and its data. Those
with `coefficients` say which shares a split gives, the others what shares give.
"""
import pathlib

here = pathlib.Path(__file__).parent

EXP = [1]
while len(EXP) < 255:
    times_two = EXP[-1] << 1
    EXP.append(EXP[-1] ^ (times_two ^ 0x11b if times_two > 255 else times_two))
LOG = {value: power for power, value in enumerate(EXP)}


def times(a, b):
    return EXP[(LOG[a] + LOG[b]) % 255] if a and b else 0


def over(a, b):
    return EXP[(LOG[a] - LOG[b]) % 255] if a else 0


def share(index, secret, rows):
    """The values at `index` of one polynomial a byte; rows[i] has the coefficients of x^(i+1)."""
    out = []
    for at, byte in enumerate(secret):
        value = 0
        for coefficient in reversed([byte, *(row[at] for row in rows)]):
            value = times(value, index) ^ coefficient
        out.append(value)
    return bytes([index, *out])


def solve(shares):
    """What stands at 0, by Gauss on Vandermonde's matrix."""
    secret = []
    for at in range(1, len(shares[0])):
        lines = []
        for one in shares:
            line, power = [], 1
            for _ in shares:
                line.append(power)
                power = times(power, one[0])
            lines.append([*line, one[at]])
        for column in range(len(lines)):
            pivot = next(i for i in range(column, len(lines)) if lines[i][column])
            lines[column], lines[pivot] = lines[pivot], lines[column]
            lines[column] = [over(value, lines[column][column]) for value in lines[column]]
            for i, line in enumerate(lines):
                if i != column and line[column]:
                    lines[i] = [a ^ times(line[column], b) for a, b in zip(line, lines[column])]
        secret.append(lines[0][-1])
    return bytes(secret)


def write(name, **fields):
    text = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in fields.items())
    file = here / f"{name}.txt"
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def split(name, secret, count, *rows):
    shares = [share(index, secret, rows) for index in range(1, count + 1)]
    write(f"split-{name}", expect="valid", secret=secret.hex(), threshold=len(rows) + 1, count=count,
          coefficients="".join(row.hex() for row in rows),
          shares=" ".join(one.hex() for one in shares))
    return shares


def combine(name, shares, secret=None):
    found = solve(shares)
    if secret is not None and found != secret:
        raise SystemExit(f"{name} gives {found.hex()}")
    write(f"combine-{name}", expect="valid", shares=" ".join(one.hex() for one in shares),
          secret=found.hex())


def refuse(name, *shares):
    write(f"refuse-{name}", expect="invalid", shares=" ".join(one.hex() for one in shares))


BLOB = bytes([1, 0]) + bytes(range(32))
ROW = bytes((7 * i + 3) % 256 for i in range(34))
OTHER = bytes((91 * i + 200) % 256 for i in range(34))

two = split("2-of-3", BLOB, 3, ROW)
three = split("3-of-5", BLOB, 5, ROW, OTHER)
split("1-of-2", b"all have it", 2)
split("zero-coefficients", b"\x53\xca", 4, bytes(2), bytes(2))
most = split("255-of-255", b"\xa5", 255, *(bytes([(i * 29 + 11) % 256]) for i in range(254)))
split("byte", b"\x57", 3, b"\x83")
combine("1-and-2", two[:2], BLOB)
combine("3-and-1", [two[2], two[0]], BLOB)
combine("all-three", two, BLOB)
combine("5-2-4", [three[4], three[1], three[3]], BLOB)
combine("255", most, b"\xa5")
combine("one", [b"\x09abc"], b"abc")
combine("too-few-is-another", three[:2])
combine("mixed-is-another", [two[0], three[1]])
combine("highest-indices", [b"\xff\x10\x20", b"\xfe\x01\x02"])
refuse("none")
refuse("index-0", b"\x00ab", b"\x01cd")
refuse("twice", b"\x01ab", b"\x02cd", b"\x01ab")
refuse("twice-and-different", b"\x01ab", b"\x01cd")
refuse("sizes", b"\x01ab", b"\x02c")
refuse("sizes-last", b"\x01ab", b"\x02cd", b"\x03efg")

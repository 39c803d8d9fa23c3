#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/heir-share.md, by its text and not by our own code.

MessagePack, BLAKE3 and the field come from the plain Python in the folders beside this one, and an
owner's fingerprint from ../identity. A file is lines `name: value`, `expect` first; bytes are
hexadecimal.

  bin-*, text-*  one file as it is given to a reader; if valid, what stands in it, and how many
                 `remarks` its headers give; with `written`, we write the same bytes
  recover-*      several shares in their binary form, and the `seed` that they give
"""
import base64
import importlib.util
import pathlib

here = pathlib.Path(__file__).parent


def load(name):
    loader = importlib.util.spec_from_file_location(name, here.parent / name / "make.py")
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    return module


wire, tree, sharing = load("wire"), load("blake3-tree"), load("sharing")


def keys(name):
    lines = (here.parent / "identity" / name).read_text().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    return bytes.fromhex(fields["seed"]), bytes.fromhex(fields["fingerprint"])


def write(name, **fields):
    text = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in fields.items())
    file = here / f"{name}.txt"
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


class Share:
    """One of a set, whose fields a test may make false before it is written."""

    def __init__(self, index, threshold, total, session, owner, data, hashes, created="2026-02-15"):
        self.version = 1
        self.index, self.threshold, self.total = index, threshold, total
        self.session, self.owner, self.data, self.created = session, owner, data, created
        self.hashes = list(hashes)
        self.checksum = None
        self.more = {}
        self.without = []

    def sum(self):
        numbers = (self.version, self.index, self.threshold, self.total)
        return tree.blake3(b"tesseras heir share v1\n" + bytes(n % 256 for n in numbers) + self.session
                           + self.owner + self.data + b"".join(self.hashes) + self.created.encode())

    def binary(self):
        fields = dict(checksum=wire.blob((self.checksum or self.sum()).hex()),
                      created=wire.text(self.created), data=wire.blob(self.data.hex()),
                      hashes=wire.blob(b"".join(self.hashes).hex()), index=wire.number(self.index),
                      owner=wire.blob(self.owner.hex()), session=wire.blob(self.session.hex()),
                      threshold=wire.number(self.threshold), total=wire.number(self.total),
                      version=wire.number(self.version), **self.more)
        for name in self.without:
            del fields[name]
        return bytes.fromhex(wire.table(**fields).replace(" ", ""))

    def lines(self):
        """The text form's lines, without their ends."""
        digits = base64.b64encode(self.binary()).decode()
        block = [digits[at:at + 48] for at in range(0, len(digits), 48)]
        checks = [f"Check: {i} {tree.blake3(f'{i} {line}'.encode()).hex()[:4]}"
                  for i, line in enumerate(block, 1)]
        return ["--- TESSERAS HEIR SHARE ---", "Format: v1", f"Owner: {self.owner.hex()} (fingerprint)",
                f"Share: {self.index} of {self.total} (threshold: {self.threshold})",
                f"Session: {self.session.hex()}", f"Created: {self.created}", *checks, "", *block,
                "--- END HEIR SHARE ---"]

    def fields(self):
        return dict(index=self.index, threshold=self.threshold, total=self.total,
                    session=self.session.hex(), owner=self.owner.hex(), created=self.created,
                    data=self.data.hex())


def make_set(seed, owner, total, session, *rows, blob=None):
    blob = blob or bytes([1, 0]) + seed
    data = [sharing.share(index, blob, rows)[1:] for index in range(1, total + 1)]
    hashes = [tree.blake3(one) for one in data]
    return [Share(index, len(rows) + 1, total, session, owner, data[index - 1], hashes)
            for index in range(1, total + 1)]


def row(times, plus, size=34):
    return bytes((times * i + plus) % 256 for i in range(size))


SEED, OWNER = keys("keys-counting")
OTHER_SEED, OTHER = keys("keys-ones")
SESSION = bytes.fromhex("9f8e7d6c5b4a3210")


def two_of_three():
    return make_set(SEED, OWNER, 3, SESSION, row(7, 3))


def changed(index=1, of=two_of_three, **fields):
    share = of()[index - 1]
    for name, value in fields.items():
        setattr(share, name, value)
    return share


def with_index(index):
    share = two_of_three()[0]
    share.index = index
    return share


def binary(name, expect, share, written=True):
    more = dict(share.fields(), remarks=0, **({"written": "yes"} if written else {})) if expect == "valid" else {}
    write(f"bin-{name}", expect=expect, file=share.binary().hex(), **more)


def text(name, expect, lines, share=None, remarks=0, ends="\n", written=False):
    file = ends.join(lines) + ends
    more = dict(share.fields(), remarks=remarks, **({"written": "yes"} if written else {})) if share else {}
    write(f"text-{name}", expect=expect, file=file.encode().hex(), **more)


def shares():
    for share in two_of_three():
        binary(f"{share.index}-of-3", "valid", share)
    binary("200-of-255", "valid", make_set(SEED, OWNER, 255, SESSION, row(5, 1), row(3, 9))[199])
    binary("1-of-1", "valid", make_set(SEED, OWNER, 1, SESSION)[0])
    longer = make_set(SEED, OWNER, 2, SESSION, row(1, 1, 1024), blob=bytes([2, 0]) + bytes(1022))
    binary("longest-data", "valid", longer[1])
    binary("checksum-other", "corrupt", changed(checksum=bytes(32)))
    binary("checksum-of-another", "corrupt", changed(checksum=two_of_three()[1].sum()))
    binary("version-0", "unsupported", changed(version=0))
    binary("version-2", "unsupported", changed(version=2))
    binary("index-0", "corrupt", with_index(0))
    binary("index-beyond", "corrupt", with_index(4))
    binary("index-of-another", "corrupt", with_index(2))
    binary("threshold-0", "corrupt", changed(threshold=0))
    binary("threshold-beyond", "corrupt", changed(threshold=4))
    binary("total-more-than-hashes", "corrupt", changed(total=4))
    binary("total-fewer-than-hashes", "corrupt", changed(total=2))
    binary("total-0", "corrupt", changed(total=0, hashes=[]))
    binary("data-other", "corrupt", changed(data=row(1, 1)))
    short = make_set(SEED, OWNER, 2, SESSION, row(1, 1, 33), blob=bytes(33))
    binary("data-33", "corrupt", short[0])
    long = make_set(SEED, OWNER, 2, SESSION, row(1, 1, 1025), blob=bytes(1025))
    binary("data-1025", "corrupt", long[0])
    binary("hash-of-it-other", "corrupt", changed(hashes=[bytes(32), *two_of_three()[0].hashes[1:]]))
    binary("hash-cut", "corrupt", changed(hashes=[*two_of_three()[0].hashes[:2], bytes(31)]))
    binary("created-no-day", "corrupt", changed(created="2026-02-30"))
    binary("created-time", "corrupt", changed(created="2026-02-15T00:00:00Z"))
    binary("created-empty", "corrupt", changed(created=""))
    binary("session-7", "corrupt", changed(session=SESSION[:7]))
    binary("owner-9", "corrupt", changed(owner=OWNER + b"\0"))
    binary("further-field", "corrupt", changed(more={"when": wire.number(1)}))
    for name in two_of_three()[0].fields() | {"checksum": 0, "hashes": 0, "version": 0}:
        binary(f"without-{name}", "corrupt", changed(without=[name]))
    whole = two_of_three()[0].binary()
    write("bin-cut", expect="corrupt", file=whole[:-1].hex())
    write("bin-behind", expect="corrupt", file=(whole + b"\0").hex())
    write("bin-empty", expect="corrupt", file="")
    write("bin-empty-map", expect="corrupt", file="80")


def texts():
    share = two_of_three()[0]
    lines = share.lines()
    block = lines.index("") + 1
    text("as-written", "valid", lines, share, written=True)
    text("longest", "valid", make_set(SEED, OWNER, 255, SESSION, row(5, 1))[254].lines(),
         make_set(SEED, OWNER, 255, SESSION, row(5, 1))[254], written=True)
    text("carriage-returns", "valid", lines, share, ends="\r\n")
    text("byte-order-mark", "valid", ["\ufeff" + lines[0], *lines[1:]], share)
    text("in-a-letter", "valid", ["Dear Ana,", "keep this: it is yours.", *lines, "Yours, R."], share)
    text("indented", "valid", [f"   {line} \t" for line in lines], share)
    text("scanned-with-gaps", "valid", [" ".join(line) if line in lines[block:-1] else line for line in lines], share)
    text("doubled-line-ends", "valid", [part for line in lines for part in (line, "")], share)
    text("no-empty-line", "valid", [line for line in lines if line], share)
    text("long-lines", "valid", [*lines[:block], "".join(lines[block:-1]), lines[-1]], share)
    text("headers-in-capitals", "valid", [line.upper() if ":" in line else line for line in lines], share)
    text("dashes-lost", "valid", ["Tesseras Heir Share", *lines[1:-1], "End heir share"], share)
    text("no-headers", "valid", [lines[0], *lines[block:]], share)
    text("another-number", "valid", [line.replace("1 of 3", "2 of 3") for line in lines], share, remarks=1)
    text("another-owner", "valid", [line.replace("Owner: c", "Owner: 0") for line in lines], share, remarks=1)
    text("further-header", "valid", [lines[0], "Kept by: Ana", *lines[1:]], share, remarks=1)
    text("checks-false", "valid", [line[:-4] + "0000" if line.startswith("Check") else line for line in lines], share)
    text("newer", "unsupported", changed(version=2).lines())
    text("no-begin", "corrupt", lines[1:])
    text("no-end", "corrupt", lines[:-1])
    text("two", "corrupt", lines + two_of_three()[1].lines())
    text("line-missing", "corrupt", lines[:block + 2] + lines[block + 3:])
    text("line-twice", "corrupt", [*lines[:block + 2], *lines[block + 1:]])
    text("lines-swapped", "corrupt", [*lines[:block], lines[block + 1], lines[block], *lines[block + 2:]])
    text("letter-other", "corrupt", [*lines[:block + 3], "Z" + lines[block + 3][1:], *lines[block + 4:]])
    text("letter-missing", "corrupt", [*lines[:block + 3], lines[block + 3][1:], *lines[block + 4:]])
    text("letter-not-ours", "corrupt", [*lines[:block + 3], "|" + lines[block + 3][1:], *lines[block + 4:]])
    text("block-in-capitals", "corrupt", [line.upper() for line in lines])
    text("block-of-another", "corrupt", [*lines[:block], *two_of_three()[1].lines()[block:block + 3], *lines[block + 3:]])
    text("empty-block", "corrupt", [*lines[:block], lines[-1]])


def recover(name, expect, *given, seed=None):
    write(f"recover-{name}", expect=expect, shares=" ".join(share.binary().hex() for share in given),
          **({"seed": seed.hex()} if seed else {}))


def recoveries():
    one, two, three = two_of_three()
    recover("1-and-2", "valid", one, two, seed=SEED)
    recover("3-and-1", "valid", three, one, seed=SEED)
    recover("all", "valid", one, two, three, seed=SEED)
    recover("one-twice-and-another", "valid", one, one, three, seed=SEED)
    five = make_set(SEED, OWNER, 5, SESSION, row(7, 3), row(91, 200))
    recover("3-of-5", "valid", five[4], five[0], five[2], seed=SEED)
    recover("alone", "valid", *make_set(SEED, OWNER, 1, SESSION), seed=SEED)
    recover("2-of-3-of-5", "invalid", five[4], five[0])
    recover("one", "invalid", one)
    recover("one-twice", "invalid", one, one)
    recover("none", "invalid")
    later = make_set(SEED, OWNER, 3, bytes(8), row(9, 9))
    recover("two-sessions", "invalid", one, later[1])
    recover("two-sessions-of-three", "invalid", one, later[1], three)
    recover("two-owners", "invalid", one, make_set(OTHER_SEED, OTHER, 3, SESSION, row(7, 3))[1])
    recover("two-thresholds", "invalid", one, make_set(SEED, OWNER, 3, SESSION, row(7, 3), row(1, 1))[1])
    recover("two-totals", "invalid", one, make_set(SEED, OWNER, 4, SESSION, row(7, 3))[1])
    recover("two-days", "invalid", one, changed(2, created="2026-02-16"))
    false = two_of_three()[0]
    false.data = row(1, 1)
    false.hashes[0] = tree.blake3(false.data)
    recover("one-false", "invalid", false, two)
    recover("one-false-of-three", "invalid", false, two, three)
    agreed = two_of_three()
    for share in agreed:
        share.hashes[0] = tree.blake3(row(1, 1))
    agreed[0].data = row(1, 1)
    recover("false-and-agreed", "unsupported", *agreed[:2])
    recover("owner-of-another", "corrupt", *make_set(SEED, OTHER, 3, SESSION, row(7, 3))[:2])
    newer = make_set(SEED, OWNER, 3, SESSION, row(7, 3), blob=bytes([2, 0]) + SEED)
    recover("newer-blob", "unsupported", *newer[:2])


shares()
texts()
recoveries()

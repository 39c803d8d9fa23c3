#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/contact.md, by its text and not by our own code.

BLAKE3 comes from the plain Python beside ../blake3-tree, X-Wing from ../../reader, the signatures
and ML-DSA-65 from Python's `cryptography` (48 or newer).
Vectors are added, never edited: it refuses to overwrite a file that it would write differently.

A file is lines `name: value`, `expect` first; `card` is the bytes that a reader is given, in
hexadecimal. Of a card that is valid, `seed` is its owner's (a person's root seed, a node's Ed25519
private key), and with `written` its owner writes these very bytes. Of one that is refused, `reason`
is one of

  too-long, first-line, later-version, line (one that is missing, or not in its place), digits (of one,
  not as many, or others), base64, otherwise (another way of writing), signature, nonce
"""
import base64
import importlib.util
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent / "reader"))
import xwing  # noqa: E402

loader = importlib.util.spec_from_file_location("tree", here.parent / "blake3-tree" / "make.py")
tree = importlib.util.module_from_spec(loader)
loader.loader.exec_module(tree)

ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's base point, RFC 8032


def write(name, **fields):
    lines = []
    for key, value in fields.items():
        text = value.hex() if isinstance(value, bytes) else str(value)
        lines.append(f"{key.replace('_', '-')}: {text}".rstrip())
    text = "\n".join(lines) + "\n"
    file = here / f"{name}.txt"
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def xwing_lines(key, width=64):
    digits = base64.b64encode(key).decode()
    return "xwing:\n" + "".join(digits[at:at + width] + "\n" for at in range(0, len(digits), width))


def digits(context, data):
    """A fingerprint, as it is read aloud."""
    numbers = struct.unpack(">8I", tree.derive_key(context, data))
    return " ".join(f"{number % 100000:05}" for number in numbers)


class Owner:
    def sign(self, body):
        return self.key.sign(body.encode())

    def signed(self, body):
        return body + f"signature: {self.sign(body).hex()}\n"

    def card(self):
        return self.signed(self.body())


class Person(Owner):
    def __init__(self, seed):
        self.seed = seed
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(tree.derive_key("tesseras ed25519 v1", seed))
        self.ed25519 = self.key.public_key().public_bytes_raw()
        quantum = mldsa.MLDSA65PrivateKey.from_seed_bytes(tree.derive_key("tesseras mldsa65 v1", seed))
        self.mldsa65 = tree.blake3(quantum.public_key().public_bytes_raw())
        self.xwing = xwing.public_key(tree.derive_key("tesseras xwing v1", seed))

    def body(self, xwing_part=None):
        return (f"tesseras contact v1\ned25519: {self.ed25519.hex()}\nmldsa65: {self.mldsa65.hex()}\n"
                + (xwing_part or xwing_lines(self.xwing)))

    def fields(self):
        return {"kind": "person", "seed": self.seed, "ed25519": self.ed25519, "mldsa65": self.mldsa65,
                "xwing_blake3": tree.blake3(self.xwing),
                "fingerprint": digits("tesseras contact fingerprint v1", self.ed25519 + self.mldsa65 + self.xwing)}


def node_id(public, nonce):
    return tree.blake3(public + struct.pack("<Q", nonce))[:20]


class Node(Owner):
    def __init__(self, seed):
        self.seed = seed
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.ed25519 = self.key.public_key().public_bytes_raw()
        nonces = (nonce for nonce in range(65536) if node_id(self.ed25519, nonce)[0] == 0)
        self.nonce, self.second = next(nonces), next(nonces)
        self.xwing = xwing.public_key(tree.derive_key("tesseras node xwing v1", seed))

    def body(self, nonce=None):
        nonce = struct.pack("<Q", self.nonce if nonce is None else nonce)
        return f"tesseras node v1\ned25519: {self.ed25519.hex()}\nnonce: {nonce.hex()}\n" + xwing_lines(self.xwing)

    def fields(self):
        nonce = struct.pack("<Q", self.nonce)
        return {"kind": "node", "seed": self.seed, "ed25519": self.ed25519, "nonce": self.nonce,
                "node_id": node_id(self.ed25519, self.nonce), "xwing_blake3": tree.blake3(self.xwing),
                "fingerprint": digits("tesseras node fingerprint v1", self.ed25519 + nonce + self.xwing)}


def good(name, owner, card=None):
    more = {} if card else {"written": "yes"}
    write(name, expect="valid", card=(card or owner.card()).encode(), **owner.fields(), **more)


def bad(name, reason, card):
    expect = "unsupported" if reason == "later-version" else "invalid"
    write(name, expect=expect, reason=reason, card=card if isinstance(card, bytes) else card.encode())


def after_mail(kind, owner):
    card = owner.card()
    good(f"{kind}-carriage-returns", owner, card.replace("\n", "\r\n"))
    good(f"{kind}-spaces-and-empty-lines-behind", owner, card + "  \n\n \r\n")
    good(f"{kind}-without-last-line-feed", owner, card[:-1])


def written_otherwise(kind, owner):
    """What is so of every card."""
    card = owner.card()
    lines = card.splitlines(keepends=True)
    first = lines[0].rstrip("\n")
    public = owner.ed25519.hex()

    bad(f"{kind}-of-version-2", "later-version", card.replace(" v1\n", " v2\n", 1))
    bad(f"{kind}-of-version-10", "later-version", card.replace(" v1\n", " v10\n", 1))
    bad(f"{kind}-of-version-0", "first-line", card.replace(" v1\n", " v0\n", 1))
    bad(f"{kind}-of-version-01", "first-line", card.replace(" v1\n", " v01\n", 1))
    bad(f"{kind}-of-no-version", "first-line", card.replace(" v1\n", "\n", 1))
    bad(f"{kind}-byte-order-mark", "first-line", "\ufeff" + card)
    bad(f"{kind}-indented", "first-line", " " + card)
    bad(f"{kind}-empty-line-in-front", "first-line", "\n" + card)
    bad(f"{kind}-space-behind-the-first-line", "first-line", card.replace(first, first + " ", 1))
    bad(f"{kind}-carriage-returns-doubled", "first-line", card.replace("\n", "\r\r\n"))
    bad(f"{kind}-first-line-alone", "line", lines[0])

    bad(f"{kind}-key-upper-case", "digits", owner.signed(owner.body().replace(public, public.upper())))
    bad(f"{kind}-key-cut", "digits", owner.signed(owner.body().replace(public, public[:-2])))
    bad(f"{kind}-key-longer", "digits", owner.signed(owner.body().replace(public, public + "00")))
    bad(f"{kind}-key-not-hexadecimal", "digits", owner.signed(owner.body().replace(public, "g" + public[1:])))
    bad(f"{kind}-two-spaces", "digits", owner.signed(owner.body().replace("ed25519: ", "ed25519:  ")))
    bad(f"{kind}-space-behind-a-key", "digits", owner.signed(owner.body().replace(public, public + " ")))
    bad(f"{kind}-no-space", "line", owner.signed(owner.body().replace("ed25519: ", "ed25519:")))
    bad(f"{kind}-lines-swapped", "line", owner.signed("".join([lines[0], lines[2], lines[1], *lines[3:-1]])))
    bad(f"{kind}-line-twice", "line", owner.signed("".join([*lines[:2], *lines[1:-1]])))
    bad(f"{kind}-line-more", "line", owner.signed("".join([*lines[:3], "name: Ana\n", *lines[3:-1]])))
    bad(f"{kind}-empty-line-between", "line", owner.signed("".join([*lines[:3], "\n", *lines[3:-1]])))

    def with_xwing(text):
        body = "".join(lines[:3])
        return owner.signed(body + text)

    whole = base64.b64encode(owner.xwing).decode()
    bad(f"{kind}-xwing-in-lines-of-76", "otherwise", with_xwing(xwing_lines(owner.xwing, 76)))
    bad(f"{kind}-xwing-in-one-line", "otherwise", with_xwing("xwing:\n" + whole + "\n"))
    bad(f"{kind}-xwing-behind-its-name", "line", with_xwing("xwing: " + xwing_lines(owner.xwing)[7:]))
    bad(f"{kind}-xwing-a-byte-less", "base64", with_xwing(xwing_lines(owner.xwing[:-1])))
    bad(f"{kind}-xwing-without-padding", "base64", with_xwing(xwing_lines(owner.xwing).replace("=", "")))
    bad(f"{kind}-xwing-bits-behind-its-end", "base64", with_xwing(
        xwing_lines(owner.xwing).replace(whole[-4:], whole[-4] + chr(ord(whole[-3]) + 1) + "==")))
    assert "+" in whole and "/" in whole
    bad(f"{kind}-xwing-of-the-other-alphabet", "base64",
        with_xwing(xwing_lines(owner.xwing).replace("+", "-").replace("/", "_")))

    bad(f"{kind}-without-signature", "line", owner.body())
    bad(f"{kind}-signature-cut", "digits", card[:-3] + "\n")
    bad(f"{kind}-something-behind", "otherwise", card + "and more\n")
    bad(f"{kind}-twice", "otherwise", card + card)


def changed(kind, owner, other):
    """What is written as it must be, and not signed by its owner."""
    body, card = owner.body(), owner.card()

    def flipped(text):
        return ("1" if text[0] == "0" else "0") + text[1:]

    signature = owner.sign(body)
    for name, hexadecimal in (("ed25519", owner.ed25519.hex()), ("signature", signature.hex())):
        bad(f"{kind}-changed-{name}", "signature", card.replace(hexadecimal, flipped(hexadecimal)))
    bad(f"{kind}-with-anothers-xwing", "signature", card.replace(xwing_lines(owner.xwing), xwing_lines(other.xwing)))
    bad(f"{kind}-with-anothers-ed25519", "signature", card.replace(owner.ed25519.hex(), other.ed25519.hex()))
    bad(f"{kind}-signed-by-another", "signature", body + f"signature: {other.sign(body).hex()}\n")
    bad(f"{kind}-signed-without-its-first-line", "signature",
        body + f"signature: {owner.sign(body.split(chr(10), 1)[1]).hex()}\n")
    bad(f"{kind}-signed-with-carriage-returns", "signature",
        body + f"signature: {owner.sign(body.replace(chr(10), chr(13) + chr(10))).hex()}\n")
    # RFC 8032, section 5.1.7: S is below the order, or one signature could be written in several ways.
    number = int.from_bytes(signature[32:], "little") + ORDER
    bad(f"{kind}-signature-beyond-the-order", "signature",
        body + f"signature: {(signature[:32] + number.to_bytes(32, 'little')).hex()}\n")


def people():
    ana, rui = Person(bytes(range(32))), Person(bytes(range(100, 132)))
    good("person-counting", ana)
    good("person-another", rui)
    good("person-zeros", Person(bytes(32)))
    after_mail("person", ana)
    written_otherwise("person", ana)
    changed("person", ana, rui)
    card = ana.card()
    bad("person-changed-mldsa65", "signature", card.replace(ana.mldsa65.hex(), rui.mldsa65.hex()))
    bad("person-mldsa65-cut", "digits", ana.signed(ana.body().replace(ana.mldsa65.hex(), ana.mldsa65.hex()[:32])))
    bad("person-as-a-node", "line", ana.signed(ana.body().replace("tesseras contact v1", "tesseras node v1")))
    # Whatever stands behind it: what is longer than any card is not looked at.
    good("person-of-4096-bytes", ana, card + "\n" * (4096 - len(card)))
    bad("person-of-4097-bytes", "too-long", card + "\n" * (4097 - len(card)))


def nodes():
    attic, cellar = Node(bytes(range(32))), Node(bytes(range(100, 132)))
    good("node-counting", attic)
    good("node-another", cellar)
    good("node-ones", Node(b"\xff" * 32))
    after_mail("node", attic)
    written_otherwise("node", attic)
    changed("node", attic, cellar)
    body = attic.body()
    nonce = struct.pack("<Q", attic.nonce)
    bad("node-changed-nonce", "signature", attic.card().replace(f"nonce: {nonce.hex()}", f"nonce: {'00' * 8}"))
    bad("node-nonce-cut", "digits", attic.signed(body.replace(nonce.hex(), nonce.hex()[:-2])))
    bad("node-as-a-person", "line", attic.signed(body.replace("tesseras node v1", "tesseras contact v1")))
    # Signed by the node itself: it claims another place than its key has.
    bad("node-nonce-without-proof", "nonce", attic.signed(attic.body(attic.nonce + 1)))
    bad("node-second-nonce", "nonce", attic.signed(attic.body(attic.second)))
    bad("node-nonce-65536", "nonce", attic.signed(attic.body(65536)))
    bad("node-nonce-largest", "nonce", attic.signed(attic.body(2**64 - 1)))
    bad("node-nonce-big-endian", "nonce", attic.signed(body.replace(nonce.hex(), nonce[::-1].hex())))


def neither():
    bad("nothing", "first-line", b"")
    bad("line-feeds", "first-line", b"\n\n\n")
    bad("another-text", "first-line", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    bad("first-line-in-capitals", "first-line", Person(bytes(range(32))).card().replace("tesseras", "Tesseras", 1))
    bad("bytes-beyond-ascii", "first-line", bytes(range(128, 256)))
    bad("zeros", "first-line", bytes(64))


if __name__ == "__main__":
    people()
    nodes()
    neither()

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/encryption.md.

BLAKE3 comes from the plain Python beside ../blake3-tree, AES-GCM from Python's `cryptography` (48 or
newer), X-Wing from ../../reader, whose ML-KEM and X25519 are held here against `cryptography`: put
together by the text of the spec and not by our own code.
Vectors are added, never edited: it refuses to overwrite a file that it would write differently.
"""
import hashlib
import importlib.util
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent / "reader"))
import xwing  # noqa: E402

loader = importlib.util.spec_from_file_location("tree", here.parent / "blake3-tree" / "make.py")
tree = importlib.util.module_from_spec(loader)
loader.loader.exec_module(tree)

CHUNK = 65536
KEY = bytes(range(32))
CAPSULE = bytes(range(200, 232))
DATE = 2082758399  # 2035-12-31T23:59:59Z


def write(name, **fields):
    lines = []
    for key, value in fields.items():
        text = value.hex() if isinstance(value, bytes) else str(value)
        lines.append(f"{key.replace('_', '-')}: {text}".rstrip())
    text = "\n".join(lines) + "\n"
    file = here / name
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def drawn(what, size=32):
    """Bytes that look like chance, and are the same each time."""
    return hashlib.shake_256(what.encode()).digest(size)


def counting(size):
    return bytes(i % 251 for i in range(size))


def derive(context, secret, capsule):
    return tree.derive_key(context, secret + capsule)


def commitment(key, capsule):
    return derive("tesseras key commitment v1", key, capsule)


def associated(kind, capsule, date):
    return kind.encode() + b"\n" + capsule + bytes([date is not None]) + struct.pack("<q", date or 0)


def padded(size):
    e = size.bit_length() - 1
    step = 1 << e - e.bit_length()
    return -(-size // step) * step


def sealed_chunk(key, capsule, date, number, mark, plain):
    nonce = number.to_bytes(11, "big") + bytes([mark])
    return AESGCM(derive("tesseras content stream v1", key, capsule)).encrypt(
        nonce, plain, associated("tesseras content v1", capsule, date))


def content(key, capsule, date, pack):
    plain = pack + bytes(padded(len(pack)) - len(pack))
    starts = range(0, len(plain), CHUNK)
    return b"".join(sealed_chunk(key, capsule, date, at // CHUNK, at == starts[-1], plain[at:at + CHUNK])
                    for at in starts)


def contents():
    def good(name, size, date):
        made = content(KEY, CAPSULE, date, counting(size))
        small = {"content": made} if len(made) < 5000 else {}
        write(name, expect="valid", kind="content", key=KEY, capsule=CAPSULE,
              open_after="" if date is None else date, key_commitment=commitment(KEY, CAPSULE),
              pack_bytes=size, content_bytes=len(made), content_blake3=tree.blake3(made), **small)
        return made

    def bad(name, made, date=DATE, key=KEY, capsule=CAPSULE):
        write(name, expect="corrupt", kind="content", key=key, capsule=capsule, open_after=date, content=made)

    good("content-2048", 2048, None)
    good("content-2049", 2049, None)
    good("content-a-chunk", CHUNK, DATE)
    good("content-three-chunks", 2 * CHUNK + 12345, DATE)
    good("content-before-1970", 2048, -1)
    made = good("content-of-a-date", 2048, DATE)
    bad("content-flipped-first", bytes([made[0] ^ 1]) + made[1:])
    bad("content-flipped-last", made[:-1] + bytes([made[-1] ^ 0x80]))
    bad("content-cut-by-one", made[:-1])
    bad("content-one-more", made + b"\0")
    bad("content-of-nothing", b"")
    bad("content-of-a-tag", made[:16])
    bad("content-another-date", made, date=DATE + 1)
    bad("content-another-key", made, key=drawn("another key"))
    bad("content-another-capsule", made, capsule=drawn("another capsule"))
    bad("content-not-marked-last", sealed_chunk(KEY, CAPSULE, DATE, 0, 0, counting(2048)))
    bad("content-marked-otherwise", sealed_chunk(KEY, CAPSULE, DATE, 0, 2, counting(2048)))
    bad("content-counted-from-one", sealed_chunk(KEY, CAPSULE, DATE, 1, 1, counting(2048)))


def entry(public, key, capsule, date, what):
    shared, ciphertext = xwing.encapsulate(public, drawn(f"encapsulation {what}", 64))
    wrap = derive("tesseras envelope key v1", shared, capsule)
    return ciphertext + AESGCM(wrap).encrypt(bytes(12), key, associated("tesseras envelope v1", capsule, date))


def public_of(seed):
    own = tree.derive_key("tesseras xwing v1", seed)
    expanded = hashlib.shake_256(own).digest(96)
    public = (mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
              + x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw())
    assert public == xwing.public_key(own)
    return public


def envelopes():
    author, friend = drawn("author"), drawn("friend")
    head = b"tesseras envelope v1\n"

    def made_for(seeds, count, date=DATE, key=KEY):
        entries = [entry(public_of(seed), key, CAPSULE, date, f"{number}") for number, seed in enumerate(seeds)]
        while len(entries) < count:
            name = f"nobody {len(entries)}"
            entries.append(entry(public_of(drawn(name)), drawn(f"key of {name}"), CAPSULE, date, name))
        return head + b"".join(entries[1:] + entries[:1])

    def case(name, expect, made, seed=author, date=DATE, capsule=CAPSULE, committed=commitment(KEY, CAPSULE)):
        known = {"key": KEY} if expect == "valid" else {}
        write(name, expect=expect, kind="envelope", seed=seed, capsule=capsule,
              open_after="" if date is None else date, key_commitment=committed, envelope=made, **known)

    made = made_for([author, friend], 4)
    case("envelope-for-the-author", "valid", made)
    case("envelope-for-a-friend", "valid", made, seed=friend)
    case("envelope-without-a-date", "valid", made_for([author], 4, date=None), date=None)
    case("envelope-of-eight", "valid", made_for([drawn(f"reader {i}") for i in range(7)] + [author], 8))
    case("envelope-for-others", "denied", made, seed=drawn("a stranger"))
    case("envelope-another-date", "denied", made, date=DATE + 1)
    case("envelope-another-capsule", "denied", made, capsule=drawn("another capsule"))
    at = len(head) + 3 * 1168  # the author's
    for what, offset in (("mlkem", 5), ("x25519", 1090), ("key", 1125), ("tag", 1167)):
        case(f"envelope-flipped-{what}", "denied", made[:at + offset] + bytes([made[at + offset] ^ 1])
             + made[at + offset + 1:])
    small = made[:at + 1088] + bytes(32) + made[at + 1120:]
    case("envelope-point-of-small-order", "denied", small)
    case("envelope-of-another-key", "corrupt", made, committed=commitment(drawn("another key"), CAPSULE))
    case("envelope-of-nothing", "corrupt", b"")
    case("envelope-without-entries", "corrupt", head)
    case("envelope-of-three", "corrupt", head + made[len(head) + 1168:])
    case("envelope-of-two", "corrupt", head + made[len(head) + 2 * 1168:])
    case("envelope-of-five", "corrupt", made + made[-1168:])
    case("envelope-cut", "corrupt", made[:-1])
    case("envelope-one-more", "corrupt", made + b"\0")
    case("envelope-of-a-later-version", "corrupt", b"tesseras envelope v2\n" + made[len(head):])


def product(a, b):
    made = 0
    for bit in range(8):
        made ^= a << bit if b >> bit & 1 else 0
    for bit in reversed(range(8, 15)):
        made ^= 0x11b << bit - 8 if made >> bit & 1 else 0
    return made


def parts_of(secret, threshold, count):
    """Part i is the value at i of a polynomial whose terms above the lowest are drawn."""
    terms = [secret] + [drawn(f"term {n}") for n in range(1, threshold)]
    parts = []
    for i in range(1, count + 1):
        part, power = bytes(32), 1
        for term in terms:
            part = bytes(have ^ product(byte, power) for have, byte in zip(part, term))
            power = product(power, i)
        parts.append(part)
    return parts


def x_wing_seed(of, seed):
    return tree.derive_key({"person": "tesseras xwing v1", "node": "tesseras node xwing v1"}[of], seed)


CREATOR = drawn("creator's key")
WITNESSES = b"tesseras witnesses v1\n"


def part_hash(number, part, capsule=CAPSULE):
    return tree.derive_key("tesseras key part v1", capsule + bytes([number]) + part)


def witness_file(owners, threshold, secret=KEY, wrapped=None):
    """`owners` are X-Wing seeds; what is wrapped for them are their parts, or else `wrapped`."""
    parts = parts_of(secret, threshold, len(owners))
    hashes = b"".join(part_hash(number, part) for number, part in enumerate(parts, 1))
    entries = b""
    for number, (own, part) in enumerate(zip(owners, wrapped or parts), 1):
        shared, ciphertext = xwing.encapsulate(xwing.public_key(own), drawn(f"witness {number}", 64))
        bound = (associated("tesseras witness v1", CAPSULE, DATE) + CREATOR
                 + bytes([threshold, len(owners), number]) + tree.blake3(hashes))
        wrap = derive("tesseras witness key v1", shared, CAPSULE)
        entries += ciphertext + AESGCM(wrap).encrypt(bytes(12), part, bound)
    return WITNESSES + bytes([threshold, len(owners)]) + hashes + entries, parts


def witnesses():
    seeds = {"node": drawn("a node"), "person": drawn("an heir")}
    own = [x_wing_seed(of, seed) for of, seed in seeds.items()] + [x_wing_seed("node", drawn("node 3"))]
    made, parts = witness_file(own, 2)
    entries = len(WITNESSES) + 2 + 3 * 32
    other_hash = made[:30] + bytes([made[30] ^ 1]) + made[31:]

    def flipped(at):
        return made[:at] + bytes([made[at] ^ 1]) + made[at + 1:]

    def part(name, expect, file=made, of="node", seed=seeds["node"], date=DATE, capsule=CAPSULE, creator=CREATOR,
             known=None):
        known = {"number": known[0], "part": known[1]} if known else {}
        write(f"witnesses-{name}", expect=expect, kind="part", of=of, seed=seed, capsule=capsule, open_after=date,
              creator=creator, witnesses=file, **known)

    part("of-a-node", "valid", known=(1, parts[0]))
    part("of-an-heir", "valid", of="person", seed=seeds["person"], known=(2, parts[1]))
    alone, whole = witness_file(own[:1], 1)
    part("of-one", "valid", file=alone, known=(1, whole[0]))
    part("of-others", "denied", seed=drawn("a stranger"))
    part("of-a-person-with-that-seed", "denied", of="person")
    part("another-date", "denied", date=DATE + 1)
    part("another-capsule", "denied", capsule=drawn("another capsule"))
    part("another-creator", "denied", creator=drawn("another creator"))
    part("another-threshold", "denied", file=flipped(len(WITNESSES)))
    part("another-hash", "denied", file=other_hash)
    part("swapped", "denied", file=made[:entries] + made[entries + 1168:entries + 2336] + made[entries:entries + 1168]
         + made[entries + 2336:])
    for what, offset in (("mlkem", 5), ("x25519", 1090), ("part", 1125), ("tag", 1167)):
        part(f"flipped-{what}", "denied", file=flipped(entries + offset))
    part("of-a-false-part", "corrupt", file=witness_file(own, 2, wrapped=[drawn("false")] + parts[1:])[0])
    part("of-nothing", "corrupt", file=b"")
    part("without-numbers", "corrupt", file=WITNESSES + b"\1")
    part("with-none", "corrupt", file=WITNESSES + b"\0\0")
    part("threshold-of-none", "corrupt", file=WITNESSES + b"\0\3" + made[len(WITNESSES) + 2:])
    part("threshold-above", "corrupt", file=WITNESSES + b"\4\3" + made[len(WITNESSES) + 2:])
    part("of-four", "corrupt", file=WITNESSES + b"\2\4" + made[len(WITNESSES) + 2:])
    part("cut", "corrupt", file=made[:-1])
    part("one-more", "corrupt", file=made + b"\0")
    part("of-a-later-version", "corrupt", file=b"tesseras witnesses v2\n" + made[len(WITNESSES):])

    def key(name, expect, *numbered, file=made, committed=commitment(KEY, CAPSULE)):
        known = {"key": KEY} if expect == "valid" else {}
        write(f"witnesses-{name}", expect=expect, kind="key", capsule=CAPSULE, open_after=DATE, creator=CREATOR,
              key_commitment=committed, witnesses=file,
              parts=" ".join(f"{number}:{one.hex()}" for number, one in numbered), **known)

    first, second, third = ((number, one) for number, one in enumerate(parts, 1))
    key("key-of-1-and-2", "valid", first, second)
    key("key-of-3-and-1", "valid", third, first)
    key("key-of-all", "valid", second, third, first)
    key("key-of-one-is-the-key", "valid", (1, whole[0]), file=alone)
    key("key-of-too-few", "invalid", third)
    key("key-of-none", "invalid")
    key("key-of-one-twice", "invalid", second, second)
    key("key-of-a-false-part", "invalid", first, second, (3, drawn("false")))
    key("key-of-exchanged", "invalid", (1, parts[1]), (2, parts[0]))
    key("key-of-number-0", "invalid", first, (0, parts[1]))
    key("key-of-number-4", "invalid", first, (4, parts[1]))
    key("key-of-another-key", "corrupt", first, second, committed=commitment(drawn("another key"), CAPSULE))
    lying, lied = witness_file(own, 2, secret=drawn("another key"))
    key("key-of-a-lying-creator", "corrupt", (1, lied[0]), (3, lied[2]), file=lying)


contents()
envelopes()
witnesses()

"""Witnesses of a sealed tessera: parts of its key opened, checked and joined, written from
decode/witnesses.txt."""

import xwing
from aes_gcm import TAG_BYTES, AesGcm
from blake3 import blake3, derive
from errors import Damaged

WITNESSES = "identity/witnesses.bin"
WITNESSES_BYTES_MAX = 24 + 32 * 1200
HEAD = b"tesseras witnesses v1\n"
CHECK_BYTES = 32
ENTRY_BYTES = xwing.CIPHERTEXT_BYTES + 32 + TAG_BYTES


def multiply(a, b):
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return product


def inverse(x):
    return next(y for y in range(256) if multiply(x, y) == 1)


def join(parts):
    """The 32 bytes of which {number: part} has as many parts as are needed."""
    key = bytes(32)
    for i, part in parts.items():
        factor = 1
        for j in parts:
            if j != i:
                factor = multiply(multiply(factor, j), inverse(i ^ j))
        key = bytes(have ^ multiply(factor, byte) for have, byte in zip(key, part, strict=True))
    return key


class Witnesses:
    """What stands in the file."""

    def __init__(self, data, closed, creator):
        """`closed` is the encryption.Closed of the tessera, `creator` its Ed25519 key."""
        if not data.startswith(HEAD) or len(data) < len(HEAD) + 2:
            raise Damaged(f"{WITNESSES}: this is no file of witnesses")
        self.threshold, self.count = data[len(HEAD):len(HEAD) + 2]
        if not 1 <= self.threshold <= self.count <= 32:
            raise Damaged(f"{WITNESSES}: {self.threshold} of {self.count} is said by none")
        if len(data) != len(HEAD) + 2 + self.count * (CHECK_BYTES + ENTRY_BYTES):
            raise Damaged(f"{WITNESSES}: has another size than one with {self.count} parts")
        rest = data[len(HEAD) + 2:]
        self._checks = rest[:self.count * CHECK_BYTES]
        self._entries = rest[self.count * CHECK_BYTES:]
        self._closed = closed
        self._creator = creator

    def _associated(self, number):
        return (self._closed.associated(b"tesseras witness v1") + self._creator
                + bytes([self.threshold, self.count, number]) + blake3(self._checks))

    def holds(self, number, part):
        check = self._checks[(number - 1) * CHECK_BYTES:number * CHECK_BYTES]
        return 1 <= number <= self.count and check == derive(
            "tesseras key part v1", self._closed.capsule + bytes([number]) + part)

    def part_for(self, own):
        """(number, part) for the witness whose X-Wing seed this is."""
        for number in range(1, self.count + 1):
            entry = self._entries[(number - 1) * ENTRY_BYTES:number * ENTRY_BYTES]
            try:
                shared = xwing.decapsulate(own, entry[:xwing.CIPHERTEXT_BYTES])
            except Damaged:
                continue  # changed, or made by nobody honest: as if for somebody else
            wrap = AesGcm(derive("tesseras witness key v1", shared + self._closed.capsule))
            part = wrap.open(bytes(12), self._associated(number), entry[xwing.CIPHERTEXT_BYTES:])
            if part is None:
                continue
            if not self.holds(number, part):
                raise Damaged(f"{WITNESSES}: part {number} is not what its check says")
            return number, part
        raise Damaged("no part of its key is for this seed")

    def key_of(self, parts):
        """The content key from a list of (number, part), in any order."""
        for number, part in parts:
            if not self.holds(number, part):
                raise Damaged(f"part {number} is a wrong one")
        different = dict(parts)
        if len(different) < self.threshold:
            raise Damaged(f"{len(different)} parts are too few: it takes {self.threshold}")
        key = join(dict(list(different.items())[:self.threshold]))
        if not self._closed.is_key(key):
            raise Damaged(f"{WITNESSES}: its parts give another key than the one of this tessera")
        return key


def person_seed(seed):
    return derive("tesseras xwing v1", seed)


def node_seed(secret):
    return derive("tesseras node xwing v1", secret)

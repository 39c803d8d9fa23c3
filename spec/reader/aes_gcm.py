"""AES-256-GCM, written from decode/encryption.txt, sections 3 and 4. Slow, and plain."""

import functools

from errors import Damaged

TAG_BYTES = 16


def _doubled(x):
    return x << 1 ^ (0x11b if x & 0x80 else 0)


def _product(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _doubled(a), b >> 1
    return product


def _box():
    box = []
    for x in range(256):
        inverse = next((y for y in range(256) if _product(x, y) == 1), 0)
        rotated = inverse
        value = 0x63
        for _ in range(5):
            value ^= rotated
            rotated = (rotated << 1 | rotated >> 7) & 0xFF
        box.append(value)
    return bytes(box)


BOX = _box()
DOUBLE = [_doubled(x) for x in BOX]
# What one byte of a column adds to the four bytes of the mixed one.
TABLE = [tuple(sum(part << 8 * (3 - (row + column) % 4)
                   for row, part in enumerate((DOUBLE[x], BOX[x], BOX[x], DOUBLE[x] ^ BOX[x])))
               for column in range(4)) for x in range(256)]
ROUNDS = 14


class Aes256:
    def __init__(self, key):
        if len(key) != 32:
            raise Damaged("an AES-256 key has 32 bytes")
        words = [key[i:i + 4] for i in range(0, 32, 4)]
        power = 1
        for i in range(8, 4 * (ROUNDS + 1)):
            word = words[-1]
            if i % 8 == 0:
                word = bytes(BOX[x] for x in word[1:] + word[:1])
                word = bytes([word[0] ^ power]) + word[1:]
                power = _doubled(power)
            elif i % 8 == 4:
                word = bytes(BOX[x] for x in word)
            words.append(bytes(a ^ b for a, b in zip(word, words[i - 8])))
        self._words = [int.from_bytes(word, "big") for word in words]

    def encrypt(self, block):
        words = self._words
        state = [int.from_bytes(block[4 * i:4 * i + 4], "big") ^ words[i] for i in range(4)]
        for turn in range(1, ROUNDS):
            state = [TABLE[state[i] >> 24][0] ^ TABLE[state[(i + 1) % 4] >> 16 & 255][1]
                     ^ TABLE[state[(i + 2) % 4] >> 8 & 255][2] ^ TABLE[state[(i + 3) % 4] & 255][3]
                     ^ words[4 * turn + i] for i in range(4)]
        return b"".join(
            (int.from_bytes((BOX[state[i] >> 24], BOX[state[(i + 1) % 4] >> 16 & 255],
                             BOX[state[(i + 2) % 4] >> 8 & 255], BOX[state[(i + 3) % 4] & 255]),
                            "big") ^ words[4 * ROUNDS + i]).to_bytes(4, "big") for i in range(4))


def _shifted(x):
    """Times the polynomial x, in the bit order of GCM."""
    return x >> 1 ^ (0xe1 << 120 if x & 1 else 0)


class AesGcm:
    def __init__(self, key):
        self._aes = Aes256(key)
        h = int.from_bytes(self._aes.encrypt(bytes(16)), "big")
        # For each of the 16 bytes of a block: what each of its values, times h, adds.
        self._tables = []
        for _ in range(16):
            bits = []
            for _ in range(8):
                bits.append(h)
                h = _shifted(h)
            self._tables.append([functools.reduce(
                int.__xor__, (bits[i] for i in range(8) if x << i & 0x80), 0) for x in range(256)])

    def _hashed(self, associated, ciphertext):
        state = 0
        sizes = (8 * len(associated)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
        for data in (associated, ciphertext, sizes):
            for at in range(0, len(data), 16):
                state ^= int.from_bytes(data[at:at + 16].ljust(16, b"\0"), "big")
                product = 0
                for table, byte in zip(self._tables, state.to_bytes(16, "big")):
                    product ^= table[byte]
                state = product
        return state

    def _keystream(self, nonce, size):
        return b"".join(self._aes.encrypt(nonce + number.to_bytes(4, "big"))
                        for number in range(2, 2 + (size + 15) // 16))[:size]

    def _tag(self, nonce, associated, ciphertext):
        mask = int.from_bytes(self._aes.encrypt(nonce + b"\0\0\0\1"), "big")
        return (self._hashed(associated, ciphertext) ^ mask).to_bytes(16, "big")

    def _masked(self, nonce, data):
        stream = int.from_bytes(self._keystream(nonce, len(data)), "big")
        return (int.from_bytes(data, "big") ^ stream).to_bytes(len(data), "big")

    def seal(self, nonce, associated, plain):
        ciphertext = self._masked(nonce, plain)
        return ciphertext + self._tag(nonce, associated, ciphertext)

    def open(self, nonce, associated, sealed):
        """The plaintext, or None where the tag does not hold."""
        ciphertext, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        if len(tag) != TAG_BYTES or self._tag(nonce, associated, ciphertext) != tag:
            return None
        return self._masked(nonce, ciphertext)

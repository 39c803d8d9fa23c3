"""BLAKE3, Ed25519, and the constants and examples printed in the texts."""

import hashlib
import json
import re
import struct
import unittest

import blake3
import ed25519
from support import SPEC, outside_vectors


def text_of(name):
    return (SPEC / "decode" / name).read_text(encoding="utf-8")


def hex_after(text, mark, digits):
    """The next `digits` hexadecimal digits after `mark`, whatever spaces lie between."""
    rest = text[text.index(mark) + len(mark):]
    return re.sub(r"\s", "", rest)[:digits]


def words_after(text, mark, digits, count):
    return [int(word, 16) for word in
            re.findall(rf"\b[0-9a-f]{{{digits}}}\b", text[text.index(mark):])[:count]]


def counted(length):
    return bytes(i % 251 for i in range(length))


class Blake3Test(unittest.TestCase):
    def test_known_answers(self):
        # The answers for no bytes and for "abc" stand in many places; here from b3sum.
        self.assertEqual(blake3.blake3(b"").hex(),
                         "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")
        self.assertEqual(blake3.blake3(b"abc").hex(),
                         "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85")

    def test_piece_by_piece(self):
        data = counted(9000)
        hasher = blake3.Hasher()
        for start in range(0, len(data), 700):
            hasher.update(data[start:start + 700])
        self.assertEqual(hasher.digest(), blake3.blake3(data))

    def test_digest_does_not_end_the_hasher(self):
        hasher = blake3.Hasher(counted(3000))
        self.assertEqual(hasher.hexdigest(), hasher.hexdigest())
        hasher.update(b"x")
        self.assertEqual(hasher.digest(), blake3.blake3(counted(3000) + b"x"))

    def test_official_vectors(self):
        vectors = json.loads(outside_vectors("blake3/test_vectors.json").read_text())
        for case in vectors["cases"]:
            with self.subTest(length=case["input_len"]):
                self.assertEqual(blake3.blake3(counted(case["input_len"])).hex(),
                                 case["hash"][:64])


# RFC 8032, section 7.1: secret key left out; public key, message, signature.
RFC_8032 = (
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
     "6bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6"
     "594a7c15e9716ed28dc027beceea1ec40a"),
)


class Ed25519Test(unittest.TestCase):
    def test_rfc_8032(self):
        for key, message, signature in RFC_8032:
            key, message, signature = map(bytes.fromhex, (key, message, signature))
            self.assertTrue(ed25519.verify(key, message, signature))
            self.assertFalse(ed25519.verify(key, message + b"\0", signature))
            for place in range(64):
                broken = bytearray(signature)
                broken[place] ^= 1
                self.assertFalse(ed25519.verify(key, message, bytes(broken)))

    def test_refused(self):
        key, message, signature = map(bytes.fromhex, RFC_8032[1])
        s = int.from_bytes(signature[32:], "little")
        second = signature[:32] + (s + ed25519.L).to_bytes(32, "little")
        self.assertFalse(ed25519.verify(key, message, second))
        self.assertFalse(ed25519.verify(key, message, signature[:63]))
        self.assertFalse(ed25519.verify(key, message, signature + b"\0"))
        self.assertFalse(ed25519.verify(key[:31], message, signature))

    def test_bytes_that_are_no_point(self):
        p = ed25519.P
        self.assertIsNone(ed25519.decode_point(p.to_bytes(32, "little")))  # y = p
        self.assertIsNone(ed25519.decode_point((2).to_bytes(32, "little")))  # not on the curve
        self.assertIsNone(ed25519.decode_point((1 | 1 << 255).to_bytes(32, "little")))  # x = -0
        self.assertIsNotNone(ed25519.decode_point((1).to_bytes(32, "little")))

    def test_wycheproof(self):
        vectors = json.loads(outside_vectors("wycheproof/ed25519_test.json").read_text())
        for group in vectors["testGroups"]:
            key = bytes.fromhex(group["publicKey"]["pk"])
            for case in group["tests"]:
                with self.subTest(case=case["tcId"]):
                    message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
                    self.assertEqual(ed25519.verify(key, message, signature),
                                     case["result"] == "valid")


def sha2(message, starts, constants, bits, rotations):
    """SHA-256 or SHA-512 as decode/hashes.txt describes them, with the tables that it prints."""
    size, mask = bits // 8, (1 << bits) - 1
    (a1, a2, a3), (b1, b2, b3), e_turns, a_turns = rotations

    def rotr(x, *turns):
        result = 0
        for n in turns:
            result ^= x >> n | x << (bits - n) & mask
        return result

    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 2 * size) % (16 * size))
    padded += (8 * len(message)).to_bytes(2 * size, "big")
    state = list(starts)
    for at in range(0, len(padded), 16 * size):
        w = list(struct.unpack(f">16{'I' if bits == 32 else 'Q'}", padded[at:at + 16 * size]))
        for t in range(16, len(constants)):
            s0 = rotr(w[t - 15], a1, a2) ^ w[t - 15] >> a3
            s1 = rotr(w[t - 2], b1, b2) ^ w[t - 2] >> b3
            w.append((w[t - 16] + s0 + w[t - 7] + s1) & mask)
        a, b, c, d, e, f, g, h = state
        for t, k in enumerate(constants):
            t1 = h + rotr(e, *e_turns) + (e & f ^ ~e & g) + k + w[t]
            t2 = rotr(a, *a_turns) + (a & b ^ a & c ^ b & c)
            h, g, f, e, d, c, b, a = g, f, e, (d + t1) & mask, c, b, a, (t1 + t2) & mask
        state = [(x + y) & mask for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(size, "big") for x in state)


SHA256_ROTATIONS = ((7, 18, 3), (17, 19, 10), (6, 11, 25), (2, 13, 22))
SHA512_ROTATIONS = ((1, 8, 7), (19, 61, 6), (14, 18, 41), (28, 34, 39))


class PrintedConstantsTest(unittest.TestCase):
    def setUp(self):
        self.text = text_of("hashes.txt")

    def test_sha256_from_the_printed_tables(self):
        starts = words_after(self.text, "H0..H7, at the beginning (they", 8, 8)
        constants = words_after(self.text, "The constants K0..K63", 8, 64)
        for length in (0, 3, 55, 56, 64, 1000):
            data = counted(length)
            self.assertEqual(sha2(data, starts, constants, 32, SHA256_ROTATIONS),
                             hashlib.sha256(data).digest())
        self.assertEqual(hex_after(self.text, '"abc" (61 62 63) give', 64),
                         hashlib.sha256(b"abc").hexdigest())

    def test_sha512_from_the_printed_tables(self):
        starts = words_after(self.text, "H0..H7 at the beginning:", 16, 8)
        constants = words_after(self.text, "K0..K79, in reading order", 16, 80)
        for length in (0, 3, 111, 112, 128, 1000):
            data = counted(length)
            self.assertEqual(sha2(data, starts, constants, 64, SHA512_ROTATIONS),
                             hashlib.sha512(data).digest())
        self.assertEqual(hex_after(self.text, 'To test: "abc" gives', 128),
                         hashlib.sha512(b"abc").hexdigest())

    def test_blake3_examples(self):
        section = self.text[self.text.index("6.3 The tree"):]
        self.assertEqual(hex_after(section, "no bytes at all", 64), blake3.blake3(b"").hex())
        self.assertEqual(hex_after(section, '"abc"', 64), blake3.blake3(b"abc").hex())
        self.assertEqual(hex_after(section, "being i modulo 251", 64),
                         blake3.blake3(counted(5000)).hex())
        order = re.search(r"where p is\n\n([ 0-9]+)\n", self.text)[1]
        self.assertEqual(tuple(map(int, order.split())), blake3.PERMUTATION)

    def test_ed25519_constants_and_example(self):
        text = text_of("signatures.txt")
        self.assertEqual(hex_after(text, "-121665/121666 modulo p =", 64), f"{ed25519.D:064x}")
        self.assertEqual(hex_after(text, "a square root of -1 =", 64),
                         f"{ed25519.SQRT_MINUS_ONE:064x}")
        self.assertEqual(hex_after(text, "x =  ", 64), f"{ed25519.BASE[0]:064x}")
        self.assertEqual(hex_after(text, "y =  ", 64), f"{ed25519.BASE[1]:064x}")
        example = text[text.index("To test, a key"):]
        key = bytes.fromhex(hex_after(example, "A =", 64))
        message = bytes.fromhex(hex_after(example, "M =", 16))
        signature = bytes.fromhex(hex_after(example, "R =", 64) + hex_after(example, "S =", 64))
        self.assertEqual(message, b"tessera\n")
        self.assertTrue(ed25519.verify(key, message, signature))


if __name__ == "__main__":
    unittest.main()

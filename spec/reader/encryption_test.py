"""AES-GCM, X25519, ML-KEM-768, X-Wing, and tesserae encrypted by them."""

import io
import json
import re
import unittest
from hashlib import sha3_256, sha3_512, shake_128

import aes_gcm
import encryption
import mlkem768
import xwing
from blake3 import blake3, derive
from errors import Damaged
from support import SPEC, outside_vectors
from witnesses import Witnesses, join, multiply, node_seed, person_seed

VECTORS = SPEC / "vectors" / "encryption"


def wycheproof(name):
    vectors = json.loads(outside_vectors(f"wycheproof/{name}").read_text())
    for group in vectors["testGroups"]:
        for case in group["tests"]:
            yield group, {key: bytes.fromhex(value) if key in
                          ("key", "iv", "aad", "msg", "ct", "tag", "public", "private", "shared", "seed", "ek", "c", "m", "K")
                          else value for key, value in case.items()}


class PrimitivesTest(unittest.TestCase):
    def test_aes_of_the_text(self):
        text = (SPEC / "decode/encryption.txt").read_text()
        self.assertEqual(aes_gcm.Aes256(bytes(range(32))).encrypt(bytes(0x11 * i for i in range(16))).hex(),
                         re.search(r"block 00 11 22 \.\.\. ff gives\n +([0-9a-f]{32})", text)[1])
        self.assertIn(aes_gcm.BOX[:8].hex(" "), text)

    def test_aes_gcm(self):
        tried = 0
        for group, case in wycheproof("aes_gcm_test.json"):
            if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
                continue
            with self.subTest(case=case["tcId"]):
                cipher = aes_gcm.AesGcm(case["key"])
                opened = cipher.open(case["iv"], case["aad"], case["ct"] + case["tag"])
                self.assertEqual(opened, case["msg"] if case["result"] == "valid" else None)
                if case["result"] == "valid":
                    self.assertEqual(cipher.seal(case["iv"], case["aad"], case["msg"]), case["ct"] + case["tag"])
                tried += 1
        self.assertGreater(tried, 50)

    def test_x25519(self):
        tried = 0
        for number, (_, case) in enumerate(wycheproof("x25519_test.json")):
            if number % 8 == 0:
                with self.subTest(case=case["tcId"]):
                    self.assertEqual(xwing.x25519(case["private"], case["public"]), case["shared"])
                tried += 1
        self.assertGreater(tried, 60)

    def test_mlkem768(self):
        tried = 0
        for _, case in wycheproof("mlkem_768_test.json"):
            if len(case["seed"]) != 64:
                continue  # whoever calls it has one
            with self.subTest(case=case["tcId"]):
                try:
                    secret = mlkem768.decapsulate(case["seed"][:32], case["seed"][32:], case["c"])
                    self.assertEqual((secret, case["result"]), (case["K"], "valid"))
                except Damaged:
                    self.assertEqual(case["result"], "invalid")
            tried += 1
        for number, (_, case) in enumerate(wycheproof("mlkem_768_keygen_seed_test.json")):
            if number % 8 == 0:
                self.assertEqual(mlkem768.key_pair(case["seed"][:32])[0], case["ek"])
                tried += 1
        self.assertGreater(tried, 150)

    def test_xwing(self):
        cases = json.loads(outside_vectors("xwing/test-vectors.json").read_text())
        self.assertGreaterEqual(len(cases), 3)
        for case in cases:
            seed, public, eseed, secret, ciphertext = (
                bytes.fromhex(case[name]) for name in ("seed", "pk", "eseed", "ss", "ct"))
            self.assertEqual(xwing.public_key(seed), public)
            self.assertEqual(xwing.encapsulate(public, eseed), (secret, ciphertext))
            self.assertEqual(xwing.decapsulate(seed, ciphertext), secret)


def keccak(message, rate, end, size, constants):
    """SHA-3 as decode/envelope.txt, section 5, describes it, with the constants that it prints."""
    mask = (1 << 64) - 1
    padded = bytearray(message + bytes([end]))
    padded += bytes(-len(padded) % rate)
    padded[-1] ^= 0x80
    w = [[0] * 5 for _ in range(5)]

    def rot(v, n):
        return (v << n | v >> (64 - n)) & mask if n else v

    def rounds():
        nonlocal w
        for c in constants:
            p = [w[x][0] ^ w[x][1] ^ w[x][2] ^ w[x][3] ^ w[x][4] for x in range(5)]
            w = [[w[x][y] ^ p[x - 1] ^ rot(p[(x + 1) % 5], 1) for y in range(5)] for x in range(5)]
            x, y, v = 1, 0, w[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                u, v = v, w[x][y]
                w[x][y] = rot(u, (t + 1) * (t + 2) // 2 % 64)
            w = [[w[x][y] ^ ~w[(x + 1) % 5][y] & w[(x + 2) % 5][y] & mask for y in range(5)] for x in range(5)]
            w[0][0] ^= c

    for at in range(0, len(padded), rate):
        for n in range(rate // 8):
            w[n % 5][n // 5] ^= int.from_bytes(padded[at + 8 * n:at + 8 * n + 8], "little")
        rounds()
    result = b""
    while len(result) < size:
        result += b"".join(w[n % 5][n // 5].to_bytes(8, "little") for n in range(rate // 8))
        rounds()
    return result[:size]


class TextsTest(unittest.TestCase):
    def test_sha3_of_the_text(self):
        text = (SPEC / "decode/envelope.txt").read_text()
        constants = [int(word, 16) for word in re.findall(r"\b[0-9a-f]{16}\b", text[:text.index("A message is taken in")])]
        self.assertEqual(len(constants), 24)
        for message in (b"", b"abc", bytes(500)):
            self.assertEqual(keccak(message, 136, 6, 32, constants), sha3_256(message).digest())
            self.assertEqual(keccak(message, 72, 6, 64, constants), sha3_512(message).digest())
            self.assertEqual(keccak(message, 168, 0x1f, 500, constants), shake_128(message).digest(500))
        printed = re.search(r"SHA3-256 of no bytes is\s+([0-9a-f]{32})\s+([0-9a-f]{32})", text)
        self.assertEqual(printed[1] + printed[2], sha3_256().hexdigest())

    def test_derived_keys_of_the_text(self):
        text = (SPEC / "decode/encryption.txt").read_text()
        material = bytes(range(32)) + bytes(range(200, 232))
        for name, context in (("commitment", "key commitment"), ("S", "content stream")):
            printed = re.search(rf"^    {name} +([0-9a-f]{{32}})\n +([0-9a-f]{{32}})$", text, re.M)
            self.assertEqual(printed[1] + printed[2], derive(f"tesseras {context} v1", material).hex())


    def test_joining_of_the_text(self):
        text = (SPEC / "decode/witnesses.txt").read_text()
        parts = {int(number): bytes.fromhex(byte) * 32
                 for number, byte in re.findall(r"part ([25]) be 32\s+bytes\s+0x([0-9a-f]{2})", text)}
        self.assertEqual(sorted(parts), [2, 5])
        factors = {int(number): int(byte, 16) for byte, number in re.findall(r"0x([0-9a-f]{2}) for part ([25])", text)}
        by_hand = multiply(factors[2], parts[2][0]) ^ multiply(factors[5], parts[5][0])
        self.assertEqual(join(parts), bytes([by_hand]) * 32)
        self.assertIn(f"the key is 32 bytes\n0x{by_hand:02x}.", text)


class Parsed:
    def __init__(self, fields):
        self.header = {"capsule": fields["capsule"], "key-commitment": fields.get("key-commitment", "00" * 32)}


def closed_of(fields):
    closed = encryption.Closed(Parsed(fields))
    opens = fields["open-after"]
    # As MANIFEST would say it; here in seconds.
    closed._bound = (closed.capsule + bytes([opens != ""])
                     + int(opens or 0).to_bytes(8, "little", signed=True))
    return closed


class VectorsTest(unittest.TestCase):
    def test_hold(self):
        kinds = {"content": self.content, "envelope": self.envelope, "part": self.part, "key": self.key}
        tried = {"valid": 0, "denied": 0, "corrupt": 0, "invalid": 0}
        for path in sorted(VECTORS.iterdir()):
            if path.suffix:
                continue
            fields = dict(line.split(":", 1) for line in path.read_text().splitlines())
            fields = {name: value.strip() for name, value in fields.items()}
            with self.subTest(vector=path.name):
                tried[fields["expect"]] += kinds[fields["kind"]](fields)
        self.assertGreaterEqual(min(tried.values()), 7)

    def content(self, fields):
        if "content" not in fields:
            return 0  # only its hash is there; ours are the bytes that make it
        closed, data, key = closed_of(fields), bytes.fromhex(fields["content"]), bytes.fromhex(fields["key"])
        closed.commitment = derive("tesseras key commitment v1", key + closed.capsule)
        try:
            plain = b"".join(closed.chunks(key, io.BytesIO(data), len(data)))
        except Damaged:
            self.assertEqual(fields["expect"], "corrupt")
            return 1
        self.assertEqual(fields["expect"], "valid")
        self.assertEqual(closed.commitment.hex(), fields["key-commitment"])
        pack = bytes(i % 251 for i in range(int(fields["pack-bytes"])))
        self.assertEqual(plain, pack + bytes(len(plain) - len(pack)))
        self.assertEqual(blake3(data).hex(), fields["content-blake3"])
        return 1

    def envelope(self, fields):
        closed = closed_of(fields)
        try:
            key = closed.key_for(bytes.fromhex(fields["seed"]), bytes.fromhex(fields["envelope"]))
        except Damaged as error:
            self.assertEqual(fields["expect"], "denied" if "not made for" in str(error) else "corrupt")
            return 1
        self.assertEqual((fields["expect"], key.hex()), ("valid", fields.get("key")))
        return 1


    def witnesses(self, fields):
        return Witnesses(bytes.fromhex(fields["witnesses"]), closed_of(fields), bytes.fromhex(fields["creator"]))

    def part(self, fields):
        own = {"person": person_seed, "node": node_seed}[fields["of"]](bytes.fromhex(fields["seed"]))
        try:
            number, part = self.witnesses(fields).part_for(own)
        except Damaged as error:
            self.assertEqual(fields["expect"], "denied" if "for this seed" in str(error) else "corrupt")
            return 1
        self.assertEqual((fields["expect"], str(number), part.hex()), ("valid", fields.get("number"), fields.get("part")))
        return 1

    def key(self, fields):
        parts = [(int(word.split(":")[0]), bytes.fromhex(word.split(":")[1])) for word in fields["parts"].split()]
        try:
            key = self.witnesses(fields).key_of(parts)
        except Damaged as error:
            self.assertEqual(fields["expect"], "corrupt" if "another key" in str(error) else "invalid")
            return 1
        self.assertEqual((fields["expect"], key.hex()), ("valid", fields.get("key")))
        return 1


if __name__ == "__main__":
    unittest.main()

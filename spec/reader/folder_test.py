"""The command on a whole tessera: list, check, extract, decode, and what must be refused."""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import manifest
import memories
import read_tessera
from blake3 import blake3
from support import (SPEC, base_files, manifest_text, memory_files, sign, write_tessera, SEED)


def meta(*sources, **more):
    return json.dumps({"version": "v1", "type": "moment", "mime": "text/plain", **more,
                       "sources": list(sources)}).encode()


def sample_files():
    hello, other = b"hello\n", b"\x00\xff" * 4000
    return (base_files()
            | memory_files(hello, "txt", "text/plain",
                           meta({"path": "2019/hello.txt"}, {"path": "copy of hello.txt"},
                                created_at="2019-05-04T10:00:00"))
            | memory_files(other, "bin", "application/octet-stream",
                           meta({"path": "odd\ufffd name", "path_percent": "odd%FF%20name"}),
                           b"first line\x1b[31m\nsecond\n"))


class FolderTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.parent = pathlib.Path(temporary.name)
        self.folder = write_tessera(self.parent, sample_files())

    def run_command(self, *words):
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = read_tessera.main([str(word) for word in words])
        return status, output.getvalue() + errors.getvalue()

    def refused(self, reason, *words, status=1):
        found, output = self.run_command(*(words or ("check", self.folder)))
        self.assertRegex(output, reason)
        self.assertEqual(found, status, output)

    def memory(self, media):
        return self.folder / "memories" / blake3(media).hex()


class CheckTest(FolderTest):
    def test_sound(self):
        for words in (("check", self.folder), ("check", "--blake3", self.folder)):
            status, output = self.run_command(*words)
            self.assertEqual(status, 0, output)
            self.assertIn("[OK] 10 files", output)
            self.assertIn("ML-DSA-65 signature: NOT CHECKED", output)
            self.assertIn("Check: PASSED", output)

    def test_every_changed_file_is_found(self):
        for path in sorted(self.folder.rglob("*")):
            # Nothing in this reader knows ML-DSA; it says so each time.
            if path.is_dir() or path.name == "signature.mldsa65.sig":
                continue
            original = path.read_bytes()
            for place in {0, len(original) // 2, len(original) - 1}:
                broken = bytearray(original)
                broken[place] ^= 4
                path.write_bytes(broken)
                self.refused(r"\[FAILED\]")
            path.write_bytes(original + b"x")
            self.refused(r"\[FAILED\]")
            path.write_bytes(original[:-1])
            self.refused(r"\[FAILED\]")
            path.unlink()
            self.refused("missing")
            path.write_bytes(original)
        self.assertEqual(self.run_command("check", self.folder)[0], 0)

    def test_every_changed_byte_of_manifest_is_found(self):
        path = self.folder / "MANIFEST"
        original = path.read_bytes()
        for place in range(0, len(original), 7):
            broken = bytearray(original)
            broken[place] ^= 1
            path.write_bytes(broken)
            self.refused("is not the hash of MANIFEST")

    def test_what_does_not_belong(self):
        memory = self.memory(b"hello\n")
        for name, make, reason in (
                ("note.txt", lambda p: p.write_bytes(b""), "note.txt: is not in MANIFEST"),
                ("a b", lambda p: p.write_bytes(b"x"), "a%20b: is not in MANIFEST"),
                (".hidden", lambda p: p.write_bytes(b"x"), ".hidden: is not in"),
                ("empty", lambda p: p.mkdir(), "empty: a folder that does not belong"),
                ("link", lambda p: p.symlink_to("MANIFEST"), "link: a link"),
                ("pipe", os.mkfifo, "pipe: not a plain file")):
            for parent in (self.folder, memory):
                path = parent / name
                make(path)
                self.refused(reason)
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
        self.assertEqual(self.run_command("check", self.folder)[0], 0)

    def test_links_in_place_of_files_and_folders(self):
        media = self.memory(b"hello\n") / "media.txt"
        media.rename(self.parent / "media.txt")
        media.symlink_to(self.parent / "media.txt")
        self.refused("media.txt: a link")
        media.unlink()
        os.mkfifo(media)
        self.refused("media.txt: not a plain file")
        media.unlink()
        (self.parent / "media.txt").rename(media)
        identity = self.folder / "identity"
        identity.rename(self.parent / "identity")
        identity.symlink_to(self.parent / "identity")
        self.refused("identity: a link")

    def test_name_of_the_folder(self):
        other = self.parent / ("tessera-" + "0" * 64)
        self.folder.rename(other)
        self.refused("is not the hash of MANIFEST", "check", other)
        other.rename(self.parent / "photos")
        self.refused("folder's name is not tessera-", "check", self.parent / "photos")

    def test_signature_of_another(self):
        text = (self.folder / "MANIFEST").read_bytes()
        _, signature = sign(bytes(32), text)
        (self.folder / manifest.ED25519_SIGNATURE).write_bytes(signature)
        self.refused("Ed25519 signature is INVALID")

    def test_key_that_is_not_the_creators(self):
        files = sample_files()
        files["identity/creator.pub.ed25519"] = (bytes(32), "application/octet-stream")
        folder = write_tessera(self.parent / "other", files)
        self.refused("not the key that 'creator' names", "check", folder)

    def test_sha256_that_hides_another_key(self):
        # BLAKE3 of the keys is checked always: what MANIFEST says of them must hold.
        text = manifest_text(sample_files())
        line = re.search(rb"creator.pub.ed25519  blake3:\w+  sha256:(\w{64})", text)
        evil = text.replace(line[1], hashlib.sha256(b"k" * 32).hexdigest().encode())
        folder = self.folder.rename(self.parent / f"tessera-{blake3(evil).hex()}")
        (folder / "MANIFEST").write_bytes(evil)
        (folder / manifest.ED25519_SIGNATURE).write_bytes(sign(SEED, evil)[1])
        (folder / manifest.ED25519_KEY).write_bytes(b"k" * 32)
        self.refused("creator.pub.ed25519: does not have its BLAKE3", "check", folder)

    def test_cannot_look(self):
        self.refused("no such folder", "check", self.parent / "absent", status=2)
        self.refused("no such folder", "check", self.folder / "MANIFEST", status=2)
        (self.folder / "MANIFEST").unlink()
        self.refused("MANIFEST: missing", status=1)

    def test_as_the_text_says_with_the_usual_programs(self):
        for name in ("sed", "sha256sum", "sh"):
            if shutil.which(name) is None:
                self.skipTest(f"{name} is not installed")
        text = (SPEC / "decode/hashes.txt").read_text()
        command = re.search(r"    sed -n 's.*\n.*sha256sum -c\n", text)[0]
        run = subprocess.run(["sh", "-c", command], cwd=self.folder, capture_output=True,
                             check=False)
        self.assertEqual((run.returncode, run.stdout.count(b": OK\n")), (0, 10), run.stderr)


class ListTest(FolderTest):
    def test_list(self):
        status, output = self.run_command("list", self.folder)
        self.assertEqual(status, 0)
        self.assertIn(self.folder.name[8:], output)
        self.assertIn("visibility: public", output)
        self.assertIn("text/plain, 6 bytes, 2019-05-04T10:00:00", output)
        self.assertIn("time unknown", output)
        self.assertIn("first line", output)
        self.assertNotIn("\x1b", output)

    def test_damaged_meta(self):
        path = self.memory(b"hello\n") / "meta.json"
        for data in (b"", b"[]", b"{}", b"\xff", b'{"version":"v1","version":"v1"}',
                     b'{"version":"v2"}', b"[" * 100000, b'{"version": "v1", "a": ' + b"[" * 16):
            path.write_bytes(data)
            self.refused("meta.json", "list", self.folder)


class ExtractTest(FolderTest):
    def tree(self, folder):
        top = os.fsencode(folder)
        return {os.path.relpath(os.path.join(where, name), top): None
                for where, _, names in os.walk(top) for name in names}

    def test_under_original_names(self):
        target = self.parent / "out"
        status, output = self.run_command("extract", self.folder, target)
        self.assertEqual(status, 0, output)
        self.assertEqual(sorted(self.tree(target)),
                         [b"2019/hello.txt", b"copy of hello.txt", b"odd\xff name"])
        self.assertEqual((target / "2019/hello.txt").read_bytes(), b"hello\n")

    def test_nothing_is_overwritten(self):
        target = self.parent / "out"
        target.mkdir()
        (target / "mine").write_bytes(b"mine")
        self.refused("not empty", "extract", self.folder, target, status=2)
        self.assertEqual(list(self.tree(target)), [b"mine"])

    def extract_with(self, *paths):
        files = base_files() | memory_files(b"hello\n", "txt", "text/plain",
                                            meta(*({"path": path} for path in paths)))
        target = self.parent / "out"
        result = self.run_command("extract", write_tessera(self.parent / "other", files), target)
        return *result, sorted(self.tree(target))

    def test_names_that_lead_elsewhere(self):
        plain = blake3(b"hello\n").hex().encode() + b".txt"
        before = sorted(self.parent.iterdir())
        status, _, tree = self.extract_with("../escaped", "/tmp/escaped", "a/../../b", "a//b", ".",
                                            "", "a/", "nul\0byte")
        self.assertEqual((status, tree), (0, [plain]))
        self.assertEqual(sorted(self.parent.iterdir()),
                         sorted([*before, self.parent / "other", self.parent / "out"]))

    def test_names_that_cannot_be_used(self):
        plain = blake3(b"hello\n").hex().encode() + b".txt"
        status, output, tree = self.extract_with("a", "a/b")
        self.assertEqual((status, tree), (1, sorted([b"a", plain])))
        self.assertIn("cannot be used", output)
        shutil.rmtree(self.parent / "out")
        shutil.rmtree(self.parent / "other")
        status, output, tree = self.extract_with("n" * 300)
        self.assertEqual((status, tree), (1, [plain]))

    def test_sources_of_another_form(self):
        for sources in (None, 5, [], [5], [{}], [{"path": 5}], [{"path": None}]):
            data = json.dumps({"version": "v1", "sources": sources, "media": 3}).encode()
            files = base_files() | memory_files(b"hello\n", "txt", "text/plain", data)
            with tempfile.TemporaryDirectory() as folder:
                target = pathlib.Path(folder) / "out"
                status, _ = self.run_command("extract", write_tessera(folder, files), target)
                self.assertEqual((status, len(self.tree(target))), (0, 1))

    def test_damage_is_told(self):
        (self.memory(b"hello\n") / "media.txt").write_bytes(b"jello\n")
        (self.memory(b"\x00\xff" * 4000) / "media.bin").unlink()
        status, output = self.run_command("extract", self.folder, self.parent / "out")
        self.assertEqual(status, 1)
        self.assertIn("does not have its SHA-256", output)
        self.assertIn("its media file is missing", output)
        self.assertEqual((self.parent / "out/2019/hello.txt").read_bytes(), b"jello\n")

    def test_parts(self):
        parts = [b"one ", b"two ", b"three"]
        identifier = blake3(b"".join(parts)).hex()
        files = base_files()
        listed = []
        for number, part in enumerate(parts, start=1):
            name = f"media.mp4.part-{number:03}"
            listed.append({"file": name, "size": len(part)})
            files[f"memories/{identifier}/{name}"] = (part, "video/mp4")
        data = meta({"path": "film.mp4"}, media={"file": "media.mp4", "parts": listed})
        files[f"memories/{identifier}/meta.json"] = (data, "application/json")
        files[f"memories/{identifier}/context.txt"] = (b"film\n", "text/plain")
        status, output = self.run_command("extract", write_tessera(self.parent / "a", files),
                                          self.parent / "out")
        self.assertEqual(status, 0, output)
        self.assertEqual((self.parent / "out/film.mp4").read_bytes(), b"one two three")
        del files[f"memories/{identifier}/media.mp4.part-003"]
        status, output = self.run_command("extract", write_tessera(self.parent / "b", files),
                                          self.parent / "out2")
        self.assertEqual(status, 1)
        self.assertIn("1 part(s) of it lie in other tesserae", output)

    def test_is_safe(self):
        for path in (b"a", b"a/b", b"..a", b"a..", b" ", b"-rf", b"a\nb"):
            self.assertTrue(memories.is_safe(path), path)
        for path in (b"", b"/", b"/a", b"a/", b"..", b"../a", b"a/..", b"a/../b", b"./a", b"a\0"):
            self.assertFalse(memories.is_safe(path), path)


class DecodeTest(FolderTest):
    def test_kinds_and_refusals(self):
        target = self.parent / "out"
        wav = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
        wav += b"data\4\0\0\0abcd"
        (self.parent / "a.wav").write_bytes(wav)
        status, output = self.run_command("decode", self.parent / "a.wav", target)
        self.assertEqual((status, target.read_bytes()), (0, b"abcd"))
        self.assertIn("2 samples of 1 channel(s), 8000 a second", output)
        self.refused("exists", "decode", self.parent / "a.wav", target, status=2)
        self.assertEqual(target.read_bytes(), b"abcd")
        target.unlink()
        for data, reason, status in ((wav[:20], "missing", 1), (b"", "not PNG", 2),
                                     (b"\x89PNG\r\n\x1a\n", "ends within", 1),
                                     (b"\xff\xd8\xff", "ends within a marker", 1),
                                     (b"fLaC", "ends within its metadata", 1)):
            (self.parent / "bad").write_bytes(data)
            self.refused(reason, "decode", self.parent / "bad", target, status=status)
            self.assertFalse(target.exists())
        self.refused("No such file", "decode", self.parent / "absent", target, status=2)

    def test_as_a_program(self):
        program = pathlib.Path(read_tessera.__file__)
        for words, status in ((("check", str(self.folder)), 0), (("check", "/absent"), 2), ((), 2),
                              (("destroy",), 2)):
            run = subprocess.run([sys.executable, str(program), *words], capture_output=True,
                                 env={**os.environ, "LC_ALL": "C"}, cwd="/", check=False)
            self.assertEqual(run.returncode, status, run.stderr)


if __name__ == "__main__":
    unittest.main()

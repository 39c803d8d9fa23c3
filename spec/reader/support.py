"""What several tests share: where things from outside are, and a small tessera to try things on."""

import hashlib
import os
import pathlib
import random
import shutil
import sys
import unittest

import ed25519
from blake3 import blake3

SPEC = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("TESSERAS_SHARED", SPEC.parent.parent / "shared"))


def _skip(reason):
    print(reason, file=sys.stderr)
    raise unittest.SkipTest(reason)


def outside(path):
    """A file or folder that is not part of the project; skips the test where it is absent."""
    path = pathlib.Path(path)
    if not path.exists():
        _skip(f"{path.name} is absent: what it holds is not tried")
    return path


def outside_vectors(name):
    """A file of vectors from outside. Skips the test where there are none at all; where some are, this one must be."""
    outside(SHARED / "vectors")
    path = SHARED / "vectors" / name
    if not path.exists():
        raise AssertionError(f"{path} is missing, though its folder is there")
    return path


def program(name):
    """A program that may or may not be installed; skips the test where it is not."""
    if shutil.which(name) is None:
        _skip(f"{name} is not installed: nothing to compare with")
    return name


def mutations(data, count, seed):
    """`count` damaged copies of `data`: bytes changed, removed, or the end cut off."""
    dice = random.Random(seed)
    for _ in range(count):
        broken = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(broken))
            action = dice.randrange(10)
            if action == 0:
                del broken[place:place + dice.randint(1, 20)]
            elif action == 1 and place > 2:
                del broken[place:]
            else:
                broken[place] = dice.randrange(256)
            if not broken:
                broken = bytearray(1)
        yield bytes(broken)


def sign(seed, message):
    """The Ed25519 public key of a seed, and its signature (RFC 8032, section 5.1.6)."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = ed25519.encode_point(ed25519.multiply(scalar, ed25519.BASE))
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ed25519.L
    point = ed25519.encode_point(ed25519.multiply(nonce, ed25519.BASE))
    challenge = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little")
    return public, point + ((nonce + challenge * scalar) % ed25519.L).to_bytes(32, "little")


SEED = bytes(range(32))
MLDSA65_KEY = bytes(1952)


def base_files():
    public, _ = sign(SEED, b"")
    return {"README.decode": (b"how to read this\n", "text/plain"),
            "identity/creator.pub.ed25519": (public, "application/octet-stream"),
            "identity/creator.pub.mldsa65": (MLDSA65_KEY, "application/octet-stream"),
            "identity/creator.pub.xwing": (bytes(1216), "application/octet-stream")}


def memory_files(media, extension, media_type, meta, context=b"words\n"):
    """The three files of a memory, as a dict like `base_files`."""
    folder = f"memories/{blake3(media).hex()}/"
    return {folder + f"media.{extension}": (media, media_type),
            folder + "context.txt": (context, "text/plain"),
            folder + "meta.json": (meta, "application/json")}


def manifest_text(files, extra=""):
    """A MANIFEST of `files`: path as written to (bytes, media type)."""
    public, _ = sign(SEED, b"")
    lines = ["TESSERA MANIFEST v1", "created: 2026-02-14T09:30:00Z", f"creator: {public.hex()}",
             f"creator-mldsa65: {blake3(MLDSA65_KEY).hex()}", "visibility: public", "language: en",
             *extra.splitlines(), "encoding: UTF-8", "schema: v1", "", "FILES:"]
    for path, (data, media_type) in sorted(files.items()):
        lines.append(f"  {path}  blake3:{blake3(data).hex()}  "
                     f"sha256:{hashlib.sha256(data).hexdigest()}  {media_type}  {len(data)}")
    return ("\n".join(lines) + "\n").encode()


def write_tessera(parent, files):
    """Writes a signed tessera of `files` below `parent`; returns its folder."""
    text = manifest_text(files)
    _, signature = sign(SEED, text)
    folder = pathlib.Path(parent) / f"tessera-{blake3(text).hex()}"
    everything = {path: data for path, (data, _) in files.items()}
    everything |= {"MANIFEST": text, "identity/signature.ed25519.sig": signature,
                   "identity/signature.mldsa65.sig": bytes(3309)}
    for path, data in everything.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder

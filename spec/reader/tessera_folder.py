"""A tessera's folder: what lies in it, and whether that is what MANIFEST says."""

import hashlib
import os
import re
import stat

import ed25519
import manifest
from blake3 import Hasher
from errors import Damaged

FOLDER_NAME = re.compile(rb"tessera-([0-9a-f]{64})")
PIECE_BYTES = 1 << 20
SIGNATURE_SIZES = {manifest.ED25519_SIGNATURE: 64, manifest.MLDSA65_SIGNATURE: 3309}


class CannotLook(Exception):
    """The folder or a file could not be read at all; nothing is known about its state."""


def printable(text):
    """Text from outside, made safe to show: a terminal obeys control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def shown(path):
    """A path of the folder (bytes) as it would be written in MANIFEST."""
    return re.sub(rb"[^A-Za-z0-9._/-]", lambda m: b"%%%02X" % m[0][0], path).decode("ascii")


class Folder:
    def __init__(self, path):
        self.path = os.fsencode(path)
        if not os.path.isdir(self.path):
            raise CannotLook(f"{path}: there is no such folder")

    def open(self, name):
        """Opens the plain file `name` (bytes, relative) for reading, never through a link."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        flags |= getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for ever
        file = os.fdopen(os.open(os.path.join(self.path, name), flags), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise Damaged(f"{shown(name)}: not a plain file")
        return file

    def read(self, name, bytes_max):
        with self.open(name.encode("ascii")) as file:
            data = file.read(bytes_max + 1)
        if len(data) > bytes_max:
            raise Damaged(f"{name}: has more than {bytes_max} bytes")
        return data

    def manifest_bytes(self):
        try:
            return self.read("MANIFEST", manifest.BYTES_MAX)
        except FileNotFoundError:
            raise Damaged("MANIFEST: missing") from None

    def contents(self):
        """Two sets of names below the folder: plain files, and all else with its kind.

        A folder counts only if nothing lies in it: MANIFEST names no empty ones.
        """
        files, others = set(), {}
        waiting = [b""]
        while waiting:
            folder = waiting.pop()
            with os.scandir(os.path.join(self.path, folder)) as entries:
                empty = True
                for entry in entries:
                    empty = False
                    name = os.path.join(folder, entry.name)
                    mode = entry.stat(follow_symlinks=False).st_mode
                    if stat.S_ISDIR(mode):
                        waiting.append(name)
                    elif stat.S_ISREG(mode):
                        files.add(name)
                    else:
                        others[name] = "a link" if stat.S_ISLNK(mode) else "not a plain file"
            if empty and folder:
                others[folder] = "a folder that does not belong here"
        return files, others


def _file_fault(folder, entry, use_blake3):
    """What is wrong with a listed file that is there, or None."""
    sha256, blake3, size = hashlib.sha256(), Hasher(), 0
    with folder.open(entry.name) as file:
        while piece := file.read(PIECE_BYTES):
            size += len(piece)
            if size > entry.size:
                return f"has more than {entry.size} bytes"
            sha256.update(piece)
            if use_blake3:
                blake3.update(piece)
    if size != entry.size:
        return f"has {size} bytes instead of {entry.size}"
    if sha256.hexdigest() != entry.sha256:
        return "does not have its SHA-256"
    if use_blake3 and blake3.hexdigest() != entry.blake3:
        return "does not have its BLAKE3"
    return None


def _signature_faults(folder, parsed, text):
    """Yields what is wrong with the signatures, as far as this reader can tell."""
    signatures = {}
    for name, size in SIGNATURE_SIZES.items():
        try:
            signatures[name] = folder.read(name, size)
            if len(signatures[name]) != size:
                yield f"{name}: has {len(signatures[name])} bytes instead of {size}"
        except FileNotFoundError:
            yield f"{name}: missing"
        except Damaged as error:
            yield str(error)
    key = bytes.fromhex(parsed.header["creator"])
    signature = signatures.get(manifest.ED25519_SIGNATURE, b"")
    if not ed25519.verify(key, text, signature):
        yield "the Ed25519 signature is INVALID"


def check(folder, use_blake3=False):
    """Yields a sentence for each thing that is wrong; nothing for a sound tessera.

    What it does not look at: the ML-DSA-65 signature (but for its size), and
    BLAKE3 of the files unless asked, which takes long in Python.
    """
    text = folder.manifest_bytes()
    content_hash = Hasher(text).hexdigest()
    named = FOLDER_NAME.fullmatch(os.path.basename(os.path.realpath(folder.path)))
    if named is None:
        yield f"the folder's name is not tessera-{content_hash}"
    elif named[1].decode() != content_hash:
        yield f"the folder's name is not the hash of MANIFEST, which is {content_hash}"
    try:
        parsed = manifest.parse(text)
    except Damaged as error:
        yield str(error)
        return
    yield from _signature_faults(folder, parsed, text)
    files, others = folder.contents()
    for name in sorted(others):
        yield f"{shown(name)}: {others[name]}"
    listed = {entry.name: entry for entry in parsed.entries.values()}
    unlisted = {name.encode("ascii") for name in manifest.UNLISTED}
    for name in sorted(files - listed.keys() - unlisted):
        yield f"{shown(name)}: is not in MANIFEST"
    for name, entry in listed.items():
        if name not in files:
            yield f"{entry.path}: missing"
        elif fault := _file_fault(folder, entry, use_blake3 or entry.path in manifest.KEY_SIZES):
            yield f"{entry.path}: {fault}"

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/identity.md.

BLAKE3 comes from the plain Python beside ../blake3-tree; the rest from Python's `cryptography`
(48 or newer) and hashlib, put together here by the text of the spec and not by our own code.
Vectors are added, never edited: it refuses to overwrite a file that it would write differently.
"""
import hashlib
import importlib.util
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

here = pathlib.Path(__file__).parent
loader = importlib.util.spec_from_file_location("tree", here.parent / "blake3-tree" / "make.py")
tree = importlib.util.module_from_spec(loader)
loader.loader.exec_module(tree)


def write(name, **fields):
    lines = []
    for key, value in fields.items():
        text = value.hex() if isinstance(value, bytes) else value
        lines.append(f"{key.replace('_', '-')}: {text}".rstrip())
    text = "\n".join(lines) + "\n"
    file = here / name
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def keys(name, seed, message):
    parts = {kind: tree.derive_key(f"tesseras {kind} v1", seed)
             for kind in ("ed25519", "mldsa65", "xwing")}
    classical = ed25519.Ed25519PrivateKey.from_private_bytes(parts["ed25519"])
    quantum = mldsa.MLDSA65PrivateKey.from_seed_bytes(parts["mldsa65"])
    expanded = hashlib.shake_256(parts["xwing"]).digest(96)
    kem = (mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
           + x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key()
           .public_bytes_raw())
    public = classical.public_key().public_bytes_raw()
    write(name, expect="valid", seed=seed, ed25519_seed=parts["ed25519"],
          mldsa65_seed=parts["mldsa65"], xwing_seed=parts["xwing"], ed25519_public=public,
          mldsa65_public_blake3=tree.blake3(quantum.public_key().public_bytes_raw()),
          xwing_public_blake3=tree.blake3(kem), fingerprint=tree.blake3(public)[:8],
          message=message, ed25519_signature=classical.sign(message))


def blob(seed, version=1, flags=0):
    return bytes([version, flags]) + seed


def protected(seed, passphrase, memory, iterations, lanes, magic=b"TESSEED", version=1,
              claimed=None, inner=None, derive=True):
    salt, nonce = bytes(range(16)), bytes(range(100, 112))
    header = (magic + bytes([version]) + struct.pack("<III", *(claimed or (memory, iterations, lanes)))
              + salt + nonce)
    key = bytes(32)
    if derive:
        key = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes,
                       memory_cost=memory).derive(passphrase)
    body = header + AESGCM(key).encrypt(nonce, inner or blob(seed), header)
    return body + tree.blake3(body)


def again(body):
    """The file with the checksum that belongs to its changed bytes."""
    return body[:98] + tree.blake3(body[:98])


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def main():
    counting = bytes(range(32))
    keys("keys-zeros", bytes(32), b"")
    keys("keys-counting", counting, b"TESSERA MANIFEST v1\n")
    keys("keys-ones", b"\xff" * 32, b"tesseras test v1\nanything")

    write("seed-bare", expect="valid", file=blob(counting), seed=counting)
    for name, expect, data in (
            ("seed-empty", "corrupt", b""), ("seed-bare-short", "corrupt", blob(counting)[:-1]),
            ("seed-bare-long", "corrupt", blob(counting) + b"\n"),
            ("seed-bare-version-0", "unsupported", blob(counting, version=0)),
            ("seed-bare-version-2", "unsupported", blob(counting, version=2)),
            ("seed-bare-flags", "unsupported", blob(counting, flags=1)),
            ("seed-as-hex", "corrupt", counting.hex().encode() + b"\n")):
        write(name, expect=expect, file=data)

    words = "correct horse — лошадь".encode()
    cheap = (64, 1, 1)
    good = protected(counting, words, *cheap)
    write("protected", expect="valid", file=good, passphrase=words, seed=counting)
    write("protected-at-default-cost", expect="valid",
          file=protected(counting, words, 65536, 3, 4), passphrase=words, seed=counting)
    write("protected-other-passphrase", expect="denied", file=good, passphrase=words + b" ")
    write("protected-empty-passphrase", expect="denied", file=good, passphrase=b"")
    for part, at in (("magic", 0), ("memory", 8), ("iterations", 12), ("lanes", 16), ("salt", 20),
                     ("nonce", 36), ("seed", 60), ("tag", 97), ("checksum", 129)):
        write(f"protected-flipped-{part}", expect="corrupt", file=flip(good, at), passphrase=words)
    write("protected-flipped-version", expect="unsupported", file=flip(good, 7), passphrase=words)
    write("protected-short", expect="corrupt", file=good[:-1], passphrase=words)
    write("protected-long", expect="corrupt", file=good + b"\0", passphrase=words)
    write("protected-magic-only", expect="corrupt", file=good[:8], passphrase=words)
    # Changed by someone who knows how to write the checksum.
    write("forged-salt", expect="denied", file=again(flip(good, 20)), passphrase=words)
    write("forged-nonce", expect="denied", file=again(flip(good, 36)), passphrase=words)
    write("forged-seed", expect="denied", file=again(flip(good, 60)), passphrase=words)
    write("forged-tag", expect="denied", file=again(flip(good, 97)), passphrase=words)
    # The price made cheaper than what the key was derived at.
    write("forged-cost", expect="denied",
          file=protected(counting, words, 64, 2, 1, claimed=(64, 1, 1)), passphrase=words)
    for name, claimed in (("memory-too-much", (512 * 1024 + 1, 1, 1)), ("memory-none", (0, 1, 1)),
                          ("memory-under-8-a-lane", (63, 1, 8)), ("iterations-none", (64, 0, 1)),
                          ("iterations-too-many", (64, 17, 1)), ("lanes-none", (64, 1, 0)),
                          ("lanes-too-many", (4096, 1, 17)), ("cost-of-all-ones", (2**32 - 1,) * 3)):
        write(f"forged-{name}", expect="corrupt", passphrase=words,
              file=protected(counting, words, *cheap, claimed=claimed, derive=False))
    write("protected-newer-blob", expect="unsupported", passphrase=words,
          file=protected(counting, words, *cheap, inner=blob(counting, version=2)))


if __name__ == "__main__":
    main()

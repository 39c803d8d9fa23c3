#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/retraction.md, by its text and not by our own code.

BLAKE3 and MessagePack come from the plain Python beside ../blake3-tree and ../wire, the signatures from
Python's `cryptography` (48 or newer). A file is lines `name: value`, `expect` first; bytes are hexadecimal.
`signed` is a signed retraction, `text` what is signed in it, or a text alone. Of a valid one there are the
author's `seed` and the `manifest`. That library signs with ML-DSA-65 another way each time, so a vector that
stands is kept as it is, and only those that are missing are made.
"""
import importlib.util
import pathlib

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

here = pathlib.Path(__file__).parent


def other(folder):
    loader = importlib.util.spec_from_file_location(folder.replace("-", "_"), here.parent / folder / "make.py")
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    return module


tree, wire = other("blake3-tree"), other("wire")
SEED, STRANGER = bytes(range(32)), bytes(range(32, 64))


def keys(seed):
    return (ed25519.Ed25519PrivateKey.from_private_bytes(tree.derive_key("tesseras ed25519 v1", seed)),
            mldsa.MLDSA65PrivateKey.from_seed_bytes(tree.derive_key("tesseras mldsa65 v1", seed)))


def public(seed):
    return [key.public_key().public_bytes_raw() for key in keys(seed)]


def manifest(size, seed=SEED):
    """As a MANIFEST begins, and then anything."""
    classical, quantum = public(seed)
    text = (f"TESSERA MANIFEST v1\ncreated: 2026-02-14T09:30:00Z\ncreator: {classical.hex()}\n"
            f"creator-mldsa65: {tree.blake3(quantum).hex()}\n").encode()
    return text + bytes(97 + i % 26 for i in range(size - len(text)))


def text_of(whole, content=None, size=None, at="2026-07-01T12:00:00Z", first="tesseras retraction v1", last=""):
    return (f"{first}\ncontent: {content or tree.blake3(whole).hex()}\nmanifest: {size or len(whole)}\n"
            f"retracted: {at}\n{last}").encode()


def signed(whole, text, seed=SEED, signer=None, **changes):
    path = tree.tree(whole, want=0)[1]
    classical, quantum = keys(signer or seed)
    public_keys = public(seed)
    fields = {"chunk": whole[:1024], "ed25519_key": public_keys[0], "ed25519_signature": classical.sign(text),
              "mldsa65_key": public_keys[1], "mldsa65_signature": quantum.sign(text), "path": path, "retraction": text,
              **changes}
    packed = {name: wire.array(*(wire.blob(one.hex()) for one in value)) if isinstance(value, list)
              else wire.blob(value.hex()) for name, value in sorted(fields.items()) if value is not None}
    return wire.table(**packed)


def write(name, expect, make, **more):
    file = here / f"{name}.txt"
    if file.exists():
        return
    lines = [("expect", expect), *((key, value.hex()) for key, value in more.items())]
    if make:
        lines.append(("signed", make()))
    file.write_text("".join(f"{key}: {value}\n" for key, value in lines))


def good(name, size):
    whole = manifest(size)
    text = text_of(whole)
    write(name, "valid", lambda: signed(whole, text), seed=SEED, manifest=whole, text=text)


def bad(name, whole=manifest(5000), text=None, **how):
    write(name, "corrupt", lambda: signed(whole, text or text_of(whole), **how))


def bad_text(name, text):
    write("text-" + name, "corrupt", None, text=text)


def flip(data, at=0):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def main():
    for name, size in (("one-chunk-short", 500), ("one-chunk", 1024), ("two-chunks", 1025), ("five-chunks", 5000)):
        good(name, size)
    whole = manifest(5000)
    text = text_of(whole)
    bad_text("version-2", text_of(whole, first="tesseras retraction v2"))
    bad_text("of-a-plan", text_of(whole, first="tesseras plan v1"))
    bad_text("more", text_of(whole, last="because: it was mine\n"))
    bad_text("without-end", text[:-1])
    bad_text("upper-case", text_of(whole, content=tree.blake3(whole).hex().upper()))
    bad_text("size-leading-zero", text_of(whole, size="05000"))
    bad_text("size-none", text_of(whole, size="0"))
    bad_text("size-beyond", text_of(whole, size=str((256 << 20) + 1)))
    bad_text("no-such-day", text_of(whole, at="2026-02-30T12:00:00Z"))
    bad_text("with-offset", text_of(whole, at="2026-07-01T12:00:00+01:00"))
    bad_text("with-fraction", text_of(whole, at="2026-07-01T12:00:00.5Z"))
    bad_text("carriage-returns", text.replace(b"\n", b"\r\n"))
    bad("size-other", text=text_of(whole, size="9000"))
    bad("content-other", text=text_of(whole, content="00" * 32))
    bad("signer-other", signer=STRANGER)
    bad("keys-and-signer-other", **{"signer": STRANGER, "ed25519_key": public(STRANGER)[0],
                                    "mldsa65_key": public(STRANGER)[1]})
    bad("mldsa65-signature-other", mldsa65_signature=keys(SEED)[1].sign(b"tesseras retraction v1\nelse"))
    bad("ed25519-signature-other", ed25519_signature=keys(SEED)[0].sign(b"tesseras retraction v1\nelse"))
    bad("ed25519-signature-short", ed25519_signature=bytes(63))
    bad("mldsa65-key-other", mldsa65_key=public(STRANGER)[1])
    bad("chunk-flipped", chunk=flip(whole[:1024], 900))
    bad("chunk-short", chunk=whole[:1023])
    bad("path-short", path=tree.tree(whole, want=0)[1][:-1])
    bad("path-long", path=tree.tree(whole, want=0)[1] + [bytes(32)])
    bad("without-retraction", retraction=None)
    bad("without-chunk", chunk=None)
    bad("no-manifest", whole=b"x" * 5000)


if __name__ == "__main__":
    main()

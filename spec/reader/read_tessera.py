#!/usr/bin/env python3
"""Reads a tessera with nothing but Python: lists, checks, extracts, decodes.

    read_tessera.py list DIR            what is in the tessera
    read_tessera.py check DIR           whether anything has changed (SHA-256, Ed25519)
    read_tessera.py check --blake3 DIR  the same, and BLAKE3 of every file (slow)
    read_tessera.py extract DIR DEST    copies the memories out, under their first names
    read_tessera.py decode FILE OUT     a picture to PGM, PPM or PAM; a sound to plain samples
    read_tessera.py open DIR DEST --seed FILE   an encrypted one, for whom it was made
    read_tessera.py open DIR DEST --key KEY     the same with its content key, 64 digits
    read_tessera.py open DIR DEST --part N:PART --part ...   the same with parts from witnesses
    read_tessera.py part DIR --seed FILE        such a part, for a witness of a sealed one

Exit status: 0 all is well, 1 something is wrong with what was read, 2 it could not look.
"""

import argparse
import re
import sys

import flac
import jpeg
import manifest
import png
import wav
from blake3 import blake3
from encryption import ENVELOPE, ENVELOPE_BYTES_MAX, Closed, open_into
from errors import Damaged, Unsupported
from memories import extract, memories_of
from tessera_folder import CannotLook, Folder, check, printable
from witnesses import WITNESSES, WITNESSES_BYTES_MAX, Witnesses, node_seed, person_seed

OK, WRONG, CANNOT_LOOK = 0, 1, 2
NOT_CHECKED = ("ML-DSA-65 signature: NOT CHECKED. This reader does not know that method; "
               "decode/signatures.txt says how to check it.")
ORIENTATIONS = {2: "mirror it left-right", 3: "turn it 180 degrees", 4: "mirror it top-bottom",
                5: "mirror it left-right, then turn it 90 degrees against the clock",
                6: "turn it 90 degrees clockwise",
                7: "mirror it left-right, then turn it 90 degrees clockwise",
                8: "turn it 90 degrees against the clock"}


def _first_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return printable(lines[0])[:70] if lines else ""


def _when(meta):
    approximate = meta.get("created_approximate")
    if isinstance(meta.get("created_at"), str):
        return printable(meta["created_at"])
    if isinstance(approximate, dict) and isinstance(approximate.get("value"), str):
        return printable(approximate["value"])
    return "time unknown"


def list_command(arguments):
    folder = Folder(arguments.folder)
    text = folder.manifest_bytes()
    parsed = manifest.parse(text)
    print(f"Content hash: {blake3(text).hex()}")
    for key, value in parsed.header.items():
        print(f"{key}: {printable(value)}")
    status = OK
    for memory in memories_of(folder, parsed):
        size = sum(entry.size for entry in memory.media)
        print(f"\nmemories/{memory.identifier}/{memory.file_name}")
        try:
            print(f"  {memory.media[0].media_type}, {size} bytes, {_when(memory.meta())}")
            print(f"  {_first_line(memory.context())}")
        except (Damaged, OSError) as error:
            print(f"  {error}")
            status = WRONG
    print("\nNothing of this has been checked; \"check\" does that.")
    return status


def check_command(arguments):
    folder = Folder(arguments.folder)
    faults = 0
    for fault in check(folder, arguments.blake3):
        faults += 1
        print(f"[FAILED] {fault}")
    if not faults:
        parsed = manifest.parse(folder.manifest_bytes())
        hashes = "SHA-256 and BLAKE3" if arguments.blake3 else "SHA-256"
        print(f"[OK] MANIFEST, and the folder is named after its BLAKE3\n"
              f"[OK] {len(parsed.entries)} files: all there, none added, {hashes} right\n"
              f"[OK] Ed25519 signature of {parsed.header['creator']}")
    print(NOT_CHECKED)
    print("Check: " + ("FAILED" if faults else "PASSED"))
    return WRONG if faults else OK


def extract_command(arguments):
    folder = Folder(arguments.folder)
    parsed = manifest.parse(folder.manifest_bytes())
    memories = memories_of(folder, parsed)
    try:
        faults = 0
        for fault in extract(memories, arguments.destination):
            faults += 1
            print(f"[FAILED] {fault}")
    except FileExistsError as error:
        raise CannotLook(f"{error}; name a new one") from None
    print(f"{len(memories)} memories extracted" + (f", {faults} problems" if faults else ""))
    return WRONG if faults else OK


def _seed_file(path):
    with open(path, "rb") as file:
        return file.read(131)


def _seed(path):
    """32 bytes: a file root.seed that has no passphrase."""
    data = _seed_file(path)
    if data.startswith(b"TESSEED"):
        raise CannotLook(f"{path}: this seed has a passphrase, which this reader cannot take off")
    if len(data) != 34 or data[:2] != b"\1\0":
        raise CannotLook(f"{path}: this is no root.seed")
    return data[2:]


def _witness_seed(path):
    """A person's root.seed, or the identity.secret of a machine: its X-Wing seed."""
    data = _seed_file(path)
    return node_seed(data) if len(data) == 32 else person_seed(_seed(path))


def _witnesses(folder):
    parsed = manifest.parse(folder.manifest_bytes())
    data = folder.read(WITNESSES, WITNESSES_BYTES_MAX)
    return Witnesses(data, Closed(parsed), bytes.fromhex(parsed.header["creator"]))


def _part(text):
    if not re.fullmatch("[0-9]{1,2}:[0-9a-f]{64}", text):
        raise CannotLook("a part is its number, a colon and 64 digits, 0-9 and a-f")
    number, digits = text.split(":")
    return int(number), bytes.fromhex(digits)


def part_command(arguments):
    number, part = _witnesses(Folder(arguments.folder)).part_for(_witness_seed(arguments.seed))
    print(f"{number}:{part.hex()}")
    return OK


def open_command(arguments):
    folder = Folder(arguments.folder)
    closed = Closed(manifest.parse(folder.manifest_bytes()))
    if arguments.part:
        key = _witnesses(folder).key_of([_part(text) for text in arguments.part])
    elif arguments.seed:
        key = closed.key_for(_seed(arguments.seed), folder.read(ENVELOPE, ENVELOPE_BYTES_MAX))
    elif re.fullmatch("[0-9a-f]{64}", arguments.key):
        key = bytes.fromhex(arguments.key)
    else:
        raise CannotLook("a key has 64 digits, 0-9 and a-f")
    try:
        print(f"Opened into {open_into(folder, closed, key, arguments.destination)}")
    except FileExistsError as error:
        raise CannotLook(f"{error}; name a new one") from None
    print("Nothing of what is in it has been checked; \"check\" does that.")
    return OK


def decode_bytes(data):
    """The decoded bytes of a picture or a sound, and a sentence about them."""
    if data.startswith(png.SIGNATURE):
        picture, note = png.decode(data), ""
    elif data.startswith(b"\xff\xd8"):
        picture, orientation = jpeg.decode(data)
        turn = ORIENTATIONS.get(orientation)
        note = f"; to see it upright, {turn}" if turn else ""
    elif data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        sound = wav.decode(data)
        return sound.samples, sound.describe()
    elif data.startswith((b"fLaC", b"ID3")):
        sound = flac.decode(data)
        return sound.samples, sound.describe()
    else:
        raise Unsupported("this is not PNG, JPEG, WAV or FLAC")
    return picture.netpbm(), f"{picture.width} x {picture.height} pixels{note}"


def decode_command(arguments):
    with open(arguments.file, "rb") as file:
        data = file.read()
    try:
        decoded, sentence = decode_bytes(data)
    except Unsupported as error:
        raise CannotLook(f"{arguments.file}: {error}") from None
    with open(arguments.out, "xb") as output:
        output.write(decoded)
    print(sentence)
    return OK


def _parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("list", help="what is in the tessera")
    command.add_argument("folder", metavar="DIR")
    command.set_defaults(run=list_command)
    command = commands.add_parser("check", help="whether anything has changed")
    command.add_argument("--blake3", action="store_true", help="BLAKE3 of every file too (slow)")
    command.add_argument("folder", metavar="DIR")
    command.set_defaults(run=check_command)
    command = commands.add_parser("extract", help="copy the memories out")
    command.add_argument("folder", metavar="DIR")
    command.add_argument("destination", metavar="DEST")
    command.set_defaults(run=extract_command)
    command = commands.add_parser("open", help="open an encrypted tessera")
    command.add_argument("folder", metavar="DIR")
    command.add_argument("destination", metavar="DEST")
    secret = command.add_mutually_exclusive_group(required=True)
    secret.add_argument("--seed", metavar="FILE", help="the root.seed of one whom it was made for")
    secret.add_argument("--key", metavar="KEY", help="its content key, 64 digits")
    secret.add_argument("--part", metavar="PART", action="append", help="a part of the key; once for each")
    command.set_defaults(run=open_command)
    command = commands.add_parser("part", help="open a witness's part of the key")
    command.add_argument("folder", metavar="DIR")
    command.add_argument("--seed", metavar="FILE", required=True, help="root.seed, or a machine's identity.secret")
    command.set_defaults(run=part_command)
    command = commands.add_parser("decode", help="decode a picture or a sound")
    command.add_argument("file", metavar="FILE")
    command.add_argument("out", metavar="OUT")
    command.set_defaults(run=decode_command)
    return parser


def main(words=None):
    # A name may have characters that this terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except Damaged as error:
        print(f"[FAILED] {printable(str(error))}")
        return WRONG
    except MemoryError:
        print("error: there is not enough memory for this", file=sys.stderr)
        return CANNOT_LOOK
    except (CannotLook, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return CANNOT_LOOK


if __name__ == "__main__":
    sys.exit(main())

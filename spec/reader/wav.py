"""WAV, written from decode/wav.txt."""

import struct

from errors import Damaged, Unsupported
from sound import Sound

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
# The last fourteen bytes of the identifier in the extensible format; the
# first two are the format's number.
IDENTIFIER_END = bytes.fromhex("000000001000800000aa00389b71")
UNKNOWN_SIZE = 0xFFFFFFFF


def chunks(data):
    """A dict of the first chunk of each name."""
    kind = data[:4]
    if kind not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise Damaged("this is not a WAV file")
    result = {}
    at = 12
    while at + 8 <= len(data):
        name, size = data[at:at + 4], int.from_bytes(data[at + 4:at + 8], "little")
        if name == b"data" and kind == b"RF64" and size == UNKNOWN_SIZE:
            size = int.from_bytes(result.get(b"ds64", b"")[8:16], "little")
        body = data[at + 8:at + 8 + size]  # shorter where a recording was broken off
        result.setdefault(name, body)
        at += 8 + size + size % 2
    return result


def _from_a_law(byte):
    byte ^= 0x55
    exponent, mantissa = byte >> 4 & 7, byte & 15
    value = (2 * mantissa + 33) << (exponent + 2) if exponent else (2 * mantissa + 1) << 3
    return value if byte & 0x80 else -value


def _from_mu_law(byte):
    byte ^= 0xFF
    value = (((byte & 15) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -value if byte & 0x80 else value


def _expand(data, law):
    table = [struct.pack("<h", law(byte)) for byte in range(256)]
    return b"".join(table[byte] for byte in data)


def decode(data):
    """The Sound in the bytes of a WAV file."""
    found = chunks(data)
    fmt, body = found.get(b"fmt "), found.get(b"data")
    if fmt is None or body is None or len(fmt) < 16:
        raise Damaged("the chunk 'fmt ' or 'data' is missing or too short")
    form, channels, rate, _, block, bits = struct.unpack("<HHIIHH", fmt[:16])
    valid = bits
    if form == EXTENSIBLE:
        if len(fmt) < 40 or fmt[26:40] != IDENTIFIER_END:
            raise Unsupported("an extensible WAV with an identifier that is not known")
        valid = int.from_bytes(fmt[18:20], "little") or bits
        form = int.from_bytes(fmt[24:26], "little")
    if form not in (PCM, FLOAT, A_LAW, MU_LAW):
        raise Unsupported(f"WAV with the format number {form}")
    size = (bits + 7) // 8
    sizes = {PCM: (1, 2, 3, 4), FLOAT: (4, 8), A_LAW: (1,), MU_LAW: (1,)}[form]
    if size not in sizes or channels == 0 or block != channels * size or valid > 8 * size:
        raise Damaged("the numbers in the chunk 'fmt ' do not fit together")
    body = body[:len(body) - len(body) % block]
    if form in (A_LAW, MU_LAW):
        law = _from_a_law if form == A_LAW else _from_mu_law
        return Sound(rate, channels, "signed", 16, 2, _expand(body, law))
    if form == FLOAT:
        return Sound(rate, channels, "float", 8 * size, size, body)
    return Sound(rate, channels, "unsigned" if size == 1 else "signed", valid, size, body)

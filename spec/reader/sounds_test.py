"""WAV and FLAC: files made here, and others against another decoder."""

import hashlib
import io
import pathlib
import random
import re
import struct
import subprocess
import tempfile
import unittest
import wave

import flac
import wav
from errors import Damaged, Unsupported
from support import SPEC, mutations, outside, program

ALSA_SOUNDS = "/usr/share/sounds/alsa"


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def riff(*chunks):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def fmt(form, channels, rate, bits, extra=b""):
    size = (bits + 7) // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", form, channels, rate, rate * channels * size,
                                      channels * size, bits) + extra)


class WavTest(unittest.TestCase):
    def test_what_the_standard_library_writes(self):
        dice = random.Random(1)
        for size, kind in ((1, "unsigned"), (2, "signed"), (3, "signed"), (4, "signed")):
            for channels in (1, 2, 6):
                samples = bytes(dice.randrange(256) for _ in range(37 * size * channels))
                file = io.BytesIO()
                with wave.open(file, "wb") as writer:
                    writer.setnchannels(channels)
                    writer.setsampwidth(size)
                    writer.setframerate(22050)
                    writer.writeframes(samples)
                sound = wav.decode(file.getvalue())
                self.assertEqual((sound.rate_hz, sound.channels, sound.kind, sound.bits),
                                 (22050, channels, kind, 8 * size))
                self.assertEqual(sound.samples, samples)

    def test_floats_and_extensible(self):
        samples = struct.pack("<4f", 0.0, 1.0, -1.0, 0.25)
        sound = wav.decode(riff(fmt(3, 2, 8000, 32), chunk(b"fact", bytes(4)),
                                chunk(b"data", samples)))
        self.assertEqual((sound.kind, sound.bits, sound.samples), ("float", 32, samples))
        extra = struct.pack("<HHIH", 22, 20, 3, 1) + wav.IDENTIFIER_END
        sound = wav.decode(riff(fmt(0xFFFE, 2, 8000, 24, extra), chunk(b"data", bytes(12))))
        self.assertEqual((sound.kind, sound.bits, sound.sample_bytes), ("signed", 20, 3))
        self.assertIn("the highest 20 bits", sound.describe())

    def test_telephone_laws(self):
        for form, pairs in ((6, {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256}),
                            (7, {0xFF: 0, 0x80: 32124, 0x00: -32124, 0xFE: 8})):
            data = riff(fmt(form, 1, 8000, 8), chunk(b"data", bytes(pairs)))
            sound = wav.decode(data)
            self.assertEqual(struct.unpack("<4h", sound.samples), tuple(pairs.values()))

    def test_order_odd_chunks_and_broken_off(self):
        data = riff(chunk(b"LIST", b"INFOINAM\x02\0\0\0a\0\0"), fmt(1, 1, 8000, 8),
                    chunk(b"data", b"abc"), chunk(b"id3 ", b"x"))
        self.assertEqual(wav.decode(data).samples, b"abc")
        cut = riff(fmt(1, 2, 8000, 16), chunk(b"data", bytes(range(40))))[:-5]
        self.assertEqual(wav.decode(cut).samples, bytes(range(32)))
        endless = cut.replace(b"data" + struct.pack("<I", 40), b"data\xff\xff\xff\xff")
        self.assertEqual(wav.decode(endless).samples, bytes(range(32)))

    def test_rf64(self):
        big = struct.pack("<QQQI", 0, 6, 3, 0)
        body = b"WAVE" + chunk(b"ds64", big) + fmt(1, 1, 8000, 16) + b"data\xff\xff\xff\xff" + \
            b"abcdef" + chunk(b"LIST", b"INFO")
        self.assertEqual(wav.decode(b"RF64\xff\xff\xff\xff" + body).samples, b"abcdef")

    def test_refused(self):
        data = chunk(b"data", bytes(8))
        for file, reason in ((b"", "not a WAV"), (b"RIFF\0\0\0\0WAVX", "not a WAV"),
                             (riff(data), "missing"), (riff(fmt(1, 1, 8000, 8)), "missing"),
                             (riff(chunk(b"fmt ", bytes(15)), data), "too short"),
                             (riff(fmt(1, 0, 8000, 8), data), "do not fit"),
                             (riff(fmt(1, 1, 8000, 40), data), "do not fit"),
                             (riff(fmt(3, 1, 8000, 16), data), "do not fit")):
            with self.assertRaisesRegex(Damaged, reason):
                wav.decode(file)
        for form in (2, 0x55):
            with self.assertRaisesRegex(Unsupported, "format number"):
                wav.decode(riff(fmt(form, 1, 8000, 8), data))

    def test_damage_raises_nothing_else(self):
        extra = struct.pack("<HHIH", 22, 16, 3, 1) + wav.IDENTIFIER_END
        data = riff(fmt(0xFFFE, 2, 8000, 16, extra), chunk(b"data", bytes(range(40))))
        for broken in mutations(data, 3000, seed=4):
            try:
                wav.decode(broken)
            except (Damaged, Unsupported):
                pass

    def test_sounds_of_alsa(self):
        for path in sorted(outside(ALSA_SOUNDS).glob("*.wav")):
            with self.subTest(path.name), wave.open(str(path), "rb") as reader:
                sound = wav.decode(path.read_bytes())
                self.assertEqual(sound.samples, reader.readframes(reader.getnframes()))
                self.assertEqual((sound.rate_hz, sound.channels, sound.sample_bytes),
                                 (reader.getframerate(), reader.getnchannels(),
                                  reader.getsampwidth()))


class BitWriter:
    def __init__(self):
        self.bits = ""

    def put(self, value, count):
        self.bits += format(value & (1 << count) - 1, f"0{count}b") if count else ""

    def unary(self, zeros):
        self.bits += "0" * zeros + "1"

    def bytes(self):
        self.bits += "0" * (-len(self.bits) % 8)
        return bytes(int(self.bits[i:i + 8], 2) for i in range(0, len(self.bits), 8))


def put_residual(bits, values, order, size, dice):
    """Codes a residual with partitions, Rice parameters and escapes drawn at random."""
    wide = max((value.bit_length() for value in values), default=0) > 14
    method = 1 if wide else dice.randrange(2)
    partition_order = dice.choice([o for o in range(4) if size % (1 << o) == 0
                                   and size >> o >= order])
    bits.put(method, 2)
    bits.put(partition_order, 4)
    at, step = 0, size >> partition_order
    for partition in range(1 << partition_order):
        part = values[at:at + step - (order if partition == 0 else 0)]
        at += len(part)
        widest = max((value.bit_length() for value in part), default=0) + 1
        if dice.random() < 0.3 and widest < 32:
            bits.put(31, 4 + method)
            bits.put(widest, 5)
            for value in part:
                bits.put(value, widest)
            continue
        parameter = min(max(0, widest - 3), 30 if method else 14)
        bits.put(parameter, 4 + method)
        for value in part:
            folded = 2 * value if value >= 0 else -2 * value - 1
            bits.unary(folded >> parameter)
            bits.put(folded, parameter)


def put_subframe(bits, samples, depth, dice):
    wasted = 0
    while any(samples) and all(value % (2 << wasted) == 0 for value in samples):
        wasted += 1
    values, depth = [value >> wasted for value in samples], depth - wasted
    kinds = ["verbatim", "fixed", "linear"] + ["constant"] * (len(set(values)) == 1)
    kind = dice.choice(kinds)
    order = dice.randint(0 if kind == "fixed" else 1, min(4, len(values)))
    code = {"constant": 0, "verbatim": 1, "fixed": 8 + order, "linear": 31 + order}[kind]
    bits.put(code << 1 | (wasted > 0), 8)
    if wasted:
        bits.unary(wasted - 1)
    if kind in ("constant", "verbatim"):
        for value in values[:1] if kind == "constant" else values:
            bits.put(value, depth)
        return
    for value in values[:order]:
        bits.put(value, depth)
    if kind == "fixed":  # differences of differences, which is what the formulas come to
        residual = values
        for _ in range(order):
            residual = [b - a for a, b in zip(residual, residual[1:])]
    else:
        shift = dice.randrange(4)
        coefficients = [dice.randint(-9, 9) for _ in range(order)]
        bits.put(5 - 1, 4)
        bits.put(shift, 5)
        for value in coefficients:
            bits.put(value, 5)
        residual = [values[i] - (sum(c * values[i - 1 - j] for j, c in enumerate(coefficients))
                                 // (1 << shift)) for i in range(order, len(values))]
    put_residual(bits, residual, order, len(values), dice)


def flac_frame(channels, number, depth, assignment, dice):
    bits = BitWriter()
    size = len(channels[0])
    bits.put(0b1111111111111000, 16)
    bits.put(7, 4)
    bits.put(dice.choice((0, 9)), 4)
    bits.put(assignment if assignment > 7 else len(channels) - 1, 4)
    bits.put(dice.choice((0, {8: 1, 12: 2, 16: 4, 24: 6, 32: 7}[depth])), 3)
    bits.put(0, 1)
    encoded = chr(number).encode("utf-8")
    bits.put(int.from_bytes(encoded, "big"), 8 * len(encoded))
    bits.put(size - 1, 16)
    bits.put(flac.crc8(bits.bytes()), 8)
    stored, depths = list(channels), [depth] * len(channels)
    if assignment > 7:
        left, right = channels
        side = [a - b for a, b in zip(left, right)]
        middle = [(a + b) >> 1 for a, b in zip(left, right)]
        stored = {8: [left, side], 9: [side, right], 10: [middle, side]}[assignment]
        depths[0 if assignment == 9 else 1] += 1
    for samples, bits_each in zip(stored, depths):
        put_subframe(bits, samples, bits_each, dice)
    data = bits.bytes()
    return data + flac.crc16(data).to_bytes(2, "big")


def flac_file(blocks, depth, assignment, dice):
    """`blocks`: for each frame, a list of channels. Also returns the samples as bytes."""
    channels, total = len(blocks[0]), sum(len(block[0]) for block in blocks)
    plain = b"".join(value.to_bytes((depth + 7) // 8, "little", signed=True)
                     for block in blocks for moment in zip(*block) for value in moment)
    info = struct.pack(">HH", 16, 4096) + bytes(6)
    info += (44100 << 44 | (channels - 1) << 41 | (depth - 1) << 36 | total).to_bytes(8, "big")
    info += hashlib.md5(plain).digest()
    frames = [flac_frame(block, 200 * i, depth, assignment, dice) for i, block in enumerate(blocks)]
    return (b"fLaC" + b"\0" + len(info).to_bytes(3, "big") + info + b"\x81\0\0\x05extra"
            + b"".join(frames), plain)


def random_samples(dice, size, depth):
    limit = 1 << (depth - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return [dice.randint(-limit, limit - 1)] * size
    if kind == 1:
        return [dice.randint(-limit // 16, limit // 16 - 1) * 16 for _ in range(size)]
    step = limit if kind == 2 else max(2, limit // 50)
    value, result = 0, []
    for _ in range(size):
        value = max(-limit, min(limit - 1, value + dice.randint(-step, step)))
        result.append(value)
    return result


class FlacTest(unittest.TestCase):
    def test_written_here(self):
        dice = random.Random(11)
        for depth in (8, 12, 16, 24, 32):
            for channels, assignment in ((1, 0), (2, 1), (2, 8), (2, 9), (2, 10), (6, 5), (8, 7)):
                for _ in range(4):
                    blocks = [[random_samples(dice, size, depth) for _ in range(channels)]
                              for size in (64, 64, dice.randint(1, 40))]
                    data, plain = flac_file(blocks, depth, assignment, dice)
                    with self.subTest(depth=depth, assignment=assignment):
                        sound = flac.decode(data)
                        self.assertEqual(sound.samples, plain)
                        self.assertEqual((sound.rate_hz, sound.channels, sound.bits),
                                         (44100, channels, depth))

    def test_label_in_front_and_behind(self):
        data, plain = flac_file([[[1, 2, 3, -4]]], 16, 0, random.Random(1))
        labelled = b"ID3\4\0\0\0\0\1\3" + bytes(131) + data + b"TAG" + bytes(125)
        self.assertEqual(flac.decode(labelled).samples, plain)

    def test_refused(self):
        data, _ = flac_file([[list(range(60)), list(range(60))]], 16, 10, random.Random(2))
        first = data.index(b"extra") + 5
        for broken, reason in (
                (b"", "not a FLAC"), (data[:20], "34 bytes"), (data[:44], "ends within"),
                (data[:first + 20], "ends within"),
                (data[:4] + b"\x04" + data[5:], "STREAMINFO is missing"),
                (data[:first], "0 samples instead of 60"),
                (data[:first] + b"\0" + data[first + 1:], "no frame"),
                (data[:first + 6] + bytes((data[first + 6] ^ 1,)) + data[first + 7:], "CRC-8"),
                (data[:-1] + bytes((data[-1] ^ 1,)), "CRC-16"),
                (data[:30] + bytes((data[30] ^ 1,)) + data[31:], "MD5"),
                (data[:20] + b"\x44" + data[21:], "another form")):
            with self.assertRaisesRegex(Damaged, reason):
                flac.decode(broken)

    def test_every_changed_byte_of_a_frame_is_found(self):
        data, _ = flac_file([[list(range(20))]], 16, 0, random.Random(3))
        for place in range(data.index(b"extra") + 5, len(data)):
            broken = data[:place] + bytes((data[place] ^ 0x10,)) + data[place + 1:]
            with self.subTest(place), self.assertRaises(Damaged):
                flac.decode(broken)

    def test_damage_raises_nothing_else(self):
        data, _ = flac_file([[list(range(90)), [7] * 90]], 16, 8, random.Random(4))
        for broken in mutations(data, 1000, seed=6):
            try:
                flac.decode(broken)
            except Damaged:
                pass

    def test_checks_printed_in_the_text(self):
        text = (SPEC / "decode/flac.txt").read_text()
        crc8, crc16 = re.search(r'"123456789" the CRC-8 is\s+0x(..) and the CRC-16 is 0x(....)',
                                text).groups()
        self.assertEqual(int(crc8, 16), flac.crc8(b"123456789"))
        self.assertEqual(int(crc16, 16), flac.crc16(b"123456789"))


class AgainstFfmpegTest(unittest.TestCase):
    def ffmpeg(self, *words):
        return subprocess.run(["ffmpeg", "-v", "error", *words], check=True,
                              capture_output=True).stdout

    def test_flac(self):
        program("ffmpeg")
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "a.flac")
            for kind, raw in (("s16", "s16le"), ("s32", "s24le")):
                for channels in ("1", "2", "6"):
                    for level in ("0", "12"):
                        self.ffmpeg("-y", "-f", "lavfi", "-i", "anoisesrc=d=0.2:c=pink:seed=1",
                                    "-ac", channels, "-sample_fmt", kind, "-compression_level",
                                    level, path)
                        sound = flac.decode(pathlib.Path(path).read_bytes())
                        self.assertEqual(sound.samples, self.ffmpeg("-i", path, "-f", raw, "-"))

    def test_wav(self):
        program("ffmpeg")
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "a.wav")
            for codec, raw in (("pcm_u8", "u8"), ("pcm_s24le", "s24le"), ("pcm_f32le", "f32le"),
                               ("pcm_alaw", "s16le"), ("pcm_mulaw", "s16le")):
                for channels in ("1", "6"):
                    self.ffmpeg("-y", "-f", "lavfi", "-i", "anoisesrc=d=0.1:seed=2", "-ac",
                                channels, "-c:a", codec, path)
                    sound = wav.decode(pathlib.Path(path).read_bytes())
                    plain = self.ffmpeg("-i", path, "-f", raw, "-c:a", "pcm_" + raw, "-")
                    self.assertEqual(sound.samples, plain)


if __name__ == "__main__":
    unittest.main()

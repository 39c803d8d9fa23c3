"""PNG and DEFLATE: files made here with zlib, of every colour type, depth and filter."""

import random
import re
import struct
import unittest
import zlib

import deflate
import png
from errors import Damaged
from support import SPEC, mutations


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def filtered(kind, row, above, step):
    """A row as a writer filters it; written apart from the reader's own way."""
    result = bytearray()
    for i, x in enumerate(row):
        a = row[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        result.append((x - (0, a, b, (a + b) // 2, nearest)[kind]) % 256)
    return bytes(result)


class Maker:
    """Makes a PNG of random samples; `pixels[y][x]` is a tuple of them."""

    def __init__(self, dice, width, height, colour, depth, interlace):
        self.dice, self.width, self.height = dice, width, height
        self.colour, self.depth, self.interlace = colour, depth, interlace
        self.samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        top = (1 << depth) - 1
        self.palette = bytes(dice.randrange(256) for _ in range(3 * (top + 1)))
        self.pixels = [[tuple(dice.randint(0, top) for _ in range(self.samples))
                        for _ in range(width)] for _ in range(height)]

    def packed(self, pixels):
        bits = "".join(format(value, f"0{self.depth}b") for pixel in pixels for value in pixel)
        bits += "0" * (-len(bits) % 8)
        return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))

    def rows(self):
        """The rows of pixels as they are sent, in groups of which each begins afresh."""
        if not self.interlace:
            return [self.pixels]
        # The pass of each pixel of a square of 8 by 8: another way to say what Adam7 is.
        passes = ("16462646", "77777777", "56565656", "77777777",
                  "36463646", "77777777", "56565656", "77777777")
        groups = []
        for number in "1234567":
            rows = [[pixel for x, pixel in enumerate(row) if passes[y % 8][x % 8] == number]
                    for y, row in enumerate(self.pixels)]
            groups.append([row for row in rows if row])
        return groups

    def raw(self):
        step = max(1, self.samples * self.depth // 8)
        result = b""
        for group in self.rows():
            above = None
            for pixels in group:
                row = self.packed(pixels)
                kind = self.dice.randrange(5)
                result += bytes((kind,)) + filtered(kind, row, above or bytes(len(row)), step)
                above = row
        return result

    def file(self, transparency=None, raw=None):
        header = struct.pack(">IIBBBBB", self.width, self.height, self.depth, self.colour, 0, 0,
                             int(self.interlace))
        data = zlib.compress(self.raw() if raw is None else raw, self.dice.choice((0, 1, 9)))
        cut = self.dice.randint(0, len(data))
        result = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"tEXt", b"Title\0x")
        if self.colour == 3:
            result += chunk(b"PLTE", self.palette)
        if transparency is not None:
            result += chunk(b"tRNS", transparency)
        result += chunk(b"IDAT", data[:cut]) + chunk(b"IDAT", data[cut:])
        return result + chunk(b"IEND", b"")

    def all_samples(self):
        return [value for row in self.pixels for pixel in row for value in pixel]


class PngTest(unittest.TestCase):
    def expected(self, maker):
        if maker.colour == 3:
            return bytes(part for i in maker.all_samples()
                         for part in maker.palette[3 * i:3 * i + 3])
        if maker.depth == 16:
            return b"".join(value.to_bytes(2, "big") for value in maker.all_samples())
        return bytes(round(value * 255 / ((1 << maker.depth) - 1)) for value in maker.all_samples())

    def test_every_kind(self):
        dice = random.Random(7)
        for colour, depths in png.DEPTHS.items():
            for depth in depths:
                for interlace in (False, True):
                    for width, height in ((1, 1), (2, 3), (7, 5), (33, 18)):
                        maker = Maker(dice, width, height, colour, depth, interlace)
                        with self.subTest(colour=colour, depth=depth, width=width):
                            picture = png.decode(maker.file())
                            self.assertEqual((picture.width, picture.height), (width, height))
                            self.assertEqual(picture.channels, {3: 3}.get(colour, maker.samples))
                            self.assertEqual(picture.maximum, 65535 if depth == 16 else 255)
                            self.assertEqual(picture.samples, self.expected(maker))

    def test_transparency(self):
        dice = random.Random(8)
        maker = Maker(dice, 9, 4, 3, 2, False)
        samples = png.decode(maker.file(b"\x00\x80")).samples
        alphas = [(0, 128, 255, 255)[i] for i in maker.all_samples()]
        self.assertEqual(list(samples[3::4]), alphas)
        maker = Maker(dice, 9, 4, 0, 4, False)
        samples = png.decode(maker.file(b"\x00\x05")).samples
        self.assertEqual(list(samples[1::2]), [0 if v == 5 else 255 for v in maker.all_samples()])
        self.assertEqual(list(samples[0::2]), [17 * v for v in maker.all_samples()])
        maker = Maker(dice, 5, 4, 2, 16, True)
        clear = maker.pixels[1][2]
        samples = png.decode(maker.file(struct.pack(">3H", *clear))).samples
        alphas = [0 if pixel == clear else 65535 for row in maker.pixels for pixel in row]
        self.assertEqual(list(struct.unpack(">80H", samples)[3::4]), alphas)

    def test_netpbm(self):
        dice = random.Random(1)
        for colour, start in ((0, b"P5\n3 2\n255\n"), (2, b"P6\n3 2\n255\n"),
                              (6, b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\n"
                                  b"TUPLTYPE RGB_ALPHA\nENDHDR\n")):
            maker = Maker(dice, 3, 2, colour, 8, False)
            self.assertEqual(png.decode(maker.file()).netpbm(), start + self.expected(maker))

    def refused(self, data, reason):
        with self.assertRaisesRegex(Damaged, reason):
            png.decode(data)

    def test_refused(self):
        maker = Maker(random.Random(2), 6, 5, 2, 8, False)
        data, raw = maker.file(), maker.raw()
        self.refused(b"", "not a PNG")
        self.refused(data[:-3], "ends within")
        self.refused(data[:40] + bytes((data[40] ^ 1,)) + data[41:], "CRC-32")
        self.refused(maker.file(raw=raw[:-1]), "has 94 bytes instead of 95")
        self.refused(maker.file(raw=raw + b"\0"), "more than 95 bytes")
        self.refused(maker.file(raw=b"\5" + raw[1:]), "filter type 5")
        start = data[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 2, 0, 0, 0))
        self.refused(start + chunk(b"IEND", b""), "zlib header")
        self.refused(start + chunk(b"NEWS", b""), "ends within")
        self.refused(start + chunk(b"NEWS", b"") + chunk(b"IEND", b""), "may not be skipped")
        for header, reason in (((0, 5, 8, 2, 0, 0, 0), "no width"),
                               ((6, 5, 4, 2, 0, 0, 0), "depth"),
                               ((6, 5, 8, 5, 0, 0, 0), "colour type 5"),
                               ((6, 5, 8, 2, 0, 0, 2), "interlace"),
                               ((1 << 31, 1 << 31, 8, 2, 0, 0, 0), "claims")):
            body = chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
            self.refused(data[:8] + body + chunk(b"IEND", b""), reason)
        indexed = Maker(random.Random(2), 6, 5, 3, 2, False)
        self.refused(indexed.file().replace(chunk(b"PLTE", indexed.palette), b""), "palette")
        indexed.palette = indexed.palette[:3]
        self.refused(indexed.file(), "beyond the palette")

    def test_damage_raises_nothing_else(self):
        for colour, interlace in ((3, True), (6, False)):
            maker = Maker(random.Random(4), 12, 9, colour, 8, interlace)
            for broken in mutations(maker.raw(), 100, seed=3):
                for data in (maker.file(raw=broken), *mutations(maker.file(), 3, seed=len(broken))):
                    try:
                        png.decode(data)
                    except Damaged:
                        pass


class DeflateTest(unittest.TestCase):
    def test_what_zlib_makes(self):
        dice = random.Random(6)
        for size in (0, 1, 300, 70000):
            data = bytes(dice.choice(b"abcd") if dice.random() < 0.9 else dice.randrange(256)
                         for _ in range(size))
            for level in (0, 1, 6, 9):
                for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED):
                    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
                    packed = packer.compress(data) + packer.flush()
                    self.assertEqual(deflate.unzlib(packed, size), data)

    def test_longest_and_farthest(self):
        dice = random.Random(1)
        far = bytes(dice.randrange(256) for _ in range(32768))
        for data in (bytes(100000), far + far):
            self.assertEqual(deflate.unzlib(zlib.compress(data, 9), len(data)), data)

    def test_same_verdict_as_zlib(self):
        data = zlib.compress(b"to be or not to be, that is the question " * 5, 9)
        for broken in mutations(data, 3000, seed=5):
            try:
                unpacker = zlib.decompressobj()
                expected = unpacker.decompress(broken)
                if not unpacker.eof:
                    expected = None
            except zlib.error:
                expected = None
            try:
                mine = bytes(deflate.unzlib(broken, 1 << 20))
            except Damaged:
                mine = None
            # zlib alone refuses codes that leave room for more; the text does not ask for that.
            if expected is not None:
                self.assertEqual(mine, expected)

    def test_refused(self):
        good = zlib.compress(b"abc" * 100)
        for data, reason in ((good[:-1], "too early"), (b"\x78\x00" + good[2:], "header"),
                             (good[:-1] + bytes((good[-1] ^ 1,)), "Adler-32"),
                             (b"\x78\x9c\x07", "kind"),
                             (b"\x78\x9c\x01\x05\x00\x00\x00", "complement"),
                             (b"\x78\x9c\x03\x02\x00", "before the beginning")):
            with self.assertRaisesRegex(Damaged, reason):
                deflate.unzlib(data, 1000)
        with self.assertRaisesRegex(Damaged, "more than 299"):
            deflate.unzlib(good, 299)

    def test_checksums(self):
        for data in (b"", b"123456789", bytes(range(256)) * 50):
            self.assertEqual(deflate.adler32(data), zlib.adler32(data))
            self.assertEqual(png.crc32(data), zlib.crc32(data))

    def test_printed_tables(self):
        text = (SPEC / "decode/png.txt").read_text()
        lengths = text[text.index("4.4 Lengths"):text.index("(285 is the length")]
        distances = text[text.index("\nDistances:"):text.index("(30 and 31 are errors.)")]
        for part, base, extra, first in (
                (lengths, deflate.LENGTH_BASE, deflate.LENGTH_EXTRA, 257),
                (distances, deflate.DISTANCE_BASE, deflate.DISTANCE_EXTRA, 0)):
            rows = re.findall(r"\b(\d+) +(\d+) +(\d+)\b", part)
            printed = {int(symbol): (int(bits), int(start)) for symbol, bits, start in rows}
            self.assertEqual(printed, {first + i: pair for i, pair in enumerate(zip(extra, base))})
        order = re.search(r"not sent are 0\):\n\n([ 0-9]+)\n", text)[1]
        self.assertEqual(tuple(map(int, order.split())), deflate.CODE_LENGTH_ORDER)


if __name__ == "__main__":
    unittest.main()

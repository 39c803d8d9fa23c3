"""JPEG: files made here from known coefficients, and photographs against another decoder."""

import math
import random
import re
import subprocess
import unittest

import jpeg
from errors import Damaged, Unsupported
from jpeg_scan import ZIGZAG
from jpeg_writer import JpegWriter, Plane, segment
from support import SHARED, SPEC, mutations, outside, program

FFMPEG_FORMATS = {((1, 1),): "gray", ((1, 1),) * 3: "yuvj444p",
                  ((2, 1), (1, 1), (1, 1)): "yuvj422p", ((2, 2), (1, 1), (1, 1)): "yuvj420p"}


def random_blocks(dice, count, density):
    blocks = []
    for _ in range(count):
        block = [0] * 64
        block[0] = dice.randint(-500, 500)
        for k in range(1, 64):
            if dice.random() < density:
                block[k] = dice.choice((1, -1, 2, -2, 3, -3, 5, -9, 17, -40))
        blocks.append(block)
    return blocks


def random_planes(dice, width, height, factors):
    h_max, v_max = max(h for h, _ in factors), max(v for _, v in factors)
    across, down = -(-width // (8 * h_max)), -(-height // (8 * v_max))
    return [Plane(h, v, across * h, random_blocks(dice, across * h * down * v,
                                                  dice.choice((0.0, 0.02, 0.3))))
            for h, v in factors]


def cosine_by_definition(coefficients):
    """The formula of section 9 as it stands there."""
    def c(u):
        return 1 / math.sqrt(2) if u == 0 else 1.0

    rows = []
    for y in range(8):
        row = []
        for x in range(8):
            value = sum(c(u) * c(v) * coefficients[8 * v + u]
                        * math.cos((2 * x + 1) * u * math.pi / 16)
                        * math.cos((2 * y + 1) * v * math.pi / 16)
                        for u in range(8) for v in range(8))
            row.append(min(255, max(0, math.floor(value / 4 + 128.5))))
        rows.append(bytes(row))
    return rows


def expected_samples(component, plane, quantisation):
    """The samples of a decoded component as they follow from the coefficients written."""
    lines = []
    for start in range(0, len(plane.blocks), plane.columns):
        rows = zip(*(jpeg.block_samples(block, quantisation)
                     for block in plane.blocks[start:start + plane.columns]))
        lines += [b"".join(row)[:component.width] for row in rows]
    return b"".join(lines[:component.height])


class CosineTest(unittest.TestCase):
    def test_as_defined(self):
        dice = random.Random(3)
        for _ in range(30):
            block = [dice.randint(-60, 60) if dice.random() < 0.3 else 0 for _ in range(64)]
            block[0] = dice.randint(-900, 900)
            decoded = jpeg.block_samples(block, [1] * 64)
            for mine, exact in zip(decoded, cosine_by_definition(block)):
                self.assertLessEqual(max(abs(a - b) for a, b in zip(mine, exact)), 1)

    def test_examples_of_the_text(self):
        block = [80] + [0] * 63
        self.assertEqual(jpeg.block_samples(block, [1] * 64), [bytes([138] * 8)] * 8)
        block = [0, 100] + [0] * 62
        row = bytes((145, 143, 138, 131, 125, 118, 113, 111))
        self.assertEqual(jpeg.block_samples(block, [1] * 64), [row] * 8)

    def test_printed_zigzag(self):
        text = (SPEC / "decode/jpeg.txt").read_text()
        table = text[text.index("8 * row + column:"):text.index("So k = 0 is")]
        self.assertEqual(tuple(map(int, re.findall(r"[0-9]+", table)[1:])), ZIGZAG)


class WrittenHereTest(unittest.TestCase):
    QUANTISATION = [(3 * i) % 7 + 1 for i in range(64)]  # in zigzag order

    def check(self, data, planes):
        table = [0] * 64
        for k, entry in enumerate(self.QUANTISATION):
            table[ZIGZAG[k]] = entry
        frame = jpeg.decode_components(data).frame
        for component, plane in zip(frame.components, planes):
            self.assertEqual(component.samples, expected_samples(component, plane, table))

    def test_all_kinds(self):
        dice = random.Random(5)
        for factors in (((1, 1),), ((2, 2),), ((1, 1),) * 3, ((2, 1), (1, 1), (1, 1)),
                        ((2, 2), (1, 1), (1, 1)), ((1, 2), (1, 1), (1, 1)),
                        ((4, 1), (2, 1), (1, 1)), ((1, 1), (2, 2), (1, 1))):
            for width, height in ((1, 1), (8, 8), (17, 9), (50, 35)):
                for interval in (0, 1, 3):
                    planes = random_planes(dice, width, height, factors)
                    writer = JpegWriter(width, height, planes, interval)
                    with self.subTest(factors=factors, width=width, interval=interval):
                        self.check(writer.baseline(self.QUANTISATION), planes)
                        self.check(writer.baseline(self.QUANTISATION, True), planes)
                        self.check(writer.progressive(self.QUANTISATION), planes)

    def test_long_run_of_ended_blocks(self):
        planes = [Plane(1, 1, 200, [[0] * 64 for _ in range(200 * 200)])]
        planes[0].blocks[-1][63] = 5
        data = JpegWriter(1600, 1600, planes).progressive(self.QUANTISATION)
        self.check(data, planes)

    def test_colour_and_grey(self):
        grey = [Plane(1, 1, 1, [[80 // self.QUANTISATION[0]] + [0] * 63])]
        picture, orientation = jpeg.decode(JpegWriter(8, 8, grey).baseline(self.QUANTISATION))
        self.assertEqual((picture.channels, orientation), (1, 1))
        self.assertEqual(picture.samples, bytes([138] * 64))
        levels = (-28, -60, 80)  # Y, Cb, Cr around 128, times 8
        planes = [Plane(1, 1, 1, [[8 * level] + [0] * 63]) for level in levels]
        picture, _ = jpeg.decode(JpegWriter(8, 8, planes).baseline([1] * 64))
        y, cb, cr = (128 + level for level in levels)
        expected = [y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
                    y + 1.772 * (cb - 128)]
        expected = bytes(min(255, max(0, round(value))) for value in expected)
        self.assertEqual(picture.samples[:3], expected)

    def test_orientation(self):
        for order, mark in (("little", b"II"), ("big", b"MM")):
            tiff = mark + (42).to_bytes(2, order) + (8).to_bytes(4, order) + (1).to_bytes(2, order)
            tiff += (0x112).to_bytes(2, order) + (3).to_bytes(2, order) + (1).to_bytes(4, order)
            tiff += (6).to_bytes(2, order) + bytes(6)
            self.assertEqual(jpeg.exif_orientation(tiff), 6)
            self.assertEqual(jpeg.exif_orientation(tiff[:-8]), 1)
        self.assertEqual(jpeg.exif_orientation(b""), 1)


class RefusedTest(unittest.TestCase):
    def setUp(self):
        planes = random_planes(random.Random(9), 40, 24, ((2, 2), (1, 1), (1, 1)))
        writer = JpegWriter(40, 24, planes, 2)
        self.baseline = writer.baseline([1] * 64)
        self.progressive = writer.progressive([1] * 64)

    def refused(self, data, reason, kind=Damaged):
        with self.assertRaisesRegex(kind, reason):
            jpeg.decode(data)

    def test_refused(self):
        data = self.baseline
        self.refused(b"", "not a JPEG")
        self.refused(data[:100], "beyond the end")
        self.refused(b"\xff\xd8\xff\xd9", "no scan")
        self.refused(data.replace(b"\xff\xc0", b"\xff\xc9"), "arithmetic", Unsupported)
        frame = data.index(b"\xff\xc0") + 4
        self.refused(data[:frame] + b"\x0c" + data[frame + 1:], "12 bits", Unsupported)
        self.refused(data[:frame + 1] + bytes(2) + data[frame + 3:], "no width")
        self.refused(data[:frame + 1] + b"\xff\xff\xff\xff" + data[frame + 5:], "65535 x 65535")
        self.refused(data.replace(b"\xff\xda", segment(0xFE, b"") + b"\xff\xda", 1)
                     .replace(b"\xff\xc4", b"\xff\xfe", 1), "Huffman table that is missing")
        self.refused(data.replace(b"\xff\xdb", b"\xff\xfe", 1), "quantisation table is missing")

    def test_damage_raises_nothing_else(self):
        for data in (self.baseline, self.progressive):
            for broken in mutations(data, 400, seed=2):
                try:
                    jpeg.decode(broken)
                except (Damaged, Unsupported):
                    pass


class PhotographsTest(unittest.TestCase):
    def compare(self, path):
        decoder = jpeg.decode_components(path.read_bytes())
        components = decoder.frame.components
        kind = FFMPEG_FORMATS[tuple((c.horizontal, c.vertical) for c in components)]
        planes = subprocess.run(
            ["ffmpeg", "-v", "error", "-noautorotate", "-idct", "faani", "-i", str(path),
             "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", kind, "-"], check=True, capture_output=True).stdout
        self.assertEqual(len(planes), sum(c.width * c.height for c in components))
        at = 0
        for component in components:
            size = component.width * component.height
            differences = [abs(a - b) for a, b in zip(planes[at:at + size], component.samples)]
            self.assertLess(sum(differences) / size, 0.1)
            self.assertLessEqual(max(differences), 1)
            at += size

    def test_samples_against_ffmpeg(self):
        program("ffmpeg")
        for path in sorted(outside(SHARED / "samples").glob("*.jpg")):
            with self.subTest(path.name):
                self.compare(path)


if __name__ == "__main__":
    unittest.main()

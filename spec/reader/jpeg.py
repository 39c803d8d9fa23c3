"""JPEG with Huffman coding and 8 bits, baseline and progressive, from decode/jpeg.txt."""

import math
from array import array

from errors import Damaged, Unsupported
from jpeg_scan import ZIGZAG, decode_scan, huffman_table, split_intervals
from picture import Picture, check_size

SOF0, SOF1, SOF2, DHT, RST0, RST7 = 0xC0, 0xC1, 0xC2, 0xC4, 0xD0, 0xD7
SOI, EOI, SOS, DQT, DRI, APP0, APP1, APP14 = 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xE0, 0xE1, 0xEE
TEM = 0x01
OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)

# Each scan costs a pass over the whole picture; encoders make about ten.
SCANS_MAX = 200


class Component:
    """One component of the frame. Blocks are numbered row by row, `columns` a row."""

    def __init__(self, identifier, horizontal, vertical, quantisation):
        self.identifier = identifier
        self.horizontal = horizontal
        self.vertical = vertical
        self.quantisation = quantisation
        self.dc_table = None
        self.ac_table = None
        self.width = self.height = self.columns = self.rows = 0
        self.coefficients = array("i")
        self.samples = b""


class Frame:
    """The frame (section 5), its components, and their blocks (section 6)."""

    def __init__(self, data, progressive, restart_interval):
        if len(data) < 6 or len(data) != 6 + 3 * data[5]:
            raise Damaged("the frame header has a wrong size")
        if data[0] != 8:
            raise Unsupported(f"samples of {data[0]} bits")
        self.progressive = progressive
        self.restart_interval = restart_interval
        self.height = int.from_bytes(data[1:3], "big")
        self.width = int.from_bytes(data[3:5], "big")
        check_size(self.width, self.height)
        if data[5] not in (1, 3, 4):
            raise Unsupported(f"{data[5]} components")
        self.components = [Component(data[i], data[i + 1] >> 4, data[i + 1] & 15, data[i + 2])
                           for i in range(6, len(data), 3)]
        for component in self.components:
            if not 1 <= component.horizontal <= 4 or not 1 <= component.vertical <= 4:
                raise Damaged("a sampling factor is not 1 to 4")
        self.h_max = max(c.horizontal for c in self.components)
        self.v_max = max(c.vertical for c in self.components)
        self.mcu_columns = -(-self.width // (8 * self.h_max))
        self.mcu_rows = -(-self.height // (8 * self.v_max))
        for component in self.components:
            component.width = -(-self.width * component.horizontal // self.h_max)
            component.height = -(-self.height * component.vertical // self.v_max)
            component.columns = self.mcu_columns * component.horizontal
            component.rows = self.mcu_rows * component.vertical
            component.coefficients = array("i", bytes(256)) * (component.columns * component.rows)

    def units_of(self, scan):
        """The scan's MCUs in order, each a list of pairs (component, number of a block)."""
        if len(scan.components) == 1:
            component = scan.components[0]
            across, down = -(-component.width // 8), -(-component.height // 8)
            return [[(component, row * component.columns + column)]
                    for row in range(down) for column in range(across)]
        return [self._unit(scan, row, column)
                for row in range(self.mcu_rows) for column in range(self.mcu_columns)]

    @staticmethod
    def _unit(scan, mcu_row, mcu_column):
        return [(c, (mcu_row * c.vertical + v) * c.columns + mcu_column * c.horizontal + h)
                for c in scan.components for v in range(c.vertical) for h in range(c.horizontal)]


class Scan:
    """The header of a scan (section 6); gives its components their Huffman tables."""

    def __init__(self, data, frame, tables):
        count = data[0] if data else 0
        if not 1 <= count <= 4 or len(data) != 4 + 2 * count:
            raise Damaged("the scan header has a wrong size")
        self.ss, self.se = data[-3], data[-2]
        self.ah, self.al = data[-1] >> 4, data[-1] & 15
        by_identifier = {c.identifier: c for c in frame.components}
        self.components = []
        for i in range(1, 1 + 2 * count, 2):
            component = by_identifier.pop(data[i], None)
            if component is None:
                raise Damaged("a scan names a component that the frame does not have")
            component.dc_table = tables.get((0, data[i + 1] >> 4))
            component.ac_table = tables.get((1, data[i + 1] & 15))
            self.components.append(component)
        self._check(frame)

    def _check(self, frame):
        if not frame.progressive:
            if (self.ss, self.se, self.ah, self.al) != (0, 63, 0, 0):
                raise Damaged("a sequential picture with a progressive scan")
        elif self.ss == 0 and self.se != 0 or not self.ss <= self.se <= 63 or self.al > 13 \
                or self.ss > 0 and len(self.components) > 1 or self.ah not in (0, self.al + 1):
            raise Damaged("a progressive scan with impossible parameters")
        needs_dc = self.ss == 0 and self.ah == 0
        for component in self.components:
            if needs_dc and component.dc_table is None or self.se and component.ac_table is None:
                raise Damaged("a scan needs a Huffman table that is missing")


class Decoder:
    """Goes through the segments of a file and keeps what they say."""

    def __init__(self, data):
        self._data = data
        self._quantisation = {}
        self._huffman = {}
        self._restart_interval = 0
        self.frame = None
        self.adobe_transform = None
        self.is_jfif = False
        self.orientation = 1

    def run(self):
        if self._data[:2] != b"\xff\xd8":
            raise Damaged("this is not a JPEG file")
        at, scans = 2, 0
        while True:
            marker, content, at = self._segment(at)
            if marker == EOI:
                break
            if marker == SOS:
                scans += 1
                if scans > SCANS_MAX:
                    raise Damaged(f"more than {SCANS_MAX} scans")
                at = self._scan(content, at)
            else:
                self._take(marker, content)
        if scans == 0:
            raise Damaged("the file has no scan, so no picture")
        for component in self.frame.components:
            if component.quantisation not in self._quantisation:
                raise Damaged("a quantisation table is missing")
            reconstruct(component, self._quantisation[component.quantisation])

    def _segment(self, at):
        """The next marker, its content, and where the following one starts."""
        data = self._data
        if data[at:at + 1] != b"\xff":
            if at >= len(data) and self.frame:  # cut off before EOI: show what there is
                return EOI, b"", at
            raise Damaged(f"no marker at byte {at}")
        while data[at:at + 1] == b"\xff":
            at += 1
        if at >= len(data):
            raise Damaged("the file ends within a marker")
        marker = data[at]
        at += 1
        if marker in (EOI, SOI, TEM) or RST0 <= marker <= RST7:
            return marker, b"", at
        size = int.from_bytes(data[at:at + 2], "big")
        if size < 2 or at + size > len(data):
            raise Damaged(f"the segment at byte {at} runs beyond the end of the file")
        return marker, data[at + 2:at + size], at + size

    def _take(self, marker, content):
        if marker in (SOF0, SOF1, SOF2):
            if self.frame:
                raise Damaged("the file has a second frame")
            self.frame = Frame(content, marker == SOF2, self._restart_interval)
        elif marker in OTHER_FRAMES:
            raise Unsupported(f"lossless or arithmetic JPEG (marker 0xFF{marker:02X})")
        elif marker == DQT:
            self._quantisation_tables(content)
        elif marker == DHT:
            self._huffman_tables(content)
        elif marker == DRI:
            self._restart_interval = int.from_bytes(content[:2], "big")
        elif marker == APP0 and content[:5] == b"JFIF\0":
            self.is_jfif = True
        elif marker == APP1 and content[:6] == b"Exif\0\0":
            self.orientation = exif_orientation(content[6:])
        elif marker == APP14 and content[:5] == b"Adobe" and len(content) >= 12:
            self.adobe_transform = content[11]

    def _quantisation_tables(self, content):
        while content:
            wide, number = content[0] >> 4, content[0] & 15
            size = 128 if wide else 64
            entries = content[1:1 + size]
            if wide > 1 or number > 3 or len(entries) < size:
                raise Damaged("a quantisation table is wrong")
            if wide:
                entries = [entries[i] << 8 | entries[i + 1] for i in range(0, size, 2)]
            table = [0] * 64
            for k, entry in enumerate(entries):
                table[ZIGZAG[k]] = entry
            self._quantisation[number] = table
            content = content[1 + size:]

    def _huffman_tables(self, content):
        while content:
            kind, number = content[0] >> 4, content[0] & 15
            counts = content[1:17]
            total = sum(counts)
            values = content[17:17 + total]
            if kind > 1 or number > 3 or len(counts) < 16 or total > 256 or len(values) < total:
                raise Damaged("a Huffman table is wrong")
            self._huffman[kind, number] = huffman_table(counts, values)
            content = content[17 + total:]

    def _scan(self, content, at):
        if not self.frame:
            raise Damaged("a scan comes before the frame")
        self.frame.restart_interval = self._restart_interval
        scan = Scan(content, self.frame, self._huffman)
        intervals, end = split_intervals(self._data, at)
        try:
            decode_scan(self.frame, scan, intervals)
        except OverflowError:
            raise Damaged("a coefficient is too large") from None
        return end


# Half the cosines of section 9: C[k] = cos(k * pi / 16) / 2. C[4] is also C(0) / 2.
C = [math.cos(k * math.pi / 16) / 2 for k in range(8)]


def _inverse_cosine(s0, s1, s2, s3, s4, s5, s6, s7):
    """Eight values of one step of section 9.

    The waves with even numbers are symmetric about the middle and the odd ones
    antisymmetric, so that four sums of each kind make all eight values.
    """
    a, b = (s0 + s4) * C[4], (s0 - s4) * C[4]
    c, d = s2 * C[2] + s6 * C[6], s2 * C[6] - s6 * C[2]
    e0, e1, e2, e3 = a + c, b + d, b - d, a - c
    o0 = s1 * C[1] + s3 * C[3] + s5 * C[5] + s7 * C[7]
    o1 = s1 * C[3] - s3 * C[7] - s5 * C[1] - s7 * C[5]
    o2 = s1 * C[5] - s3 * C[1] + s5 * C[7] + s7 * C[3]
    o3 = s1 * C[7] - s3 * C[5] + s5 * C[3] - s7 * C[1]
    return e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0


def block_samples(coefficients, quantisation):
    """The eight rows of eight samples of one block (section 9)."""
    values = [c * q for c, q in zip(coefficients, quantisation)]
    if not any(values[1:]):
        level = min(255, max(0, math.floor(values[0] / 8 + 128.5)))
        return [bytes((level,)) * 8] * 8
    rows = [_inverse_cosine(*values[i:i + 8]) for i in range(0, 64, 8)]
    columns = [_inverse_cosine(*column) for column in zip(*rows)]
    return [bytes([0 if v < -128 else 255 if v >= 127 else int(v + 128.5) for v in row])
            for row in zip(*columns)]


def reconstruct(component, quantisation):
    """Makes the component's samples from its coefficients; `width` by `height` of them."""
    lines = []
    size = 64 * component.columns
    for start in range(0, size * (-(-component.height // 8)), size):
        blocks = [block_samples(component.coefficients[i:i + 64], quantisation)
                  for i in range(start, start + size, 64)]
        lines += [b"".join(parts)[:component.width] for parts in zip(*blocks)]
    component.samples = b"".join(lines[:component.height])
    component.coefficients = array("i")


def exif_orientation(tiff):
    """The orientation, 1 to 8, from the TIFF data of an Exif segment (section 12)."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return 1
    at = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[at:at + 2], order)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
        if int.from_bytes(tiff[entry:entry + 2], order) == 0x0112:
            value = int.from_bytes(tiff[entry + 8:entry + 10], order)
            return value if 1 <= value <= 8 else 1
    return 1


def _full_size(frame, component):
    """The component's rows, enlarged to the size of the picture (section 10)."""
    columns = [x * component.horizontal // frame.h_max for x in range(frame.width)]
    for y in range(frame.height):
        start = (y * component.vertical // frame.v_max) * component.width
        row = component.samples[start:start + component.width]
        yield row if len(row) == frame.width else bytes([row[x] for x in columns])


CLAMP = bytes(256) + bytes(range(256)) + b"\xff" * 256  # index: value + 256
RED_OF_CR = [round(1.402 * (i - 128)) + 256 for i in range(256)]
BLUE_OF_CB = [round(1.772 * (i - 128)) + 256 for i in range(256)]
GREEN_OF_CB = [-0.344136 * (i - 128) + 256.5 for i in range(256)]
GREEN_OF_CR = [-0.714136 * (i - 128) for i in range(256)]


def _rgb_row(luma, blue, red):
    """A row of Y, Cb, Cr as red, green, blue, one after another."""
    row = bytearray(3 * len(luma))
    row[0::3] = bytes([CLAMP[y + RED_OF_CR[r]] for y, r in zip(luma, red)])
    row[1::3] = bytes([CLAMP[y + int(GREEN_OF_CB[b] + GREEN_OF_CR[r])]
                       for y, b, r in zip(luma, blue, red)])
    row[2::3] = bytes([CLAMP[y + BLUE_OF_CB[b]] for y, b in zip(luma, blue)])
    return row


def _from_print_row(parts, transform):
    """A row of cyan, magenta, yellow, black, inverted as Adobe does, as RGB."""
    *colours, black = parts
    if transform == 2:
        row = bytes(255 - value for value in _rgb_row(*colours))
    else:
        row = bytes(value for pixel in zip(*colours) for value in pixel)
    return bytes(row[i] * black[i // 3] // 255 for i in range(len(row)))


def _stored_as_rgb(decoder):
    if decoder.adobe_transform is not None:
        return decoder.adobe_transform == 0
    return not decoder.is_jfif and [c.identifier for c in decoder.frame.components] == [*b"RGB"]


def _to_picture(decoder):
    frame = decoder.frame
    rows = zip(*(_full_size(frame, component) for component in frame.components))
    if len(frame.components) == 1:
        made = (row for row, in rows)
    elif len(frame.components) == 4:
        made = (_from_print_row(parts, decoder.adobe_transform) for parts in rows)
    elif _stored_as_rgb(decoder):
        made = (bytes(value for pixel in zip(*parts) for value in pixel) for parts in rows)
    else:
        made = (_rgb_row(*parts) for parts in rows)
    channels = 1 if len(frame.components) == 1 else 3
    return Picture(frame.width, frame.height, channels, 255, b"".join(made))


def decode_components(data):
    """A Decoder whose frame's components have their samples, before section 10."""
    decoder = Decoder(data)
    decoder.run()
    return decoder


def decode(data):
    """The Picture in the bytes of a JPEG file, as stored, and its orientation, 1 to 8."""
    decoder = decode_components(data)
    return _to_picture(decoder), decoder.orientation

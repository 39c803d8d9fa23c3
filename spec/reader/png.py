"""PNG, written from decode/png.txt."""

from deflate import unzlib
from errors import Damaged
from picture import Picture, check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLES_PER_PIXEL = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2))


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0xEDB88320 if value & 1 else value >> 1
        table.append(value)
    return table


CRC_TABLE = _crc_table()


def crc32(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


class Header:
    def __init__(self, data):
        if len(data) != 13:
            raise Damaged("IHDR does not have 13 bytes")
        self.width = int.from_bytes(data[0:4], "big")
        self.height = int.from_bytes(data[4:8], "big")
        self.depth, self.colour, compression, filtering, self.interlace = data[8:13]
        check_size(self.width, self.height)
        if self.depth not in DEPTHS.get(self.colour, ()):
            raise Damaged(f"colour type {self.colour} with bit depth {self.depth}")
        if compression != 0 or filtering != 0 or self.interlace > 1:
            raise Damaged("an unknown compression, filter or interlace method")
        self.samples = SAMPLES_PER_PIXEL[self.colour]

    def row_bytes(self, width):
        return (width * self.samples * self.depth + 7) // 8

    def passes(self):
        """For each smaller picture: x0, y0, dx, dy, width, height (section 7)."""
        result = []
        for x0, y0, dx, dy in ADAM7 if self.interlace else ((0, 0, 1, 1),):
            width = (self.width - x0 + dx - 1) // dx
            height = (self.height - y0 + dy - 1) // dy
            if width > 0 and height > 0:
                result.append((x0, y0, dx, dy, width, height))
        return result


def chunks(data):
    """The chunks up to IEND, their CRC-32 checked, as pairs of type and data."""
    if data[:8] != SIGNATURE:
        raise Damaged("this is not a PNG file")
    at = 8
    result = []
    while not result or result[-1][0] != b"IEND":
        size = int.from_bytes(data[at:at + 4], "big")
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        check = data[at + 8 + size:at + 12 + size]
        if len(check) < 4:
            raise Damaged(f"the file ends within the chunk at byte {at}")
        if crc32(kind + body) != int.from_bytes(check, "big"):
            raise Damaged(f"the CRC-32 of the chunk at byte {at} is wrong")
        result.append((kind, body))
        at += 12 + size
    return result


def _paeth(a, b, c):
    q = a + b - c
    pa, pb, pc = abs(q - a), abs(q - b), abs(q - c)
    if pa <= pb and pa <= pc:
        return a
    return b if pb <= pc else c


def unfilter(kind, row, above, step):
    """Undoes a row's filter in place (section 5). `step`: the bytes of one pixel."""
    if kind == 1:
        for i in range(step, len(row)):
            row[i] = (row[i] + row[i - step]) & 0xFF
    elif kind == 2:
        for i, up in enumerate(above):
            row[i] = (row[i] + up) & 0xFF
    elif kind == 3:
        for i, up in enumerate(above):
            left = row[i - step] if i >= step else 0
            row[i] = (row[i] + (left + up) // 2) & 0xFF
    elif kind == 4:
        for i, up in enumerate(above):
            if i >= step:
                row[i] = (row[i] + _paeth(row[i - step], up, above[i - step])) & 0xFF
            else:
                row[i] = (row[i] + up) & 0xFF
    elif kind != 0:
        raise Damaged(f"filter type {kind} does not exist")


def _unpack(row, depth, count):
    """The samples of a row as numbers."""
    if depth == 8:
        return row[:count]
    if depth == 16:
        return [high << 8 | low for high, low in zip(row[0::2], row[1::2])][:count]
    mask = (1 << depth) - 1
    shifts = range(8 - depth, -1, -depth)
    return [byte >> shift & mask for byte in row for shift in shifts][:count]


def _samples(header, data):
    """All samples of the whole picture, row by row, as they stand in the file."""
    n = header.samples
    result = [0] * (header.width * header.height * n)
    at = 0
    for x0, y0, dx, dy, width, height in header.passes():
        size = header.row_bytes(width)
        above = bytearray(size)
        for line in range(height):
            kind, row = data[at], bytearray(data[at + 1:at + 1 + size])
            at += 1 + size
            unfilter(kind, row, above, max(1, n * header.depth // 8))
            above = row
            values = _unpack(row, header.depth, width * n)
            start = ((y0 + line * dy) * header.width + x0) * n
            for channel in range(n):
                first, step = start + channel, dx * n
                result[first:first + (width - 1) * step + 1:step] = values[channel::n]
    return result


def _with_palette(values, palette, transparency):
    if palette is None or len(palette) % 3 or not 1 <= len(palette) // 3 <= 256:
        raise Damaged("the palette is missing or has a wrong size")
    colours = [tuple(palette[i:i + 3]) for i in range(0, len(palette), 3)]
    if max(values) >= len(colours):
        raise Damaged("a pixel's colour is beyond the palette")
    if transparency is not None:
        alphas = transparency[:len(colours)].ljust(len(colours), b"\xff")
        colours = [colour + (alpha,) for colour, alpha in zip(colours, alphas)]
    return bytes(part for value in values for part in colours[value]), len(colours[0])


def _with_transparent_colour(values, samples, transparency, maximum):
    """Adds an alpha sample to each pixel: 0 for the one colour that tRNS names."""
    if len(transparency) != 2 * samples:
        raise Damaged("tRNS has a wrong size")
    clear = [int.from_bytes(transparency[i:i + 2], "big") for i in range(0, 2 * samples, 2)]
    result = []
    for i in range(0, len(values), samples):
        pixel = list(values[i:i + samples])
        result += pixel + [0 if pixel == clear else maximum]
    return result


def _expected_bytes(header):
    return sum((1 + header.row_bytes(width)) * height
               for _, _, _, _, width, height in header.passes())


def decode(data):
    """The Picture in the bytes of a PNG file."""
    found = {}
    compressed = []
    for number, (kind, body) in enumerate(chunks(data)):
        if (number == 0) != (kind == b"IHDR"):
            raise Damaged("IHDR is not the first chunk, or comes twice")
        if kind == b"IDAT":
            compressed.append(body)
        elif kind in (b"IHDR", b"PLTE", b"tRNS"):
            found[kind] = body
        elif not kind[0] & 0x20 and kind != b"IEND":
            raise Damaged(f"an unknown chunk that may not be skipped: {kind!r}")
    header = Header(found[b"IHDR"])
    expected = _expected_bytes(header)
    raw = unzlib(b"".join(compressed), expected)
    if len(raw) != expected:
        raise Damaged(f"the picture has {len(raw)} bytes instead of {expected}")
    values = _samples(header, raw)
    transparency = found.get(b"tRNS")
    if header.colour == 3:
        samples, channels = _with_palette(values, found.get(b"PLTE"), transparency)
        return Picture(header.width, header.height, channels, 255, samples)
    maximum = (1 << header.depth) - 1
    channels = header.samples
    if transparency is not None and header.colour in (0, 2):
        values = _with_transparent_colour(values, channels, transparency, maximum)
        channels += 1
    if header.depth == 16:
        samples = b"".join(value.to_bytes(2, "big") for value in values)
        return Picture(header.width, header.height, channels, maximum, samples)
    scale = 255 // maximum  # 1, 3, 15 and 255 all divide 255
    samples = bytes(value * scale for value in values)
    return Picture(header.width, header.height, channels, 255, samples)

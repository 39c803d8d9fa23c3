"""Writes JPEG files from given coefficients, for the tests of jpeg.py only.

Baseline or progressive, with every kind of scan. The Huffman code is a fixed
one with room for all 256 symbols: 8 bits for those below 128, 9 for the rest.
"""

from jpeg_scan import ZIGZAG

HUFFMAN_TABLE = bytes([0] * 7 + [128, 128] + [0] * 7) + bytes(range(256))


class BitWriter:
    def __init__(self):
        self._bits = []

    def put(self, value, count):
        self._bits.append(format(value, f"0{count}b") if count else "")

    def symbol(self, value):
        self.put(value if value < 128 else 128 + value, 8 if value < 128 else 9)

    def number(self, value):
        """A number as EXTEND reads it; the symbol with its size comes before."""
        size = abs(value).bit_length()
        self.put(value if value >= 0 else value + (1 << size) - 1, size)

    def stuffed(self):
        bits = "".join(self._bits)
        bits += "1" * (-len(bits) % 8)
        data = int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:] if bits else b""
        return data.replace(b"\xff", b"\xff\x00")


class Plane:
    """A component: sampling factors, blocks a row, and blocks of 64 coefficients."""

    def __init__(self, horizontal, vertical, columns, blocks):
        self.horizontal = horizontal
        self.vertical = vertical
        self.columns = columns
        self.blocks = blocks


def segment(marker, content):
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def towards_zero(value, shift):
    return -(-value >> shift) if value < 0 else value >> shift


def put_baseline(bits, block, previous):
    difference = block[0] - previous
    bits.symbol(abs(difference).bit_length())
    bits.number(difference)
    run = 0
    for k in range(1, 64):
        value = block[ZIGZAG[k]]
        if value == 0:
            run += 1
            continue
        while run > 15:
            bits.symbol(0xF0)
            run -= 16
        bits.symbol(run << 4 | abs(value).bit_length())
        bits.number(value)
        run = 0
    if run:
        bits.symbol(0)


class AcScan:
    """One scan of AC coefficients of a progressive picture, with runs of ended blocks."""

    def __init__(self, ss, se, al):
        self.bits = BitWriter()
        self._ss, self._se, self._al = ss, se, al
        self._run = 0
        self._corrections = []

    def _flush(self):
        if self._run:
            size = self._run.bit_length() - 1
            self.bits.symbol(size << 4)
            self.bits.put(self._run - (1 << size), size)
            self._put_corrections(self._corrections)
        self._run, self._corrections = 0, []

    def _put_corrections(self, corrections):
        for bit in corrections:
            self.bits.put(bit, 1)

    def _block_ends(self, corrections):
        self._run += 1
        self._corrections += corrections
        if self._run == 0x7FFF:
            self._flush()

    def first(self, block):
        run = 0
        for k in range(self._ss, self._se + 1):
            value = towards_zero(block[ZIGZAG[k]], self._al)
            if value == 0:
                run += 1
                continue
            self._flush()
            while run > 15:
                self.bits.symbol(0xF0)
                run -= 16
            self.bits.symbol(run << 4 | abs(value).bit_length())
            self.bits.number(value)
            run = 0
        if run:
            self._block_ends([])

    def later(self, block):
        values = {k: towards_zero(block[ZIGZAG[k]], self._al)
                  for k in range(self._ss, self._se + 1)}
        last_new = max((k for k, value in values.items() if abs(value) == 1), default=0)
        run, corrections = 0, []
        for k, value in values.items():
            if value == 0:
                run += 1
                continue
            while run > 15 and k <= last_new:
                self._flush()
                self.bits.symbol(0xF0)
                self._put_corrections(corrections)
                run, corrections = run - 16, []
            if abs(value) > 1:
                corrections.append(abs(value) & 1)
                continue
            self._flush()
            self.bits.symbol(run << 4 | 1)
            self.bits.put(1 if value > 0 else 0, 1)
            self._put_corrections(corrections)
            run, corrections = 0, []
        if run or corrections:
            self._block_ends(corrections)

    def end(self):
        self._flush()
        return self.bits


class JpegWriter:
    def __init__(self, width, height, planes, restart_interval=0):
        self._size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
        self._width, self._height = width, height
        self._planes = planes
        self._restart_interval = restart_interval
        self._h_max = max(plane.horizontal for plane in planes)
        self._v_max = max(plane.vertical for plane in planes)

    def _start(self, frame_marker, quantisation):
        tables = b"".join(bytes((number,)) + HUFFMAN_TABLE for number in (0x00, 0x10))
        frame = b"\x08" + self._size + bytes((len(self._planes),)) + b"".join(
            bytes((i + 1, plane.horizontal << 4 | plane.vertical, 0))
            for i, plane in enumerate(self._planes))
        interval = self._restart_interval
        restart = segment(0xDD, interval.to_bytes(2, "big")) if interval else b""
        return (b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
                + segment(0xDB, b"\0" + bytes(quantisation)) + segment(0xC4, tables)
                + segment(frame_marker, frame) + restart)

    @staticmethod
    def _scan(indices, ss, se, ah, al):
        return segment(0xDA, bytes((len(indices),)) + b"".join(bytes((i + 1, 0)) for i in indices)
                       + bytes((ss, se, ah << 4 | al)))

    def _units(self, indices):
        """The MCUs of a scan, as lists of (index of the plane, block)."""
        if len(indices) == 1:
            plane = self._planes[indices[0]]
            across = -(-(-(-self._width * plane.horizontal // self._h_max)) // 8)
            down = -(-(-(-self._height * plane.vertical // self._v_max)) // 8)
            return [[(indices[0], plane.blocks[y * plane.columns + x])]
                    for y in range(down) for x in range(across)]
        first = self._planes[0]
        return [[(i, plane.blocks[(row * plane.vertical + v) * plane.columns
                                  + column * plane.horizontal + h])
                 for i in indices for plane in (self._planes[i],)
                 for v in range(plane.vertical) for h in range(plane.horizontal)]
                for row in range(len(first.blocks) // first.columns // first.vertical)
                for column in range(first.columns // first.horizontal)]

    def _intervals(self, indices, encode):
        """The coded data of a scan; `encode` makes a BitWriter of some of its MCUs."""
        units = self._units(indices)
        step = self._restart_interval or len(units)
        parts = [encode(units[at:at + step]).stuffed() for at in range(0, len(units), step)]
        result = parts[0]
        for number, part in enumerate(parts[1:]):
            result += bytes((0xFF, 0xD0 + number % 8)) + part
        return result

    def _dc(self, put):
        def encode(units):
            bits, previous = BitWriter(), {}
            for unit in units:
                for index, block in unit:
                    put(bits, block, previous.get(index, 0))
                    previous[index] = block[0]
            return bits
        return encode

    def baseline(self, quantisation, one_scan_each=False):
        everything = list(range(len(self._planes)))
        result = self._start(0xC0, quantisation)
        for indices in [[i] for i in everything] if one_scan_each else [everything]:
            result += self._scan(indices, 0, 63, 0, 0)
            result += self._intervals(indices, self._dc(put_baseline))
        return result + b"\xff\xd9"

    def progressive(self, quantisation):
        everything = list(range(len(self._planes)))

        def put_first(bits, block, previous):
            difference = (block[0] >> 1) - (previous >> 1)
            bits.symbol(abs(difference).bit_length())
            bits.number(difference)

        def put_later(bits, block, _previous):
            bits.put(block[0] & 1, 1)

        def ac(method, ss, se, al):
            def encode(units):
                scan = AcScan(ss, se, al)
                for unit in units:
                    method(scan, unit[0][1])
                return scan.end()
            return encode

        result = self._start(0xC2, quantisation)
        result += self._scan(everything, 0, 0, 0, 1)
        result += self._intervals(everything, self._dc(put_first))
        for i in everything:
            for method, ss, se, ah, al in ((AcScan.first, 1, 5, 0, 2), (AcScan.first, 6, 63, 0, 2),
                                           (AcScan.later, 1, 63, 2, 1)):
                result += self._scan([i], ss, se, ah, al)
                result += self._intervals([i], ac(method, ss, se, al))
        result += self._scan(everything, 0, 0, 1, 0)
        result += self._intervals(everything, self._dc(put_later))
        for i in everything:
            result += self._scan([i], 1, 63, 1, 0)
            result += self._intervals([i], ac(AcScan.later, 1, 63, 0))
        return result + b"\xff\xd9"

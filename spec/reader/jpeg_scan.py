"""The coded data of one JPEG scan, written from decode/jpeg.txt, sections 6 to 8 and 11."""

import re

from errors import Damaged

RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
OTHER_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")

ZIGZAG = (0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
          12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
          35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
          58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63)


def huffman_table(counts, values):
    """By the next 16 bits: length of the code * 256 + value, or 0 for no code (section 4)."""
    table = []
    taken = iter(values)
    for length, count in enumerate(counts, start=1):
        for _ in range(count):
            table += [length << 8 | next(taken)] * (1 << (16 - length))
    if len(table) > 1 << 16:
        raise Damaged("a Huffman table has too many codes of one length")
    return table + [0] * ((1 << 16) - len(table))


class Bits:
    """Takes bits from bytes, the highest bit of each byte first; zeros after the end."""

    def __init__(self, data):
        self._data = data
        self._at = 0
        self._buffer = 0
        self._count = 0

    def _top_up(self):
        chunk = self._data[self._at:self._at + 8].ljust(8, b"\0")
        self._buffer = self._buffer << 64 | int.from_bytes(chunk, "big")
        self._at += 8
        self._count += 64

    def take(self, count):
        if self._count < count:
            self._top_up()
        self._count -= count
        value = self._buffer >> self._count
        self._buffer &= (1 << self._count) - 1
        return value

    def symbol(self, table):
        if self._count < 16:
            self._top_up()
        entry = table[self._buffer >> (self._count - 16)]
        if entry == 0:
            raise Damaged("no Huffman code fits the coded data")
        self._count -= entry >> 8
        self._buffer &= (1 << self._count) - 1
        return entry & 0xFF

    def extended(self, count):
        """RECEIVE and EXTEND of section 7."""
        if count == 0:
            return 0
        value = self.take(count)
        return value if value >> (count - 1) else value - (1 << count) + 1


class BlockDecoder:
    """Decodes the blocks of one restart interval, by the kind of the scan.

    `ss`, `se`, `ah`, `al` as in the scan's header. The methods take the
    component's `coefficients`, eight times eight a block, and where the block
    starts there; `component` has `dc_table` and `ac_table`.
    """

    def __init__(self, data, ss, se, ah, al):
        self._bits = Bits(data)
        self._ss = ss
        self._se = se
        self._p1 = 1 << al
        self._end_of_band_run = 0
        self._predictions = {}
        if ss == 0:
            first = self._baseline if se != 0 else self._dc_first
            self.decode = self._dc_later if ah else first
        else:
            self.decode = self._ac_later if ah else self._ac_first

    def _next_dc(self, component):
        size = self._bits.symbol(component.dc_table)
        if size > 11:
            raise Damaged("a DC difference has more than 11 bits")
        value = self._predictions.get(component, 0) + self._bits.extended(size)
        self._predictions[component] = value
        return value

    def _baseline(self, component, coefficients, start):
        bits, table = self._bits, component.ac_table
        coefficients[start] = self._next_dc(component)
        k = 1
        while k <= 63:
            run_size = bits.symbol(table)
            size = run_size & 15
            if size == 0:
                if run_size != 0xF0:
                    return
                k += 16
                continue
            k += run_size >> 4
            if k > 63:
                raise Damaged("a block has more than 64 coefficients")
            coefficients[start + ZIGZAG[k]] = bits.extended(size)
            k += 1

    def _dc_first(self, component, coefficients, start):
        coefficients[start] = self._next_dc(component) * self._p1

    def _dc_later(self, _component, coefficients, start):
        if self._bits.take(1):
            coefficients[start] |= self._p1

    def _ac_first(self, component, coefficients, start):
        if self._end_of_band_run > 0:
            self._end_of_band_run -= 1
            return
        bits, k = self._bits, self._ss
        while k <= self._se:
            run, size = divmod(bits.symbol(component.ac_table), 16)
            if size == 0:
                if run < 15:
                    self._end_of_band_run = (1 << run) + bits.take(run) - 1
                    return
                k += 16
                continue
            k += run
            if k > self._se:
                raise Damaged("a block has more coefficients than its scan")
            coefficients[start + ZIGZAG[k]] = bits.extended(size) * self._p1
            k += 1

    def _correct(self, coefficients, place):
        if self._bits.take(1):
            coefficients[place] += self._p1 if coefficients[place] > 0 else -self._p1

    def _pass_over(self, coefficients, start, k, zeros):
        """Corrects from `k` on until `zeros` zeros are passed; where the next zero is."""
        while k <= self._se:
            place = start + ZIGZAG[k]
            if coefficients[place] != 0:
                self._correct(coefficients, place)
            elif zeros == 0:
                break
            else:
                zeros -= 1
            k += 1
        return k

    def _ac_later(self, component, coefficients, start):
        bits, k = self._bits, self._ss
        if self._end_of_band_run == 0:
            while k <= self._se:
                run, size = divmod(bits.symbol(component.ac_table), 16)
                new = 0
                if size != 0:
                    new = self._p1 if bits.take(1) else -self._p1
                elif run < 15:
                    self._end_of_band_run = (1 << run) + bits.take(run)
                    break
                k = self._pass_over(coefficients, start, k, run)
                if new != 0:
                    if k > self._se:
                        raise Damaged("a block has more coefficients than its scan")
                    coefficients[start + ZIGZAG[k]] = new
                k += 1
        if self._end_of_band_run > 0:
            self._pass_over(coefficients, start, k, 64)
            self._end_of_band_run -= 1


def split_intervals(data, start):
    """The coded data from `start`: its restart intervals, freed of the stuffed
    zeros, and the place of the marker that ends the scan."""
    found = OTHER_MARKER.search(data, start)
    end = found.start() if found else len(data)
    intervals = RESTART.split(data[start:end])
    return [part.replace(b"\xff\x00", b"\xff") for part in intervals], end


def decode_scan(frame, scan, intervals):
    """Adds what the scan says to the coefficients of its components (section 6)."""
    units = frame.units_of(scan)
    per_interval = frame.restart_interval or len(units)
    starts = range(0, len(units), per_interval)
    if len(intervals) < len(starts):
        raise Damaged("the coded data have fewer restart markers than they should")
    for start, data in zip(starts, intervals):
        decoder = BlockDecoder(data, scan.ss, scan.se, scan.ah, scan.al)
        for unit in units[start:start + per_interval]:
            for component, block in unit:
                decoder.decode(component, component.coefficients, 64 * block)

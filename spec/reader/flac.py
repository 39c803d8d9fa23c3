"""FLAC, written from decode/flac.txt."""

import hashlib
import struct

from errors import Damaged
from sound import Sound

RATES_HZ = {1: 88200, 2: 176400, 3: 192000, 4: 8000, 5: 16000, 6: 22050, 7: 24000, 8: 32000,
            9: 44100, 10: 48000, 11: 96000}
SAMPLE_BITS = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
LEFT_SIDE, SIDE_RIGHT, MID_SIDE = 8, 9, 10
FIXED_COEFFICIENTS = ((), (1,), (2, -1), (3, -3, 1), (4, -6, 4, -1))


def _crc_table(polynomial, bits):
    table = []
    for value in range(256):
        value <<= bits - 8
        for _ in range(8):
            value <<= 1
            if value >> bits:
                value ^= polynomial | 1 << bits
        table.append(value)
    return table


CRC8 = _crc_table(0x07, 8)
CRC16 = _crc_table(0x8005, 16)


def crc8(data):
    value = 0
    for byte in data:
        value = CRC8[value ^ byte]
    return value


def crc16(data):
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ CRC16[value >> 8 ^ byte]
    return value


class Bits:
    """Takes bits from bytes, the highest bit of each byte first."""

    def __init__(self, data, start):
        self._data = data
        self._at = start
        self._buffer = 0
        self._count = 0

    def _top_up(self):
        chunk = self._data[self._at:self._at + 8]
        if not chunk:
            raise Damaged("the file ends within a frame")
        self._buffer = self._buffer << 8 * len(chunk) | int.from_bytes(chunk, "big")
        self._at += len(chunk)
        self._count += 8 * len(chunk)

    def take(self, count):
        while self._count < count:
            self._top_up()
        self._count -= count
        value = self._buffer >> self._count
        self._buffer &= (1 << self._count) - 1
        return value

    def signed(self, count):
        value = self.take(count)
        return value - (1 << count) if count and value >> (count - 1) else value

    def zeros(self):
        """How many zeros come before the next one; takes them and the one."""
        total = 0
        while self._buffer == 0:
            total += self._count
            self._count = 0
            self._top_up()
        zeros = self._count - self._buffer.bit_length()
        self._count -= zeros + 1
        self._buffer &= (1 << self._count) - 1
        return total + zeros

    def skip_to_byte(self):
        self.take(self._count % 8)

    def place(self):
        """Where the next byte is; only after whole bytes were taken."""
        return self._at - self._count // 8


class StreamInfo:
    def __init__(self, data):
        if len(data) != 34:
            raise Damaged("STREAMINFO does not have 34 bytes")
        packed = int.from_bytes(data[10:18], "big")
        self.rate_hz = packed >> 44
        self.channels = (packed >> 41 & 7) + 1
        self.bits = (packed >> 36 & 31) + 1
        self.total_samples = packed & (1 << 36) - 1
        self.md5 = data[18:34]


def _metadata(data):
    """STREAMINFO, and where the first frame starts."""
    at = 0
    if data[:3] == b"ID3":  # a label that some programs put in front
        size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9] if len(data) > 9 else 0
        at = 10 + size
    if data[at:at + 4] != b"fLaC":
        raise Damaged("this is not a FLAC file")
    at += 4
    info, last = None, False
    while not last:
        if at + 4 > len(data):
            raise Damaged("the file ends within its metadata")
        last, kind = data[at] >> 7, data[at] & 127
        size = int.from_bytes(data[at + 1:at + 4], "big")
        if kind == 0 and info is None:
            info = StreamInfo(data[at + 4:at + 4 + size])
        at += 4 + size
    if info is None:
        raise Damaged("STREAMINFO is missing")
    return info, at


class FrameHeader:
    """Section 3. Leaves `bits` at the first subframe."""

    def __init__(self, bits, data, start, info):
        if bits.take(15) != 0b111111111111100:
            raise Damaged(f"no frame at byte {start}")
        bits.take(1)
        size_code, rate_code = bits.take(4), bits.take(4)
        self.assignment = bits.take(4)
        bits_code = bits.take(3)
        if bits.take(1) or self.assignment > MID_SIDE:
            raise Damaged(f"the frame header at byte {start} has a reserved value")
        self._skip_number(bits)
        self.block_size = self._block_size(bits, size_code)
        rate_hz = self._rate(bits, rate_code, info)
        self.bits = info.bits if bits_code == 0 else SAMPLE_BITS.get(bits_code)
        if crc8(data[start:bits.place()]) != bits.take(8):
            raise Damaged(f"the CRC-8 of the frame header at byte {start} is wrong")
        self.channels = self.assignment + 1 if self.assignment < LEFT_SIDE else 2
        if (self.channels, self.bits, rate_hz) != (info.channels, info.bits, info.rate_hz):
            raise Damaged(f"the frame at byte {start} has another form than STREAMINFO says")

    @staticmethod
    def _skip_number(bits):
        first = bits.take(8)
        if first >= 0x80:
            length = 8 - (first ^ 0xFF).bit_length()
            if not 2 <= length <= 7:
                raise Damaged("the number of a frame is written wrongly")
            for _ in range(length - 1):
                if bits.take(8) >> 6 != 0b10:
                    raise Damaged("the number of a frame is written wrongly")

    @staticmethod
    def _block_size(bits, code):
        if code == 0:
            raise Damaged("a frame has a reserved block size")
        if code == 1:
            return 192
        if code <= 5:
            return 576 << (code - 2)
        if code <= 7:
            return bits.take(8 if code == 6 else 16) + 1
        return 256 << (code - 8)

    @staticmethod
    def _rate(bits, code, info):
        if code == 12:
            return 1000 * bits.take(8)
        if code in (13, 14):
            return bits.take(16) * (1 if code == 13 else 10)
        return info.rate_hz if code == 0 else RATES_HZ.get(code)


def _residual(bits, block_size, order):
    """Section 5: the residual of all samples after the first `order` ones."""
    method = bits.take(2)
    if method > 1:
        raise Damaged("a residual coded by a reserved method")
    parameter_bits = 4 + method
    escape = (1 << parameter_bits) - 1
    partition_order = bits.take(4)
    size = block_size >> partition_order
    if size << partition_order != block_size or size < order:
        raise Damaged("the partitions of a residual do not fit its block")
    result = []
    for partition in range(1 << partition_order):
        count = size - order if partition == 0 else size
        parameter = bits.take(parameter_bits)
        if parameter == escape:
            width = bits.take(5)
            result += [bits.signed(width) for _ in range(count)]
            continue
        for _ in range(count):
            folded = bits.zeros() << parameter | bits.take(parameter)
            result.append(-(folded >> 1) - 1 if folded & 1 else folded >> 1)
    return result


def _predict(samples, coefficients, shift, residual):
    """Appends to `samples` the predictions plus the residual."""
    order = len(coefficients)
    backwards = coefficients[::-1]
    for value in residual:
        recent = samples[len(samples) - order:]
        prediction = sum(map(int.__mul__, backwards, recent)) >> shift
        samples.append(prediction + value)
    return samples


def _subframe(bits, block_size, sample_bits):
    """Section 4: the samples of one channel."""
    if bits.take(1):
        raise Damaged("a subframe does not begin with a zero bit")
    kind = bits.take(6)
    wasted = bits.zeros() + 1 if bits.take(1) else 0
    sample_bits -= wasted
    if sample_bits < 1:
        raise Damaged("a subframe wastes more bits than there are")
    if kind == 0:
        samples = [bits.signed(sample_bits)] * block_size
    elif kind == 1:
        samples = [bits.signed(sample_bits) for _ in range(block_size)]
    elif 8 <= kind <= 12:
        samples = _fixed(bits, block_size, sample_bits, kind - 8)
    elif kind >= 32:
        samples = _linear(bits, block_size, sample_bits, kind - 31)
    else:
        raise Damaged("a subframe of a reserved kind")
    return [sample << wasted for sample in samples] if wasted else samples


def _warm_up(bits, block_size, sample_bits, order):
    if order > block_size:
        raise Damaged("a subframe has more first samples than its block")
    return [bits.signed(sample_bits) for _ in range(order)]


def _fixed(bits, block_size, sample_bits, order):
    samples = _warm_up(bits, block_size, sample_bits, order)
    residual = _residual(bits, block_size, order)
    return _predict(samples, FIXED_COEFFICIENTS[order], 0, residual)


def _linear(bits, block_size, sample_bits, order):
    samples = _warm_up(bits, block_size, sample_bits, order)
    precision = bits.take(4) + 1
    shift = bits.signed(5)
    if precision == 16 or shift < 0:
        raise Damaged("a subframe has an impossible precision or shift")
    coefficients = [bits.signed(precision) for _ in range(order)]
    residual = _residual(bits, block_size, order)
    return _predict(samples, coefficients, shift, residual)


def _channels(bits, header):
    """Section 6: the samples of each channel, whatever way they were stored."""
    assignment = header.assignment
    depths = [header.bits] * header.channels
    if assignment in (LEFT_SIDE, MID_SIDE):
        depths[1] += 1
    elif assignment == SIDE_RIGHT:
        depths[0] += 1
    stored = [_subframe(bits, header.block_size, depth) for depth in depths]
    if assignment < LEFT_SIDE:
        return stored
    first, second = stored
    if assignment == LEFT_SIDE:
        return first, [left - side for left, side in zip(first, second)]
    if assignment == SIDE_RIGHT:
        return [side + right for side, right in zip(first, second)], second
    twice = [(mid << 1 | side & 1, side) for mid, side in zip(first, second)]
    return [(m + s) >> 1 for m, s in twice], [(m - s) >> 1 for m, s in twice]


def _packed(channels, bits, sample_bytes):
    """The samples of one frame as bytes: interleaved, low byte first."""
    values = [value for moment in zip(*channels) for value in moment]
    limit = 1 << (bits - 1)
    if min(values) < -limit or max(values) >= limit:
        raise Damaged("a sample has more bits than it should")
    if sample_bytes == 2:
        return struct.pack(f"<{len(values)}h", *values)
    return b"".join(value.to_bytes(sample_bytes, "little", signed=True) for value in values)


def decode(data):
    """The Sound in the bytes of a FLAC file, its CRCs and its MD5 checked."""
    info, at = _metadata(data)
    sample_bytes = (info.bits + 7) // 8
    pieces = []
    samples = 0
    # Whatever follows the last frame (some programs put a label there) is not sound.
    while at < len(data) and not (info.total_samples and samples >= info.total_samples):
        bits = Bits(data, at)
        header = FrameHeader(bits, data, at, info)
        channels = _channels(bits, header)
        bits.skip_to_byte()
        if crc16(data[at:bits.place()]) != bits.take(16):
            raise Damaged(f"the CRC-16 of the frame at byte {at} is wrong")
        at = bits.place()
        samples += header.block_size
        pieces.append(_packed(channels, info.bits, sample_bytes))
    packed = b"".join(pieces)
    if info.total_samples and samples != info.total_samples:
        raise Damaged(f"the file has {samples} samples instead of {info.total_samples}")
    if any(info.md5) and hashlib.md5(packed, usedforsecurity=False).digest() != info.md5:
        raise Damaged("the MD5 of the samples is wrong")
    return Sound(info.rate_hz, info.channels, "signed", info.bits, sample_bytes, packed,
                 low_bits=True)

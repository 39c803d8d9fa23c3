"""zlib and DEFLATE, written from decode/png.txt, sections 3 and 4."""

from errors import Damaged

LENGTH_EXTRA = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4 + (0,)
LENGTH_BASE = (3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59,
               67, 83, 99, 115, 131, 163, 195, 227, 258)
DISTANCE_EXTRA = (0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9,
                  10, 10, 11, 11, 12, 12, 13, 13)
DISTANCE_BASE = (1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385,
                 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577)
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
END_OF_BLOCK = 256


class Bits:
    """Takes bits from bytes, the lowest bit of each byte first."""

    def __init__(self, data):
        self._data = data
        self._at = 0
        self._buffer = 0
        self._count = 0

    def _top_up(self):
        """Adds up to eight bytes to the buffer, as far as there are any."""
        chunk = self._data[self._at:self._at + 8]
        self._buffer |= int.from_bytes(chunk, "little") << self._count
        self._at += len(chunk)
        self._count += 8 * len(chunk)

    def take(self, count):
        if self._count < count:
            self._top_up()
            if self._count < count:
                raise Damaged("the compressed data end too early")
        value = self._buffer & ((1 << count) - 1)
        self._buffer >>= count
        self._count -= count
        return value

    def symbol(self, table):
        """The next symbol of a Huffman code, by its table (see `code_table`)."""
        lookup, longest = table
        if self._count < longest:
            self._top_up()
        entry = lookup[self._buffer & ((1 << longest) - 1)]
        length = entry & 15
        if length == 0 or length > self._count:
            raise Damaged("no Huffman code fits the compressed data")
        self._buffer >>= length
        self._count -= length
        return entry >> 4

    def skip_to_byte(self):
        self.take(self._count % 8)

    def take_bytes(self, count):
        """`count` whole bytes; only after `skip_to_byte`."""
        self._at -= self._count // 8
        self._buffer = self._count = 0
        result = self._data[self._at:self._at + count]
        if len(result) < count:
            raise Damaged("the compressed data end too early")
        self._at += count
        return result


def code_table(lengths):
    """The table of a Huffman code (4.3): by the next bits, symbol * 16 + length."""
    longest = max(lengths, default=0)
    if longest == 0:
        return [0], 0
    counts = [0] * (longest + 1)
    for length in lengths:
        counts[length] += 1
    counts[0] = 0
    free = 1
    for length in range(1, longest + 1):
        free = 2 * free - counts[length]
        if free < 0:
            raise Damaged("too many Huffman codes of one length")
    starts = [0] * (longest + 2)
    for length in range(1, longest + 1):
        starts[length + 1] = (starts[length] + counts[length]) * 2
    lookup = [0] * (1 << longest)
    for symbol, length in enumerate(lengths):
        if length == 0:
            continue
        code = starts[length]
        starts[length] += 1
        reverse = int(format(code, f"0{length}b")[::-1], 2)
        for index in range(reverse, 1 << longest, 1 << length):
            lookup[index] = symbol << 4 | length
    return lookup, longest


def _fixed_tables():
    literals = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8
    return code_table(literals), code_table([5] * 32)


FIXED_TABLES = _fixed_tables()


def _dynamic_tables(bits):
    """The two codes at the beginning of a block of kind 2 (4.5)."""
    literal_count = bits.take(5) + 257
    distance_count = bits.take(5) + 1
    length_lengths = [0] * 19
    for position in CODE_LENGTH_ORDER[:bits.take(4) + 4]:
        length_lengths[position] = bits.take(3)
    table = code_table(length_lengths)
    lengths = []
    while len(lengths) < literal_count + distance_count:
        symbol = bits.symbol(table)
        if symbol < 16:
            lengths.append(symbol)
        elif symbol == 16:
            if not lengths:
                raise Damaged("a repeated code length has nothing before it")
            lengths += lengths[-1:] * (3 + bits.take(2))
        elif symbol == 17:
            lengths += [0] * (3 + bits.take(3))
        else:
            lengths += [0] * (11 + bits.take(7))
    if len(lengths) != literal_count + distance_count:
        raise Damaged("code lengths run beyond their end")
    return code_table(lengths[:literal_count]), code_table(lengths[literal_count:])


def _copy(output, distance, length):
    start = len(output) - distance
    if start < 0:
        raise Damaged("a repetition reaches back before the beginning")
    if distance >= length:
        output += output[start:start + length]
    else:
        piece = bytes(output[start:])
        output += (piece * (length // distance + 1))[:length]


def _compressed_block(bits, output, tables, limit):
    literals, distances = tables
    while (symbol := bits.symbol(literals)) != END_OF_BLOCK:
        if symbol < END_OF_BLOCK:
            output.append(symbol)
        else:
            symbol -= 257
            if symbol >= len(LENGTH_BASE):
                raise Damaged("a length symbol that does not exist")
            length = LENGTH_BASE[symbol] + bits.take(LENGTH_EXTRA[symbol])
            symbol = bits.symbol(distances)
            if symbol >= len(DISTANCE_BASE):
                raise Damaged("a distance symbol that does not exist")
            distance = DISTANCE_BASE[symbol] + bits.take(DISTANCE_EXTRA[symbol])
            _copy(output, distance, length)
        if len(output) > limit:
            raise Damaged(f"the data decompress to more than {limit} bytes")


def inflate(bits, limit):
    """The decompressed bytes, at most `limit` of them."""
    output = bytearray()
    last = 0
    while not last:
        last = bits.take(1)
        kind = bits.take(2)
        if kind == 0:
            bits.skip_to_byte()
            size = bits.take(16)
            if size ^ bits.take(16) != 0xFFFF:
                raise Damaged("the size of a stored block does not match its complement")
            output += bits.take_bytes(size)
            if len(output) > limit:
                raise Damaged(f"the data decompress to more than {limit} bytes")
        elif kind == 3:
            raise Damaged("a block of a kind that does not exist")
        else:
            tables = FIXED_TABLES if kind == 1 else _dynamic_tables(bits)
            _compressed_block(bits, output, tables, limit)
    return output


def adler32(data):
    low, high = 1, 0
    for byte in data:
        low += byte
        high += low
        if low > 1 << 40:
            low, high = low % 65521, high % 65521
    return (high % 65521) << 16 | low % 65521


def unzlib(data, limit):
    """The bytes in a zlib stream, at most `limit` of them, checked by their Adler-32."""
    if len(data) < 2 or data[0] & 15 != 8 or data[0] >> 4 > 7 or data[1] & 0x20 \
            or (data[0] << 8 | data[1]) % 31:
        raise Damaged("the zlib header is wrong")
    bits = Bits(data[2:])
    output = inflate(bits, limit)
    bits.skip_to_byte()
    if int.from_bytes(bits.take_bytes(4), "big") != adler32(output):
        raise Damaged("the Adler-32 of the decompressed data is wrong")
    return output

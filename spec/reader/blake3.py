"""BLAKE3, written from decode/hashes.txt, section 6, and its mode for deriving keys, from
decode/encryption.txt, section 2. Slow, and plain."""

import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
      0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
DERIVE_CONTEXT, DERIVE_MATERIAL = 32, 64
CHUNK_BYTES = 1024
BLOCK_BYTES = 64
MASK = 0xFFFFFFFF


def _schedules():
    """For each of the seven rounds: (a, b, c, d, index of x, index of y)."""
    positions = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                 (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
    order = list(range(16))
    steps = []
    for _ in range(7):
        for number, (a, b, c, d) in enumerate(positions):
            steps.append((a, b, c, d, order[2 * number], order[2 * number + 1]))
        order = [order[i] for i in PERMUTATION]
    return tuple(steps)


STEPS = _schedules()


def compress(chaining, block, counter, length, flags):
    """The compression function (6.1): eight words."""
    v = [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for a, b, c, d, x, y in STEPS:
        va, vb, vc, vd = v[a], v[b], v[c], v[d]
        va = (va + vb + block[x]) & MASK
        vd ^= va
        vd = (vd >> 16 | vd << 16) & MASK
        vc = (vc + vd) & MASK
        vb ^= vc
        vb = (vb >> 12 | vb << 20) & MASK
        va = (va + vb + block[y]) & MASK
        vd ^= va
        vd = (vd >> 8 | vd << 24) & MASK
        vc = (vc + vd) & MASK
        vb ^= vc
        v[a], v[b], v[c], v[d] = va, (vb >> 7 | vb << 25) & MASK, vc, vd
    return [v[i] ^ v[i + 8] for i in range(8)]


def _chunk(data, number, root, start_words, mode):
    """The chaining value of one chunk (6.2)."""
    chaining = start_words
    starts = range(0, max(len(data), 1), BLOCK_BYTES)
    for start in starts:
        block = data[start:start + BLOCK_BYTES]
        flags = mode | (CHUNK_START if start == 0 else 0)
        if start == starts[-1]:
            flags |= CHUNK_END | (ROOT if root else 0)
        words = struct.unpack("<16I", block.ljust(BLOCK_BYTES, b"\0"))
        chaining = compress(chaining, words, number, len(block), flags)
    return chaining


class Hasher:
    """Takes a message piece by piece; `hexdigest` ends it.

    Keeps at most one finished subtree for each power of two, so that memory
    grows with the logarithm of the length only.
    """

    def __init__(self, data=b"", start_words=IV, mode=0):
        self._start_words = start_words
        self._mode = mode
        self._buffer = b""
        self._chunks = 0
        self._subtrees = []
        self.update(data)

    def update(self, data):
        self._buffer += data
        whole = 0
        # The last chunk stays in the buffer: it may turn out to be the root.
        while len(self._buffer) - whole > CHUNK_BYTES:
            self._add(self._chunk(self._buffer[whole:whole + CHUNK_BYTES], False))
            whole += CHUNK_BYTES
        self._buffer = self._buffer[whole:]

    def _chunk(self, data, root):
        return _chunk(data, self._chunks, root, self._start_words, self._mode)

    def _parent(self, left, right, root):
        return compress(self._start_words, left + right, 0, BLOCK_BYTES, PARENT | root | self._mode)

    def _add(self, chaining):
        self._chunks += 1
        count = self._chunks
        # An even count completes a pair, twice even a pair of pairs, and so on.
        while count % 2 == 0:
            chaining = self._parent(self._subtrees.pop(), chaining, 0)
            count //= 2
        self._subtrees.append(chaining)

    def hexdigest(self):
        return self.digest().hex()

    def digest(self):
        result = self._chunk(self._buffer, root=not self._subtrees)
        for depth, left in enumerate(reversed(self._subtrees), start=1):
            result = self._parent(left, result, ROOT if depth == len(self._subtrees) else 0)
        return struct.pack("<8I", *result)


def blake3(data):
    """The 32 bytes of the BLAKE3 hash of `data`."""
    return Hasher(data).digest()


def derive(context, material):
    """32 bytes that follow from the material, and are others for every context."""
    key = Hasher(context.encode("ascii"), mode=DERIVE_CONTEXT).digest()
    return Hasher(material, list(struct.unpack("<8I", key)), DERIVE_MATERIAL).digest()

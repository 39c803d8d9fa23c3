#!/usr/bin/env python3
"""Writes the vectors of this folder: BLAKE3 from its paper, in plain Python, as a second opinion.

It shares no code with the library under test. Vectors are added, never edited: it refuses to
overwrite a file that it would write differently.
"""
import pathlib
import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
DERIVE_KEY_CONTEXT, DERIVE_KEY_MATERIAL = 32, 64
MASK = 0xFFFFFFFF


def compress(value, block, counter, length, flags):
    """The compression function (section 2.2): eight words of chaining value."""
    m = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    v = list(value) + list(IV[:4]) + [counter & MASK, counter >> 32, length, flags]

    def mix(a, b, c, d, x, y):
        for add, first, second in ((x, 16, 12), (y, 8, 7)):
            v[a] = (v[a] + v[b] + add) & MASK
            v[d] ^= v[a]
            v[d] = (v[d] >> first | v[d] << (32 - first)) & MASK
            v[c] = (v[c] + v[d]) & MASK
            v[b] ^= v[c]
            v[b] = (v[b] >> second | v[b] << (32 - second)) & MASK

    for _ in range(7):
        for i in range(4):
            mix(i, 4 + i, 8 + i, 12 + i, m[2 * i], m[2 * i + 1])
        for i in range(4):
            mix(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[8 + 2 * i], m[9 + 2 * i])
        m = [m[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def chunk_value(data, index, key=IV, mode=0, last=0):
    """A chunk of at most 1024 bytes; `last` is ROOT when it is the only one."""
    value = key
    blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks):
        flags = mode | (CHUNK_START if i == 0 else 0)
        if i == len(blocks) - 1:
            flags |= CHUNK_END | last
        value = compress(value, block, index, len(block), flags)
    return struct.pack("<8I", *value)


def node_value(left, right, key=IV, mode=0, last=0):
    return struct.pack("<8I", *compress(key, left + right, 0, 64, mode | PARENT | last))


def tree(data, first=0, last=ROOT, want=None, key=IV, mode=0):
    """(value, path): the subtree's value, and the siblings of chunk `want`, lowest first."""
    count = max(1, -(-len(data) // 1024))
    if count == 1:
        return chunk_value(data, first, key, mode, last), []
    left_count = 1
    while left_count * 2 < count:
        left_count *= 2
    cut = left_count * 1024
    left, left_path = tree(data[:cut], first, 0, want, key, mode)
    right, right_path = tree(data[cut:], first + left_count, 0, want, key, mode)
    path = []
    if want is not None and first <= want < first + count:
        path = left_path + [right] if want < first + left_count else right_path + [left]
    return node_value(left, right, key, mode, last), path


def blake3(data):
    return tree(data)[0]


def derive_key(context, material):
    context_key = struct.unpack("<8I", tree(context.encode(), key=IV, mode=DERIVE_KEY_CONTEXT)[0])
    return tree(material, key=context_key, mode=DERIVE_KEY_MATERIAL)[0]


def pattern(size):
    return bytes(i % 251 for i in range(size))


def write(name, expect, root, size, index, chunk, path):
    lines = [f"expect: {expect}", f"root: {root.hex()}", f"size: {size}", f"index: {index}",
             f"chunk: {chunk.hex()}"] + [f"sibling: {value.hex()}" for value in path]
    file = pathlib.Path(__file__).parent / name
    text = "\n".join(lines) + "\n"
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def case(size, index):
    data = pattern(size)
    root, path = tree(data, want=index)
    return root, size, index, data[index * 1024:(index + 1) * 1024], path


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def main():
    for size, index in ((0, 0), (1, 0), (1024, 0), (1025, 0), (1025, 1), (3072, 2), (5000, 4),
                        (7168, 3), (8192, 7), (31744, 16), (102400, 57), (102400, 99)):
        write(f"valid-{size}-{index}", "valid", *case(size, index))

    root, size, index, chunk, path = case(5000, 2)
    wrong = lambda name, expect="corrupt", **changes: write(name, expect, **{
        **dict(root=root, size=size, index=index, chunk=chunk, path=path), **changes})
    wrong("chunk-first-bit", chunk=flip(chunk, 0))
    wrong("chunk-last-bit", chunk=flip(chunk, 1023))
    wrong("chunk-short", chunk=chunk[:-1])
    wrong("chunk-long", chunk=chunk + b"\0")
    wrong("chunk-empty", chunk=b"")
    wrong("root-changed", root=flip(root, 31))
    for i in range(len(path)):
        wrong(f"sibling-{i}-changed", path=path[:i] + [flip(path[i], 0)] + path[i + 1:])
    wrong("siblings-swapped", path=[path[1], path[0]] + path[2:])
    wrong("sibling-missing", path=path[:-1])
    wrong("sibling-too-many", path=path + [path[-1]])
    wrong("siblings-none", path=[])
    wrong("index-of-neighbour", index=3)
    wrong("index-beyond", "invalid", index=5)
    wrong("index-huge", "invalid", index=2**64 - 1)
    wrong("size-smaller", size=4096)
    wrong("size-larger", size=9000)
    # The root's children given as if they were a message of 64 bytes: a tree without separate
    # flags for leaves and nodes would take it.
    data = pattern(2048)
    node = chunk_value(data[:1024], 0) + chunk_value(data[1024:], 1)
    write("node-as-chunk", "corrupt", blake3(data), 64, 0, node, [])
    # A lone chunk hashed as if it were part of something larger, without the root's flag.
    write("root-flag-missing", "corrupt", chunk_value(pattern(64), 0), 64, 0, pattern(64), [])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/wire.md, by its text and not by our own code.

A file is lines `key: value`, `expect` first. Bytes are hexadecimal with spaces where it helps;
`ab*300` is what stands before the star 300 times.

  value  (value-*)  one message; `reads` is what it says: numbers, true, "text", <bytes>, [], {}
  stream (frame-*)  what comes on a stream; if valid, what the first frame says and what is `left`
                    behind it; if not, the error code that the sender is to be `told`, and the `id`
                    for which (without one: the stream is reset with the code)

Vectors are added, never edited: it refuses to overwrite a file that it would write differently.
"""
import pathlib

here = pathlib.Path(__file__).parent
TOO_LARGE, INVALID, UNSUPPORTED = 1, 2, 3


def write(name, **fields):
    text = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in fields.items())
    file = here / (name + ".txt")
    if file.exists() and file.read_text() != text:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text)


def head(small, wide, number):
    """The shortest head: within one byte below small[1], else in the first width that holds it."""
    if small and number < small[1]:
        return f"{small[0] + number:02x}"
    for first, size in wide:
        if number < 1 << (8 * size):
            return f"{first:02x}{number:0{2 * size}x}"
    raise ValueError(number)


def number(value):
    return head((0, 0x80), ((0xcc, 1), (0xcd, 2), (0xce, 4), (0xcf, 8)), value)


def text(value):
    raw = value.encode()
    return head((0xa0, 32), ((0xd9, 1), (0xda, 2)), len(raw)) + raw.hex()


def blob(hexadecimal):
    """A byte string, given as the files have it."""
    count = sum(int(part.partition("*")[2] or 1) * len(bytes.fromhex(part.partition("*")[0]))
                for part in hexadecimal.split())
    return head(None, ((0xc4, 1), (0xc5, 2)), count) + (" " + hexadecimal if count else "")


def array(*items):
    return " ".join([head((0x90, 16), ((0xdc, 2),), len(items)), *items])


def table(**items):
    parts = (part for key, value in items.items() for part in (text(key), value))
    return " ".join([head((0x80, 16), ((0xde, 2),), len(items)), *parts])


def good_value(name, value, reads):
    write("value-" + name, expect="valid", value=value, reads=reads)


def bad_value(name, value, expect="corrupt"):
    write("value-bad-" + name, expect=expect, value=value)


def size_of(envelope):
    return sum(int(part.partition("*")[2] or 1) * (len(part.partition("*")[0]) // 2)
               for part in envelope.split())


def frame(envelope):
    return f"{size_of(envelope):08x} {envelope}"


def good_frame(name, envelope, left="", **says):
    stream = frame(envelope) + (" " + left if left else "")
    write("frame-" + name, expect="valid", stream=stream, **says, **({"left": left} if left else {}))


def bad_frame(name, stream, expect="corrupt", told=INVALID, request=None):
    write("frame-bad-" + name, expect=expect, stream=stream, told=told,
          **({} if request is None else {"id": request}))


def bad_envelope(name, envelope, expect="corrupt", told=INVALID, request=7):
    bad_frame(name, frame(envelope), expect, told, request)


def good_values():
    for value in (0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1):
        good_value(f"number-{value}", number(value), value)
    good_value("false", "c2", "false")
    good_value("true", "c3", "true")
    for size in (0, 1, 31, 32, 255, 256):
        good_value(f"text-{size}", text("a" * size), '"' + "a" * size + '"')
    good_value("text-scripts", text("é€𐍈"), '"é€𐍈"')
    for size in (0, 1, 255, 256):
        good_value(f"bytes-{size}", blob(f"ab*{size}" if size else ""), "<" + "ab" * size + ">")
    for size in (0, 1, 15, 16):
        good_value(f"array-{size}", array(*[number(7)] * size), "[" + ", ".join(["7"] * size) + "]")
        names = [f"k{i:02}" for i in range(size)]
        good_value(f"map-{size}", table(**{name: number(i) for i, name in enumerate(names)}),
                   "{" + ", ".join(f"{name}: {i}" for i, name in enumerate(names)) + "}")
    good_value("map-prefix-first", table(a=number(1), a_=number(2), aa=number(3)), "{a: 1, a_: 2, aa: 3}")
    good_value("map-key-longest", table(**{"k" * 31: number(1)}), "{" + "k" * 31 + ": 1}")
    good_value("nested", table(list=array("c3", blob("00 ff"), table(x=text("y"))), z=array()),
               '{list: [true, <00ff>, {x: "y"}], z: []}')
    good_value("deepest", "91" * 7 + "90", "[[[[[[[[]]]]]]]]")
    write("value-values-most", expect="valid", value="dc1fff 00*8191")


def bad_values():
    for name, value in {
            "empty": "", "number-cut": "cd01", "number-missing": "cc", "text-cut": "a361 62",
            "text-length-cut": "da00", "bytes-cut": "c403 0102", "bytes-length-missing": "c4",
            "array-cut": "92 01", "map-value-missing": "81 a161", "map-key-cut": "81 a361 62",
            "behind": "01 01", "behind-array": "90 90",
            # Longer heads than needed: a second encoding of the same.
            "number-long-0": "cc00", "number-long-127": "cc7f", "number-long-255": "cd00ff",
            "number-long-65535": "ce0000ffff", "number-long-32": "cf00000000ffffffff",
            "text-long-0": "d900", "text-long-31": "d91f 61*31", "text-long-255": "da00ff 61*255",
            "bytes-long-255": "c500ff 00*255", "array-long-15": "dc000f 00*15",
            "map-long-1": "de0001 a161 00", "key-long": "81 d90161 00",
            # Kinds that are not in use.
            "nil": "c0", "never-used": "c1", "bytes-32": "c600000001 00", "ext-8": "c70100 00",
            "ext-16": "c8000100 00", "ext-32": "c90000000100 00", "float-32": "ca3f800000",
            "float-64": "cb3ff0000000000000", "int-8": "d0ff", "int-16": "d1ff00",
            "int-32": "d2ffff0000", "int-64": "d3ffffffff00000000", "int-positive": "d001",
            "fixext-1": "d40000", "fixext-2": "d5000000", "fixext-4": "d60000000000",
            "fixext-8": "d700 00*8", "fixext-16": "d800 00*16", "text-32": "db00000001 61",
            "array-32": "dd00000001 00", "map-32": "df00000001 a161 00", "negative-1": "ff",
            "negative-32": "e0", "nil-within": "81 a161 c0",
            # Counts and lengths that cannot be.
            "array-count-hostile": "dcffff 00", "map-count-hostile": "deffff a161 00",
            "map-count-of-array-size": "84 00*8", "text-length-hostile": "daffff 61",
            "bytes-length-hostile": "c5ffff 00", "array-of-arrays-hostile": "dcffff dcffff dcffff",
            "deeper-array": "91*8 90", "deeper-map": "81a161 91*7 80", "deep-hostile": "91*60000",
            "values-more": "dc2000 00*8192", "values-keys-count": "dc0bb9 81a16100*3001",
            # Keys.
            "key-twice": "82 a161 01 a161 02", "key-descending": "82 a162 01 a161 02",
            "key-prefix-last": "82 a26161 01 a161 02", "key-empty": "81 a0 01",
            "key-upper-case": "81 a141 01", "key-hyphen": "81 a3612d62 01", "key-zero-byte": "81 a100 01",
            "key-not-ascii": "81 a2c3a9 01", "key-32": "81 d920 61*32 01", "key-number": "81 01 01",
            "key-bytes": "81 c40161 01", "key-array": "81 90 01", "key-twice-nested": "91 82 a161 01 a161 01",
            # Texts.
            "text-ff": "a1ff", "text-overlong": "a2c080", "text-surrogate": "a3eda080",
            "text-beyond-unicode": "a4f4908080", "text-half-a-character": "a2e282",
    }.items():
        bad_value(name, value)
    bad_value("large", "c5fffe 00*65534", "exhausted")


def good_frames():
    good_frame("request", array(number(1), number(7), number(0), text("ping"), blob("80")),
               kind="request", id=7, method="ping", body="80")
    good_frame("request-empty-body", array(number(1), number(0), number(0), text("a"), blob("")),
               kind="request", id=0, method="a", body="")
    good_frame("request-largest",
               array(number(1), number(2**64 - 1), number(0), text("m" * 31), blob("00*65472")),
               kind="request", id=2**64 - 1, method="m" * 31, body="00*65472")
    good_frame("response", array(number(1), number(300), number(1), blob("01 02")),
               kind="response", id=300, body="0102")
    good_frame("response-and-bulk", array(number(1), number(7), number(1), blob("01")),
               left="ff*100000", kind="response", id=7, body="01")
    good_frame("response-and-frame", array(number(1), number(7), number(1), blob("01")),
               left="00000001 ff", kind="response", id=7, body="01")
    for code in (1, 2, 3, 4, 5, 65535):
        good_frame(f"error-{code}", array(number(1), number(7), number(2), number(code), text("why")),
                   kind="error", id=7, code=code, reason="why")
    good_frame("error-without-words", array(number(1), number(7), number(2), number(2), text("")),
               kind="error", id=7, code=2, reason="")
    good_frame("error-longest-words", array(number(1), number(7), number(2), number(2), text("w" * 256)),
               kind="error", id=7, code=2, reason="w" * 256)
    good_frame("request-further-elements",
               array(number(1), number(7), number(0), text("ping"), blob("80"), number(5), "c3", table(a=array())),
               kind="request", id=7, method="ping", body="80")
    good_frame("response-further-elements",
               array(number(1), number(7), number(1), blob("80"), number(5), text("x")),
               kind="response", id=7, body="80")


def bad_frames():
    bad_frame("length-0", "00000000")
    bad_frame("length-0-and-bytes", "00000000 94 01 07 01 c400")
    for name, length in {"over": "00010001", "little-endian": "06000000", "huge": "ffffffff"}.items():
        bad_frame("length-" + name, length + " 94 01 07 01 c400", "exhausted", TOO_LARGE)
    bad_frame("length-alone-over", "7fffffff", "exhausted", TOO_LARGE)
    for name, stream in {"header": "000000", "after-header": "00000006", "envelope": "00000006 94 01 07 01 c4",
                         "length-one-more": "00000007 94 01 07 01 c400"}.items():
        bad_frame("ends-within-" + name, stream)
    for name, envelope in {
            "map": table(a=number(1), b=number(2)), "text": text("hello"), "bytes": blob("01 02"),
            "array-of-none": "90", "array-of-one": "91 01", "version-text": "94 a131 07 01 c400",
            "version-long-form": "94 cc01 07 01 c400", "id-text": "94 01 a137 01 c400",
            "id-missing": "95 01", "id-long-form": "94 01 cc07 01 c400", "id-negative": "94 01 ff 01 c400",
            "array-long-form": "dc0004 01 07 01 c400", "nil": "c0", "http": "474554202f20485454502f312e31"}.items():
        bad_envelope("no-envelope-" + name, envelope, request=None)
    for name, envelope in {
            "kind-missing": "92 01 07", "kind-text": "94 01 07 a131 c400", "kind-true": "94 01 07 c3 c400",
            "response-body-missing": "93 01 07 01", "response-body-text": "94 01 07 01 a0",
            "response-body-map": "94 01 07 01 80", "request-method-missing": "93 01 07 00",
            "request-body-missing": "94 01 07 00 a470696e67", "request-method-bytes": "95 01 07 00 c40470696e67 c400",
            "request-method-empty": "95 01 07 00 a0 c400", "request-method-upper-case": "95 01 07 00 a450494e47 c400",
            "request-method-dot": "95 01 07 00 a3612e62 c400", "request-method-32": "95 01 07 00 d920 61*32 c400",
            "request-body-array": "95 01 07 00 a470696e67 90", "error-code-missing": "93 01 07 02",
            "error-words-missing": "94 01 07 02 02", "error-code-0": "95 01 07 02 00 a0",
            "error-code-65536": "95 01 07 02 ce00010000 a0", "error-code-text": "95 01 07 02 a132 a0",
            "error-words-bytes": "95 01 07 02 02 c400", "error-words-257": "95 01 07 02 02 da0101 61*257",
            "error-words-not-utf8": "95 01 07 02 02 a1ff", "behind": "94 01 07 01 c400 00",
            "element-missing": "95 01 07 01 c400", "ninth-element": "99 01 07 01 c400 00 00 00 00 00",
            "further-element-nil": "95 01 07 01 c400 c0", "further-element-deep": "95 01 07 01 c400 91*7 90",
            "body-over": array(number(1), number(7), number(1), blob("00*65473")),
            "body-cut": "94 01 07 01 c405 01"}.items():
        bad_envelope(name, envelope)
    for name, envelope in {
            "version-0": "94 00 07 01 c400", "version-2": "94 02 07 01 c400", "version-2-other-shape": "92 02 07",
            "version-2-other-values": "94 02 07 c0 ca3f800000", "version-2-not-messagepack": "92 02 07 c1c1c1",
            "version-200": "93 ccc8 07 00", "kind-3": "94 01 07 03 c400", "kind-large": "94 01 07 cdffff c400"}.items():
        bad_envelope(name, envelope, "unsupported", UNSUPPORTED)


if __name__ == "__main__":
    for make in (good_values, bad_values, good_frames, bad_frames):
        make()

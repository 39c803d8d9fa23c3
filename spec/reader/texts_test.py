"""The texts that no module of the reader follows: tar.txt and text.txt, tried as they are written."""

import io
import re
import tarfile
import unittest

from support import SPEC


def number(field):
    """A number of a tar header (section 2)."""
    if field[0] >= 0x80:
        return int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
    return int(field.split(b"\0")[0].strip() or b"0", 8)


def pax_records(content):
    while content:
        length = int(content[:content.index(b" ")])
        record = content[:length]
        key, value = record[record.index(b" ") + 1:-1].split(b"=", 1)
        yield key.decode(), value
        content = content[length:]


def untar(data):
    """The plain files of a tar archive, by decode/tar.txt: name to bytes."""
    files, at, instead = {}, 0, {}
    while any(data[at:at + 512]):
        header = data[at:at + 512]
        blank = header[:148] + b" " * 8 + header[156:]
        assert sum(blank) == number(header[148:156]), "the checksum is wrong"
        size = int(instead.get("size", number(header[124:136])))
        content = data[at + 512:at + 512 + size]
        at += 512 * (1 + -(-size // 512))
        kind = header[156:157]
        if kind == b"x":
            instead = dict(pax_records(content))
        elif kind == b"L":
            instead = {"path": content.rstrip(b"\0")}
        else:
            name = header[:100].split(b"\0")[0]
            first = header[345:500].split(b"\0")[0]
            if first and header[257:263] == b"ustar\0":
                name = first + b"/" + name
            if kind in (b"0", b"\0", b"7"):
                files[instead.get("path", name)] = content
            instead = {}
    return files


class TarTest(unittest.TestCase):
    NAMES = ("a", "tessera-1/MANIFEST", "d/" * 60 + "long", "n" * 120, "caf\u00e9", "e/" + "x" * 200)

    def test_what_the_standard_library_packs(self):
        for form in (tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
            packed = io.BytesIO()
            expected = {}
            with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
                archive.addfile(self.entry("folder", tarfile.DIRTYPE, 0))
                for size, name in enumerate(self.NAMES, start=510):
                    if form == tarfile.USTAR_FORMAT and len(name) > 115 and "d/" not in name:
                        continue  # no room for such a name there
                    data = name[:1].encode() * size
                    archive.addfile(self.entry(name, tarfile.REGTYPE, size), io.BytesIO(data))
                    expected[name.encode()] = data
            self.assertEqual(untar(packed.getvalue()), expected)

    @staticmethod
    def entry(name, kind, size):
        info = tarfile.TarInfo(name)
        info.type, info.size, info.mtime = kind, size, 1350244992.5
        return info

    def test_large_numbers(self):
        self.assertEqual(number(b"\x80" + bytes(3) + (1 << 33).to_bytes(8, "big")), 1 << 33)

    def test_example_of_a_record(self):
        text = (SPEC / "decode/tar.txt").read_text()
        record = re.search(r'Example: "([^"]+)"', text)[1].encode() + b"\n"
        self.assertEqual(list(pax_records(record)), [("mtime", b"1350244992.023960108")])


def utf8(data):
    """The numbers of the characters, by decode/text.txt, section 2; None for an error."""
    result, at = [], 0
    while at < len(data):
        b = data[at]
        for low, high, base, more, least in ((0x00, 0x7F, 0, 0, 0), (0xC2, 0xDF, 0xC0, 1, 0x80),
                                             (0xE0, 0xEF, 0xE0, 2, 0x800),
                                             (0xF0, 0xF4, 0xF0, 3, 0x10000)):
            if low <= b <= high:
                break
        else:
            return None
        n, following = b - base, data[at + 1:at + 1 + more]
        for c in following:
            if not 0x80 <= c <= 0xBF:
                return None
            n = n * 64 + c - 0x80
        if len(following) < more or n < least or 0xD800 <= n <= 0xDFFF or n > 0x10FFFF:
            return None
        result.append(n)
        at += 1 + more
    return result


class TextTest(unittest.TestCase):
    def test_utf8(self):
        for text in ("", "plain", "\u00e9\u4e2d\U0001f600", "\x00\x7f\u0080\u07ff\u0800\uffff\U00010000",
                     "\ud7ff\ue000\U0010ffff"):
            self.assertEqual(utf8(text.encode()), [ord(c) for c in text])
        for first in range(256):
            for rest in (b"", b"\x80", b"\xbf\xbf", b"\x80\x80\x80", b"\x90\x80\x80", b"\x9f\xbf",
                         b"\xa0\x80", b"a", b"\x8f\xbf\xbf", b"\x80a"):
                data = bytes((first,)) + rest
                try:
                    expected = [ord(c) for c in data.decode()]
                except UnicodeDecodeError:
                    expected = None
                self.assertEqual(utf8(data), expected, data)

    def test_printed_ascii(self):
        text = (SPEC / "decode/text.txt").read_text()
        rows = re.findall(r"^    0x([2-7])_  (.*)$", text, re.MULTILINE)
        found = {}
        for high, row in rows:
            for column, character in enumerate(row.ljust(46)[::3]):
                found[int(high, 16) * 16 + column] = character
        self.assertEqual("".join(found[i] for i in range(0x20, 0x7F)),
                         "".join(map(chr, range(0x20, 0x7F))))


if __name__ == "__main__":
    unittest.main()

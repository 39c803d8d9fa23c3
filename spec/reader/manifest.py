"""The file MANIFEST, strictly, from decode/hashes.txt, sections 2 and 3.

`parse` takes exactly what the format allows and says of anything else in which
line it is and why.
"""

import re
from datetime import datetime

from blake3 import blake3
from errors import Damaged

BYTES_MAX = 1 << 28
FILES_MAX = 1_000_000
SIZE_MAX = (1 << 63) - 1
PATH_BYTES_MAX = 4096
PART_BYTES_MAX = 255
TITLE_BYTES_MAX = 1024
LANGUAGE_BYTES_MAX = 64
COLLECTION_MAX = 1_000_000

FIRST_LINE = "TESSERA MANIFEST v1"
ED25519_KEY = "identity/creator.pub.ed25519"
MLDSA65_KEY = "identity/creator.pub.mldsa65"
XWING_KEY = "identity/creator.pub.xwing"
ED25519_SIGNATURE = "identity/signature.ed25519.sig"
MLDSA65_SIGNATURE = "identity/signature.mldsa65.sig"
UNLISTED = ("MANIFEST", ED25519_SIGNATURE, MLDSA65_SIGNATURE)
KEY_SIZES = {ED25519_KEY: 32, MLDSA65_KEY: 1952, XWING_KEY: 1216}

HEX32 = re.compile(r"[0-9a-f]{32}")
HEX64 = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}/[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}")
PATH = re.compile(r"(?:[A-Za-z0-9._/-]|%[0-9A-F]{2})+")
NEEDLESS = re.compile(rb"[A-Za-z0-9._/-]")
# RFC 5646, section 2.1, without the irregular tags.
LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)", re.IGNORECASE | re.ASCII)
MEDIA_NAME = re.compile(r"media\.[a-z0-9]{1,8}")
PART_NAME = re.compile(r"(media\.[a-z0-9]{1,8})\.part-([0-9]{3})")


def _hex64(value):
    return None if HEX64.fullmatch(value) else "is not 64 lower-case hexadecimal digits"


def _time(value):
    if TIME.fullmatch(value):
        try:
            datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
            if value[17:19] < "60":
                return None
        except ValueError:
            pass
    return "is not a time as YYYY-MM-DDTHH:MM:SSZ"


def _title(value):
    if len(value.encode()) > TITLE_BYTES_MAX:
        return f"is longer than {TITLE_BYTES_MAX} bytes"
    if CONTROL.search(value):
        return "contains a control character"
    return "begins or ends with a space" if value != value.strip(" ") else None


def _language(value):
    good = LANGUAGE.fullmatch(value) and len(value) <= LANGUAGE_BYTES_MAX
    return None if good else "is not a language tag"


def _collection(value):
    match = re.fullmatch(r"([^ ]*) ([^/]*)/(.*)", value)
    if match and HEX32.fullmatch(match[1]) and all(map(NUMBER.fullmatch, match.group(2, 3))):
        if 1 <= int(match[2]) <= int(match[3]) <= COLLECTION_MAX:
            return None
    return "is not 32 hexadecimal digits, a space, and i/n"


def _one_of(*words):
    return lambda value: None if value in words else "is not " + " or ".join(words)


# In their order: key, whether it must be there, what says what is wrong with a value.
HEADER = (
    ("created", True, _time),
    ("creator", True, _hex64),
    ("creator-mldsa65", True, _hex64),
    ("title", False, _title),
    ("visibility", True, _one_of("public", "private", "circle", "sealed")),
    ("language", True, _language),
    ("supersedes", False, _hex64),
    ("collection", False, _collection),
    ("capsule", False, _hex64),
    ("open-after", False, _time),
    ("key-commitment", False, _hex64),
    ("encoding", True, _one_of("UTF-8")),
    ("schema", True, _one_of("v1")),
)


class Entry:
    """One listed file. `path` is as written, `name` as the file system has it (bytes)."""

    def __init__(self, line, path, name, blake3, sha256, media_type, size):
        self.line = line
        self.path = path
        self.name = name
        self.blake3 = blake3
        self.sha256 = sha256
        self.media_type = media_type
        self.size = size


class Manifest:
    """`header`: a dict of the keys that are there; `entries`: the files by path as written."""

    def __init__(self, header, entries):
        self.header = header
        self.entries = entries

    def memories(self):
        """The files of each memory: ID to a dict of names (such as meta.json) to entries."""
        result = {}
        for path, entry in self.entries.items():
            if path.startswith("memories/"):
                _, identifier, name = path.split("/")
                result.setdefault(identifier, {})[name] = entry
        return result


def _fail(line, reason):
    raise Damaged(f"MANIFEST line {line}: {reason}")


def _header(lines):
    """The keys and values from line 2 on, and the number of the line after them."""
    header = {}
    number = 2
    known = [key for key, _, _ in HEADER]
    for key, required, fault in HEADER:
        line = lines[number - 1] if number <= len(lines) else ""
        found, separator, value = line.partition(": ")
        if not separator or found != key:
            if required:
                if separator and found not in known:
                    _fail(number, f"unknown key '{found}'")
                _fail(number, f"'{key}: ' should be here")
            continue
        if value == "":
            _fail(number, f"'{key}' has no value")
        if reason := fault(value):
            _fail(number, f"'{key}' {reason}")
        header[key] = value
        number += 1
    return header, number


def path_fault(path):
    """What is wrong with a path as written, or None."""
    if not PATH.fullmatch(path):
        return "has a character that should be escaped, or a wrong escape"
    escapes = re.findall(r"%(..)", path)
    if any(NEEDLESS.match(bytes.fromhex(escape)) for escape in escapes):
        return "has a needless escape"
    if "00" in escapes:
        return "contains a zero byte"
    parts = unescape(path).split(b"/")
    if any(part in (b"", b".", b"..") for part in parts):
        return "has an empty part, '.' or '..'"
    if max(map(len, parts)) > PART_BYTES_MAX or len(b"/".join(parts)) > PATH_BYTES_MAX:
        return "is too long"
    return None


def unescape(path):
    """The bytes that a path as written stands for."""
    return re.sub(rb"%(..)", lambda m: bytes.fromhex(m[1].decode()), path.encode("ascii"))


def _entry(line, number):
    fields = line.split("  ")
    if len(fields) != 6 or fields[0] != "":
        _fail(number, "should be five fields with two spaces before each")
    _, path, fast, common, media_type, size = fields
    if reason := path_fault(path):
        _fail(number, f"the path {reason}")
    if path in UNLISTED or any(path.startswith(name + "/") for name in UNLISTED):
        _fail(number, "this file may not be listed")
    for field, prefix in ((fast, "blake3:"), (common, "sha256:")):
        if not field.startswith(prefix) or not HEX64.fullmatch(field[7:]):
            _fail(number, f"'{prefix}' and 64 lower-case hexadecimal digits should be here")
    if not MEDIA_TYPE.fullmatch(media_type):
        _fail(number, "the media type is not one")
    if not NUMBER.fullmatch(size) or int(size) > SIZE_MAX:
        _fail(number, "the size is not a decimal number")
    return Entry(number, path, unescape(path), fast[7:], common[7:], media_type, int(size))


def _entries(lines, first):
    if len(lines) - first + 1 > FILES_MAX:
        _fail(first + FILES_MAX, f"more than {FILES_MAX} files")
    entries, previous, total = {}, "", 0
    for number, line in enumerate(lines[first - 1:], start=first):
        entry = _entry(line, number)
        if entry.path <= previous:
            _fail(number, "the paths are not in order, or one comes twice")
        total += entry.size
        if total > SIZE_MAX:
            _fail(number, "the sizes together are too large")
        entries[entry.path] = entry
        previous = entry.path
    for path, entry in entries.items():
        parts = path.split("/")
        if any("/".join(parts[:i]) in entries for i in range(1, len(parts))):
            _fail(entry.line, "a folder on the path is also a file")
    return entries


def _check_keys(header, entries, line):
    """`line`: the last one, for what is not there."""
    for path in ("README.decode", *KEY_SIZES):
        if path not in entries:
            _fail(line, f"{path} is not listed")
    for path, size in KEY_SIZES.items():
        if entries[path].size != size:
            _fail(entries[path].line, f"{path} does not have {size} bytes")
    if entries[ED25519_KEY].blake3 != blake3(bytes.fromhex(header["creator"])).hex():
        _fail(entries[ED25519_KEY].line, "this is not the key that 'creator' names")
    if entries[MLDSA65_KEY].blake3 != header["creator-mldsa65"]:
        _fail(entries[MLDSA65_KEY].line, "this is not the key that 'creator-mldsa65' names")


def _memory_fault(identifier, files):
    """What is wrong with one memory's files (name to entry), or None."""
    media = sorted(name for name in files if name not in ("context.txt", "meta.json"))
    if len(media) != len(files) - 2:
        return "does not have both context.txt and meta.json"
    if len(media) == 1 and MEDIA_NAME.fullmatch(media[0]):
        return None if files[media[0]].blake3 == identifier else "is not named after its media"
    parts = [PART_NAME.fullmatch(name) for name in media]
    if not parts or not all(parts) or len({part[1] for part in parts}) != 1:
        return "does not have one media file, whole or in parts"
    numbers = [int(part[2]) for part in parts]
    if numbers[0] < 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return "has parts that do not follow one another"
    return None


def _check_memories(manifest, line):
    memories = {}
    for path in manifest.entries:
        if path.startswith("memories/"):
            parts = path.split("/")
            if len(parts) != 3 or not HEX64.fullmatch(parts[1]):
                _fail(manifest.entries[path].line,
                      "this is not in memories/, 64 hexadecimal digits, and a name")
            memories.setdefault(parts[1], {})[parts[2]] = manifest.entries[path]
    if not memories and "capsule" not in manifest.header:
        _fail(line, "there is no memory")
    for identifier, files in memories.items():
        if reason := _memory_fault(identifier, files):
            first = min(entry.line for entry in files.values())
            _fail(first, f"the memory that begins here {reason}")


def parse(data):
    """The Manifest in the bytes of the file; raises Damaged for anything not allowed."""
    if len(data) > BYTES_MAX:
        raise Damaged(f"MANIFEST has more than {BYTES_MAX} bytes")
    if not data.endswith(b"\n"):
        _fail(data.count(b"\n") + 1, "does not end with a line feed")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _fail(data[:error.start].count(b"\n") + 1, "is not UTF-8")
    lines = text[:-1].split("\n")
    if lines[0] != FIRST_LINE:
        _fail(1, f"should be '{FIRST_LINE}'")
    header, number = _header(lines)
    for expected in ("", "FILES:"):
        if number > len(lines) or lines[number - 1] != expected:
            _fail(number, f"should be '{expected}'" if expected else "should be empty: an "
                  "unknown key, or one twice or out of order, or the empty line is missing")
        number += 1
    entries = _entries(lines, number)
    manifest = Manifest(header, entries)
    _check_keys(header, entries, len(lines))
    _check_memories(manifest, len(lines))
    return manifest

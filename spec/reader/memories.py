"""The memories of a tessera: what meta.json says of them, and copying them out."""

import hashlib
import json
import os
import re

from errors import Damaged
from tessera_folder import PIECE_BYTES

META_BYTES_MAX = 32 << 20
DEPTH_MAX = 16


def _without_repeats(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key comes twice")
    return result


def _depth(text):
    """How deeply brackets nest outside of strings."""
    deepest = depth = 0
    for bracket in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.DOTALL):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def parse_meta(data):
    """The object in a meta.json; raises Damaged."""
    try:
        text = data.decode("utf-8")
        if _depth(text) > DEPTH_MAX:
            raise ValueError("it is nested too deeply")
        meta = json.loads(text, object_pairs_hook=_without_repeats)
    except ValueError as error:
        raise Damaged(f"meta.json cannot be read: {error}") from None
    if not isinstance(meta, dict) or meta.get("version") != "v1":
        raise Damaged("meta.json is not of version v1")
    return meta


class Memory:
    """One memory. `media`: the entries of its media file, or of its parts in order."""

    def __init__(self, folder, identifier, files):
        self.identifier = identifier
        self._folder = folder
        self._files = files
        names = sorted(name for name in files if name not in ("context.txt", "meta.json"))
        self.media = [files[name] for name in names]
        self.file_name = re.sub(r"\.part-[0-9]{3}$", "", names[0])

    def meta(self):
        return parse_meta(self._folder.read(self._files["meta.json"].path, META_BYTES_MAX))

    def context(self, bytes_max=1 << 20):
        """The words that go with it, at most so many bytes of them."""
        with self._folder.open(self._files["context.txt"].name) as file:
            return file.read(bytes_max).decode("utf-8", "replace")

    def copy(self, target):
        """Copies the media to a new file; yields what is wrong with the copy.

        Leaves no file behind where it fails.
        """
        for entry in self.media:
            self._folder.open(entry.name).close()
        with open(target, "xb") as output:
            try:
                yield from self._copy_media(output)
            except BaseException:
                os.unlink(target)
                raise

    def _copy_media(self, output):
        for entry in self.media:
            digest = hashlib.sha256()
            with self._folder.open(entry.name) as source:
                while piece := source.read(PIECE_BYTES):
                    digest.update(piece)
                    output.write(piece)
            if digest.hexdigest() != entry.sha256:
                yield f"{entry.path}: copied, but it does not have its SHA-256"


def memories_of(folder, parsed):
    return [Memory(folder, identifier, files) for identifier, files in parsed.memories().items()]


def _missing_parts(memory, meta):
    """The names of the parts that lie in other tesserae."""
    media = meta.get("media")
    parts = media.get("parts", []) if isinstance(media, dict) else []
    here = {entry.path.rsplit("/", 1)[1] for entry in memory.media}
    names = [part.get("file") for part in parts if isinstance(part, dict)]
    return [name for name in names if isinstance(name, str) and name not in here]


def _original_names(meta):
    """The paths (bytes) under which the file was once given."""
    sources = meta.get("sources")
    for source in sources if isinstance(sources, list) else []:
        exact = source.get("path_percent") if isinstance(source, dict) else None
        path = source.get("path") if isinstance(source, dict) else None
        if isinstance(exact, str) and exact.isascii():
            yield re.sub(rb"%([0-9A-F]{2})", lambda m: bytes.fromhex(m[1].decode()),
                         exact.encode("ascii"))
        elif isinstance(path, str):
            yield path.encode("utf-8", "replace")


def is_safe(path):
    """Whether a path (bytes) from outside stays below the folder it is put in."""
    parts = path.split(b"/")
    if any(part in (b"", b".", b"..") for part in parts) or b"\0" in path:
        return False
    # On Windows these two lead elsewhere; elsewhere they are ordinary characters.
    return os.sep == "/" or not (b"\\" in path or b":" in path)


def _targets(memory, meta):
    """Where a memory goes: its original names, or its identifier if it has no usable one."""
    names = [name for name in _original_names(meta) if is_safe(name)]
    return names or [_plain_name(memory)]


def _plain_name(memory):
    return f"{memory.identifier}{os.path.splitext(memory.file_name)[1]}".encode("ascii")


def _copy_to(memory, destination, name):
    path = os.path.join(destination, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    yield from memory.copy(path)


def extract(memories, destination):
    """Copies all memories into a new or empty folder; yields what went wrong.

    Because the folder is empty at first, there is nothing to overwrite and no
    link through which a name could lead out of it.
    """
    destination = os.fsencode(destination)
    os.makedirs(destination, exist_ok=True)
    if os.listdir(destination):
        raise FileExistsError(f"{os.fsdecode(destination)}: this folder is not empty")
    for memory in memories:
        try:
            meta = memory.meta()
        except (Damaged, OSError) as error:
            yield f"memories/{memory.identifier}: {error}; it gets its identifier as its name"
            meta = {}
        if missing := _missing_parts(memory, meta):
            yield (f"memories/{memory.identifier}: {len(missing)} part(s) of it lie in other "
                   "tesserae of the collection; the copy is not whole")
        for name in _targets(memory, meta):
            try:
                yield from _copy_to(memory, destination, name)
            except FileNotFoundError:
                yield f"memories/{memory.identifier}: its media file is missing"
            except Damaged as error:
                yield str(error)
            except OSError:  # two files want one name, or the name does not fit this disk
                yield from _copy_plainly(memory, destination)


def _copy_plainly(memory, destination):
    name = _plain_name(memory)
    try:
        yield from _copy_to(memory, destination, name)
        yield (f"memories/{memory.identifier}: its original name cannot be used here; "
               f"it is called {name.decode()}")
    except OSError as error:
        yield f"memories/{memory.identifier}: {error.strerror}"

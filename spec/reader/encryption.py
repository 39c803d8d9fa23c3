"""An encrypted tessera: its key and its content, from decode/encryption.txt and, for the key,
decode/envelope.txt."""

import os
import tarfile
from calendar import timegm
from time import strptime

import xwing
from aes_gcm import TAG_BYTES, AesGcm
from blake3 import derive
from errors import Damaged

CONTENT = "content.enc"
ENVELOPE = "identity/envelope.bin"
ENVELOPE_BYTES_MAX = 1 << 21
CHUNK_BYTES = 65536
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
ENVELOPE_HEAD = b"tesseras envelope v1\n"
ENTRY_COUNTS = [1 << n for n in range(2, 11)]
ENTRY_BYTES = xwing.CIPHERTEXT_BYTES + 32 + TAG_BYTES


class Closed:
    """What MANIFEST says of an encrypted tessera."""

    def __init__(self, parsed):
        header = parsed.header
        if "capsule" not in header or "key-commitment" not in header:
            raise Damaged("this tessera is not encrypted")
        self.capsule = bytes.fromhex(header["capsule"])
        self.commitment = bytes.fromhex(header["key-commitment"])
        opens = header.get("open-after")
        seconds = 0 if opens is None else timegm(strptime(opens, "%Y-%m-%dT%H:%M:%SZ"))
        self._bound = self.capsule + bytes([opens is not None]) + seconds.to_bytes(8, "little", signed=True)

    def associated(self, kind):
        return kind + b"\n" + self._bound

    def is_key(self, key):
        return derive("tesseras key commitment v1", key + self.capsule) == self.commitment

    def key_for(self, seed, envelope):
        """The content key, for one whose secret seed this is."""
        entries = envelope[len(ENVELOPE_HEAD):]
        count, rest = divmod(len(entries), ENTRY_BYTES)
        if not envelope.startswith(ENVELOPE_HEAD) or rest or count not in ENTRY_COUNTS:
            raise Damaged(f"{ENVELOPE}: this is no envelope")
        own = derive("tesseras xwing v1", seed)
        for at in range(0, len(entries), ENTRY_BYTES):
            entry = entries[at:at + ENTRY_BYTES]
            try:
                shared = xwing.decapsulate(own, entry[:xwing.CIPHERTEXT_BYTES])
            except Damaged:
                continue  # changed, or made by nobody honest: as if for somebody else
            wrap = AesGcm(derive("tesseras envelope key v1", shared + self.capsule))
            key = wrap.open(bytes(12), self.associated(b"tesseras envelope v1"), entry[xwing.CIPHERTEXT_BYTES:])
            if key is not None and not self.is_key(key):
                raise Damaged(f"{ENVELOPE}: holds another key than the one of this tessera")
            if key is not None:
                return key
        raise Damaged("it was not made for this seed")

    def chunks(self, key, file, size):
        """Yields what is in content.enc, piece by piece, each after its tag was found right."""
        if not self.is_key(key):
            raise Damaged("this is the key of another tessera")
        if size % SEALED_BYTES in range(1, TAG_BYTES + 1) or size == 0:
            raise Damaged(f"{CONTENT}: was cut short")
        cipher = AesGcm(derive("tesseras content stream v1", key + self.capsule))
        associated = self.associated(b"tesseras content v1")
        count = (size + SEALED_BYTES - 1) // SEALED_BYTES
        for number in range(count):
            nonce = number.to_bytes(11, "big") + bytes([number == count - 1])
            plain = cipher.open(nonce, associated, file.read(SEALED_BYTES))
            if plain is None:
                raise Damaged(f"{CONTENT}: chunk {number + 1} of {count} was changed")
            yield plain


class _Pieces:
    """Pieces as a file that is read from its beginning to its end."""

    def __init__(self, pieces):
        self._pieces = pieces
        self._left = b""

    def read(self, size):
        while len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        data, self._left = self._left[:size], self._left[size:]
        return data


def open_into(folder, closed, key, destination):
    """Writes the tessera that is inside below a new folder; the folder that it made."""
    with folder.open(CONTENT.encode("ascii")) as file:
        pieces = _Pieces(closed.chunks(key, file, os.fstat(file.fileno()).st_size))
        os.mkdir(destination)
        top = None
        with tarfile.open(fileobj=pieces, mode="r|", bufsize=tarfile.BLOCKSIZE) as archive:
            for member in archive:
                parts = member.name.split("/")
                if not member.isreg() or any(part in ("", ".", "..") for part in parts):
                    raise Damaged(f"{CONTENT}: holds what no tessera has: {member.name!r}")
                target = os.path.join(destination, *parts)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                top = top or os.path.join(destination, parts[0])
                with archive.extractfile(member) as source, open(target, "xb") as output:
                    while piece := source.read(CHUNK_BYTES):
                        output.write(piece)
        while pieces.read(CHUNK_BYTES):
            pass  # the last chunk is what shows that nothing is missing
    return top

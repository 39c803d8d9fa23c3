"""A second reader of spec/control.md and spec/wire.md: asks a daemon over its socket, as tes does."""

import dataclasses
import ipaddress
import os
import socket


class Refused(Exception):
    """The daemon's answer is an error."""

    def __init__(self, code, words):
        super().__init__(f"{code}: {words}")
        self.code, self.words = code, words


def pack(value):
    """A value of wire.md, section 3: each with the shortest head that holds it."""
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if value < 0x80:
            return bytes([value])
        for head, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
            if value < 1 << 8 * size:
                return bytes([head]) + value.to_bytes(size, "big")
        raise ValueError(value)
    if isinstance(value, str):
        data = value.encode()
        return _head(len(data), 0xA0, 32, ((0xD9, 1), (0xDA, 2))) + data
    if isinstance(value, bytes):
        return _head(len(value), 0, 0, ((0xC4, 1), (0xC5, 2))) + value
    if isinstance(value, (list, tuple)):
        return _head(len(value), 0x90, 16, ((0xDC, 2),)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        fields = sorted(value.items(), key=lambda field: field[0].encode())
        return _head(len(value), 0x80, 16, ((0xDE, 2),)) + b"".join(pack(key) + pack(one) for key, one in fields)
    raise TypeError(type(value))


def _head(count, fixed, fixed_end, others):
    if count < fixed_end:
        return bytes([fixed | count])
    for head, size in others:
        if count < 1 << 8 * size:
            return bytes([head]) + count.to_bytes(size, "big")
    raise ValueError(count)


def unpack(data):
    """The value that `data` is, all of it."""
    value, end = _unpack(data, 0)
    if end != len(data):
        raise ValueError("bytes behind the value")
    return value


def _unpack(data, at):
    head, at = data[at], at + 1

    def number(size):
        nonlocal at
        at += size
        return int.from_bytes(data[at - size:at], "big")

    def text(size):
        nonlocal at
        at += size
        if at > len(data):
            raise ValueError("cut off")
        return data[at - size:at]

    def values(count):
        nonlocal at
        found = []
        for _ in range(count):
            value, at = _unpack(data, at)
            found.append(value)
        return found

    def fields(count):
        flat = values(2 * count)
        return dict(zip(flat[::2], flat[1::2]))

    if head < 0x80:
        result = head
    elif head < 0x90:
        result = fields(head & 0x0F)
    elif head < 0xA0:
        result = values(head & 0x0F)
    elif head < 0xC0:
        result = text(head & 0x1F).decode()
    else:
        kinds = {0xC2: lambda: False, 0xC3: lambda: True,
                 0xC4: lambda: text(number(1)), 0xC5: lambda: text(number(2)),
                 0xCC: lambda: number(1), 0xCD: lambda: number(2), 0xCE: lambda: number(4), 0xCF: lambda: number(8),
                 0xD9: lambda: text(number(1)).decode(), 0xDA: lambda: text(number(2)).decode(),
                 0xDC: lambda: values(number(2)), 0xDE: lambda: fields(number(2))}
        if head not in kinds:
            raise ValueError(f"a first byte that is not in use: {head:02x}")
        result = kinds[head]()
    if at > len(data):
        raise ValueError("cut off")
    return result, at


@dataclasses.dataclass(frozen=True, order=True)
class Address:
    """Where a node is."""

    ip: str
    port: int

    def __str__(self):
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"

    @staticmethod
    def parse(text):
        ip, _, port = text.rpartition(":")
        return Address(ip.strip("[]"), int(port))

    @staticmethod
    def unpack(data):
        """As nodes write it (dht.md, section 3)."""
        return Address(str(ipaddress.ip_address(data[:-2])), int.from_bytes(data[-2:], "big"))


def frame(envelope):
    data = pack(envelope)
    return len(data).to_bytes(4, "big") + data


class Control:
    """A connection to the daemon of a data dir. Its answers are maps, as the document has them."""

    def __init__(self, data_dir, seconds=120):
        self._id = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        # A socket's name holds some hundred bytes only, and a test's folder may have more.
        try:
            folder = os.open(data_dir / "control", os.O_RDONLY | os.O_DIRECTORY)
            try:
                self._socket.connect(f"/proc/self/fd/{folder}/daemon.sock")
            finally:
                os.close(folder)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, method, **body):
        """Asks, and does not wait for the answer."""
        self._id += 1
        self._socket.sendall(frame([1, self._id, 0, method, pack(body)]))

    def ask(self, method, **body):
        self.send(method, **body)
        answer = unpack(self._take(int.from_bytes(self._take(4), "big")))
        version, number, kind = answer[:3]
        assert (version, number) == (1, self._id), answer
        if kind == 2:
            raise Refused(answer[3], answer[4])
        assert kind == 1, answer
        body = unpack(answer[3])
        if "error" in body:
            raise Refused(body["error"]["code"], body["error"]["message"])
        return body

    def take(self, size):
        """So many bytes that follow an answer."""
        return self._take(size)

    def _take(self, size):
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the daemon hung up")
            data += piece
        return data

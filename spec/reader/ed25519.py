"""Ed25519 verification, written from decode/signatures.txt."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)
BASE_Y = 4 * pow(5, -1, P) % P


def _x_from_y(y, sign):
    """The x of the curve point with this y and this lowest bit of x, or None."""
    u = (y * y - 1) % P
    v = (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * SQRT_MINUS_ONE % P
    if (v * x * x - u) % P != 0:
        return None
    if x == 0 and sign == 1:
        return None
    return P - x if x % 2 != sign else x


def decode_point(data):
    """The point (X, Y, Z, T) that 32 bytes stand for, or None if they stand for none."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    x = _x_from_y(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x % 2) << 255).to_bytes(32, "little")


def add(p, q):
    """The sum of two points in extended coordinates (also for p = q)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * D * p[3] * q[3] % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


_base_x = _x_from_y(BASE_Y, 0)
BASE = (_base_x, BASE_Y, 1, _base_x * BASE_Y % P)


def verify(public_key, message, signature):
    """Whether `signature` (64 bytes) is the key's (32 bytes) over `message`."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key = decode_point(public_key)
    if key is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:  # otherwise S + L would be a second valid signature
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % L
    x, y, z, t = multiply(k, key)
    minus_k_key = (P - x, y, z, P - t)
    return encode_point(add(multiply(s, BASE), minus_k_key)) == signature[:32]

"""X25519 and X-Wing, written from decode/envelope.txt, sections 2 and 4."""

from hashlib import sha3_256, shake_256

import mlkem768
from errors import Damaged

P = 2**255 - 19
BASE = (9).to_bytes(32, "little")
LABEL = rb"\.//^" + b"\\"
PUBLIC_BYTES = mlkem768.PUBLIC_BYTES + 32
CIPHERTEXT_BYTES = mlkem768.CIPHERTEXT_BYTES + 32


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in reversed(range(255)):
        swap = k >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        e = aa - bb
        x3, z3 = (da + cb)**2 % P, u * (da - cb)**2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def _shared(scalar, point):
    shared = x25519(scalar, point)
    if not any(shared):
        raise Damaged("an X25519 key is a point of small order")
    return shared


def _expanded(seed):
    drawn = shake_256(seed).digest(96)
    return drawn[:32], drawn[32:64], drawn[64:]


def public_key(seed):
    d, _, scalar = _expanded(seed)
    return mlkem768.key_pair(d)[0] + x25519(scalar, BASE)


def _combined(quantum, classical, ciphertext, public):
    return sha3_256(quantum + classical + ciphertext + public + LABEL).digest()


def encapsulate(public, randomness):
    """(shared secret, ciphertext) for a public key, from 64 random bytes."""
    quantum, ciphertext = mlkem768.encapsulate(public[:-32], randomness[:32])
    own = x25519(randomness[32:], BASE)
    classical = _shared(randomness[32:], public[-32:])
    return _combined(quantum, classical, own, public[-32:]), ciphertext + own


def decapsulate(seed, ciphertext):
    if len(ciphertext) != CIPHERTEXT_BYTES:
        raise Damaged("an X-Wing ciphertext has another size")
    d, z, scalar = _expanded(seed)
    quantum = mlkem768.decapsulate(d, z, ciphertext[:-32])
    classical = _shared(scalar, ciphertext[-32:])
    return _combined(quantum, classical, ciphertext[-32:], x25519(scalar, BASE))

"""ML-KEM-768 (FIPS 203), written from decode/envelope.txt, section 3. Slow, and not for secrets of
the living: its time depends on them."""

from hashlib import sha3_256, sha3_512, shake_128, shake_256

from errors import Damaged

Q, N, K = 3329, 256, 3
BITS_U, BITS_V = 10, 4
PUBLIC_BYTES = 384 * K + 32
CIPHERTEXT_BYTES = 32 * (BITS_U * K + BITS_V)


def _reversed7(number):
    return int(f"{number:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed7(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _reversed7(i) + 1, Q) for i in range(128)]


def ntt(f):
    f, number, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[number]
            number += 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j], f[j + length] = (f[j] + t) % Q, (f[j] - t) % Q
        length //= 2
    return f


def inverse_ntt(f):
    f, number, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[number]
            number -= 1
            for j in range(start, start + length):
                t = f[j]
                f[j], f[j + length] = (t + f[j + length]) % Q, zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _multiply(f, g):
    h = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a0 * b0 + a1 * b1 % Q * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def _add(f, g):
    return [(a + b) % Q for a, b in zip(f, g)]


def _inner_product(f, g):
    total = [0] * N
    for a, b in zip(f, g):
        total = _add(total, _multiply(a, b))
    return total


def _uniform(seed):
    """A polynomial whose coefficients are drawn evenly from the bytes of SHAKE128."""
    size, found = 1008, []
    while len(found) < N:
        drawn = shake_128(seed).digest(size)
        found = []
        for at in range(0, size, 3):
            a, b, c = drawn[at:at + 3]
            found += [x for x in (a + 256 * (b % 16), b // 16 + 16 * c) if x < Q]
        size += 504
    return found[:N]


def _small(key, number):
    """A polynomial of small coefficients: differences of two sums of two bits."""
    drawn = int.from_bytes(shake_256(key + bytes([number])).digest(128), "little")
    found = []
    for _ in range(N):
        found.append(((drawn & 1) + (drawn >> 1 & 1) - (drawn >> 2 & 1) - (drawn >> 3 & 1)) % Q)
        drawn >>= 4
    return found


def _packed(f, bits):
    number = 0
    for x in reversed(f):
        number = number << bits | x
    return number.to_bytes(32 * bits, "little")


def _unpacked(data, bits):
    number = int.from_bytes(data, "little")
    return [number >> bits * i & (1 << bits) - 1 for i in range(N)]


def _compressed(f, bits):
    return [((x << bits + 1) + Q) // (2 * Q) % (1 << bits) for x in f]


def _decompressed(f, bits):
    return [(2 * x * Q + (1 << bits)) >> bits + 1 for x in f]


def _matrix(rho):
    return [[_uniform(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


def key_pair(d):
    """(public key, secret vector) from 32 bytes."""
    seeds = sha3_512(d + bytes([K])).digest()
    rho, sigma = seeds[:32], seeds[32:]
    secret = [ntt(_small(sigma, i)) for i in range(K)]
    error = [ntt(_small(sigma, K + i)) for i in range(K)]
    rows = [_add(_inner_product(row, secret), error[i]) for i, row in enumerate(_matrix(rho))]
    return b"".join(_packed(row, 12) for row in rows) + rho, secret


def _encrypted(public, message, randomness):
    rows = [_unpacked(public[384 * i:384 * (i + 1)], 12) for i in range(K)]
    if any(x >= Q for row in rows for x in row):
        raise Damaged("a public key has a coefficient that none has")
    matrix = _matrix(public[384 * K:])
    y = [ntt(_small(randomness, i)) for i in range(K)]
    u = [_add(inverse_ntt(_inner_product([matrix[j][i] for j in range(K)], y)),
              _small(randomness, K + i)) for i in range(K)]
    v = _add(inverse_ntt(_inner_product(rows, y)), _small(randomness, 2 * K))
    v = _add(v, _decompressed(_unpacked(message, 1), 1))
    return (b"".join(_packed(_compressed(f, BITS_U), BITS_U) for f in u)
            + _packed(_compressed(v, BITS_V), BITS_V))


def _decrypted(secret, ciphertext):
    parts = [ciphertext[i:i + 32 * BITS_U] for i in range(0, 32 * BITS_U * K, 32 * BITS_U)]
    u = [ntt(_decompressed(_unpacked(part, BITS_U), BITS_U)) for part in parts]
    v = _decompressed(_unpacked(ciphertext[32 * BITS_U * K:], BITS_V), BITS_V)
    w = _add(v, [-x % Q for x in inverse_ntt(_inner_product(secret, u))])
    return _packed(_compressed(w, 1), 1)


def encapsulate(public, m):
    """(shared secret, ciphertext) for a public key, from 32 random bytes."""
    drawn = sha3_512(m + sha3_256(public).digest()).digest()
    return drawn[:32], _encrypted(public, m, drawn[32:])


def decapsulate(d, z, ciphertext):
    """The shared secret; of a ciphertext that was changed, another one."""
    if len(ciphertext) != CIPHERTEXT_BYTES:
        raise Damaged("an ML-KEM ciphertext has another size")
    public, secret = key_pair(d)
    message = _decrypted(secret, ciphertext)
    drawn = sha3_512(message + sha3_256(public).digest()).digest()
    if _encrypted(public, message, drawn[32:]) == ciphertext:
        return drawn[:32]
    return shake_256(z + ciphertext).digest(32)

// Both signatures of a creator (identity.md, section 2).

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { equal, fromLittleEndian, join } from "./bytes.mjs";

const ORDER = ed25519.Point.Fn.ORDER;

// Strict: S below the order, keys canonical and not of small order, without the cofactor, R by its bytes.
// The library's own check multiplies by the cofactor, so that it takes signatures which others refuse.
export function verifyEd25519(key, message, signature) {
  if (signature.length !== 64 || key.length !== 32) return false;
  const s = fromLittleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  let point;
  try {
    point = ed25519.Point.fromBytes(key); // refuses a y that is not below 2^255 - 19
  } catch {
    return false;
  }
  if (point.isSmallOrder()) return false;
  const challenge = fromLittleEndian(sha512(join(signature.subarray(0, 32), key, message))) % ORDER;
  const expected = times(ed25519.Point.BASE, s).subtract(times(point, challenge));
  return equal(expected.toBytes(), signature.subarray(0, 32));
}

// Not in constant time, which what is public has no need of.
function times(point, number) {
  return number === 0n ? ed25519.Point.ZERO : point.multiplyUnsafe(number);
}

// Pure, with the empty context.
export function verifyMlDsa65(key, message, signature) {
  if (signature.length !== 3309 || key.length !== 1952) return false;
  try {
    return ml_dsa65.verify(signature, message, key);
  } catch {
    return false; // an encoding that FIPS 204 does not allow
  }
}

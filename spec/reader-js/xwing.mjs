// X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519, put together by SHA3-256.

import { x25519 } from "@noble/curves/ed25519.js";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { ascii, join } from "./bytes.mjs";

export const CIPHERTEXT_BYTES = 1120;
const MLKEM_CIPHERTEXT_BYTES = 1088;
const LABEL = ascii("\\.//^\\");

export function keyPair(seed) {
  const expanded = shake256(seed, { dkLen: 96 });
  const quantum = ml_kem768.keygen(expanded.subarray(0, 64));
  const classical = expanded.subarray(64);
  const classicalPublic = x25519.getPublicKey(classical);
  const publicKey = join(quantum.publicKey, classicalPublic);
  return { quantum: quantum.secretKey, classical, classicalPublic, publicKey };
}

// The shared secret, 32 bytes; nothing for a ciphertext whose X25519 point is of small order. One that was
// changed elsewhere gives another secret, as ML-KEM does.
export function decapsulate(pair, ciphertext) {
  const point = ciphertext.subarray(MLKEM_CIPHERTEXT_BYTES);
  let classical;
  try {
    classical = x25519.getSharedSecret(pair.classical, point);
  } catch {
    return undefined;
  }
  const quantum = ml_kem768.decapsulate(ciphertext.subarray(0, MLKEM_CIPHERTEXT_BYTES), pair.quantum);
  return sha3_256(join(quantum, classical, point, pair.classicalPublic, LABEL));
}

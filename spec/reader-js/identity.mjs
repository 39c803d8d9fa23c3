// The file root.seed, and the keys that follow from it (identity.md).

import { ed25519 } from "@noble/curves/ed25519.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import * as aesGcm from "./aes_gcm.mjs";
import { ascii, equal } from "./bytes.mjs";
import { corrupt, denied, unsupported } from "./errors.mjs";
import { blake3, derive } from "./hashes.mjs";
import * as xwing from "./xwing.mjs";

export const PROTECTED_BYTES = 130;
const BLOB_BYTES = 34;
const MAGIC = ascii("TESSEED");

// The root seed in a file's bytes; `passphrase` (bytes) is asked for only where there is one.
export function rootSeed(file, passphrase) {
  return isProtected(file) ? ofBlob(unprotected(file, passphrase)) : ofBlob(file);
}

export function isProtected(file) {
  return equal(file.subarray(0, MAGIC.length), MAGIC);
}

// Section 4.
function ofBlob(blob) {
  if (blob.length !== BLOB_BYTES) corrupt(`root.seed: has ${blob.length} bytes`);
  if (blob[0] !== 1 || blob[1] !== 0) unsupported("root.seed: was written by a later release");
  return blob.subarray(2);
}

// Section 5. The checksum comes first, but for the version: a later one may have another length.
function unprotected(file, passphrase) {
  if (file.length > MAGIC.length && file[7] !== 1) unsupported("root.seed: was written by a later release");
  if (file.length !== PROTECTED_BYTES || !equal(blake3(file.subarray(0, 98)), file.subarray(98))) {
    corrupt("root.seed: is damaged; use a copy");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const [memory, iterations, lanes] = [8, 12, 16].map((at) => view.getUint32(at, true));
  const within = (number, most) => number >= 1 && number <= most;
  if (!within(lanes, 16) || !within(iterations, 16) || memory < 8 * lanes || memory > 524288) {
    corrupt("root.seed: its cost is outside of the limits");
  }
  if (!passphrase?.length) denied("root.seed: has a passphrase");
  const key = argon2id(passphrase, file.subarray(20, 36),
                       { t: iterations, m: memory, p: lanes, dkLen: 32, version: 0x13, maxmem: 2 ** 30 });
  return aesGcm.open(key, file.subarray(36, 48), file.subarray(0, 48), file.subarray(48, 98)) ??
    denied("root.seed: has another passphrase");
}

// Section 1: the three key pairs, each as its library has it.
export function keysOf(seed) {
  return {
    ed25519: ed25519.keygen(derive("tesseras ed25519 v1", seed)),
    mldsa65: ml_dsa65.keygen(derive("tesseras mldsa65 v1", seed)),
    xwing: xwing.keyPair(derive("tesseras xwing v1", seed)),
  };
}

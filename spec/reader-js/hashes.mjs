// BLAKE3, its derive-key mode, and SHA-256 (tessera.md, section 1; encryption.md, before section 1).

import { blake3 } from "@noble/hashes/blake3.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, hex } from "./bytes.mjs";

export { blake3 };
export const blake3Hex = (bytes) => hex(blake3(bytes));

// 32 bytes; the context in ASCII.
export function derive(context, material) {
  return blake3(material, { context: ascii(context) });
}

// Both hashes of what comes in pieces, and its size.
export class BothHashes {
  #fast = blake3.create();
  #common = sha256.create();
  size = 0n;

  update(piece) {
    this.#fast.update(piece);
    this.#common.update(piece);
    this.size += BigInt(piece.length);
  }

  // What of a MANIFEST's entry this is not, in words; nothing when it is all of it. Ends the hashing.
  fault(entry) {
    if (this.size !== entry.size) return `has ${this.size} bytes instead of ${entry.size}`;
    if (hex(this.#fast.digest()) !== entry.blake3) return "does not have its BLAKE3";
    if (hex(this.#common.digest()) !== entry.sha256) return "does not have its SHA-256";
    return undefined;
  }
}

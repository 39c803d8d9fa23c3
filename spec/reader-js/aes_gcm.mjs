// AES-256-GCM with a tag of 16 bytes.

import { gcm } from "@noble/ciphers/aes.js";

export const TAG_BYTES = 16;

// What was sealed, or nothing where the tag does not hold.
export function open(key, nonce, associated, sealed) {
  if (sealed.length < TAG_BYTES) return undefined;
  try {
    return gcm(key, nonce, associated).decrypt(sealed);
  } catch {
    return undefined;
  }
}

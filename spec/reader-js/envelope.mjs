// identity/envelope.bin: who can have the content key (encryption.md, section 4).

import * as aesGcm from "./aes_gcm.mjs";
import { ascii, equal } from "./bytes.mjs";
import { corrupt, denied } from "./errors.mjs";
import * as xwing from "./xwing.mjs";

export const BYTES_MAX = 2 ** 21;
const HEAD = ascii("tesseras envelope v1\n");
const ENTRY_BYTES = xwing.CIPHERTEXT_BYTES + 32 + aesGcm.TAG_BYTES;
const COUNTS = [4, 8, 16, 32, 64, 128, 256, 512, 1024];

// The content key, for whoever has this X-Wing key pair.
export function contentKey(capsule, envelope, pair) {
  const count = (envelope.length - HEAD.length) / ENTRY_BYTES;
  if (!equal(envelope.subarray(0, HEAD.length), HEAD) || !COUNTS.includes(count)) {
    corrupt("identity/envelope.bin: this is no envelope");
  }
  for (let at = HEAD.length; at < envelope.length; at += ENTRY_BYTES) {
    const key = unwrap(capsule, envelope.subarray(at, at + ENTRY_BYTES), pair);
    if (!key) continue; // another's, or changed: these look the same
    if (!capsule.isKey(key)) corrupt("identity/envelope.bin: holds another key than that of this tessera");
    return key;
  }
  return denied("this tessera was not made for this seed");
}

function unwrap(capsule, entry, pair) {
  const shared = xwing.decapsulate(pair, entry.subarray(0, xwing.CIPHERTEXT_BYTES));
  if (!shared) return undefined;
  const wrapKey = capsule.derive("tesseras envelope key v1", shared);
  return aesGcm.open(wrapKey, new Uint8Array(12), capsule.associated("tesseras envelope v1"),
                     entry.subarray(xwing.CIPHERTEXT_BYTES));
}

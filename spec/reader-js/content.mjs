// content.enc: the tessera inside, as chunks that each hold for themselves (encryption.md, section 3).

import * as aesGcm from "./aes_gcm.mjs";
import { bigEndian, join } from "./bytes.mjs";
import { corrupt, denied } from "./errors.mjs";

const SEALED_BYTES = 65536 + aesGcm.TAG_BYTES;

// Yields the plaintext, chunk by chunk, each after its tag held; it is whole only when the generator has ended.
// `read(n)` gives the next n bytes of the file, or fewer at its end; `size` is the file's, in bytes.
export function* chunks(capsule, key, read, size) {
  if (!capsule.isKey(key)) denied("this is the key of another tessera");
  const rest = size % SEALED_BYTES;
  if (size === 0 || (rest >= 1 && rest <= aesGcm.TAG_BYTES)) corrupt("content.enc: was cut short");
  const streamKey = capsule.derive("tesseras content stream v1", key);
  const associated = capsule.associated("tesseras content v1");
  const count = Math.ceil(size / SEALED_BYTES);
  for (let number = 0; number < count; number++) {
    const nonce = join(bigEndian(number, 11), Uint8Array.of(number === count - 1 ? 1 : 0));
    yield aesGcm.open(streamKey, nonce, associated, read(SEALED_BYTES)) ??
      corrupt(`content.enc: chunk ${number + 1} of ${count} was changed`);
  }
}

// The size of what is encrypted for a pack of `size` bytes, a BigInt: Padmé.
export function paddedSize(size) {
  const bitLength = (number) => number.toString(2).length;
  const exponent = bitLength(size) - 1;
  const unit = 1n << BigInt(exponent - bitLength(exponent));
  return (size + unit - 1n) / unit * unit;
}

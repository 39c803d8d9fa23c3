// Bytes as hexadecimal digits, as numbers, one after another.

const encoder = new TextEncoder();

export const ascii = (text) => encoder.encode(text);
export const hex = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
export const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));
export const join = (...parts) => new Uint8Array(Buffer.concat(parts));

export function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

// A whole number in `size` bytes, the high byte first.
export function bigEndian(number, size) {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, left = BigInt(number); at >= 0; at--, left >>= 8n) bytes[at] = Number(left & 255n);
  return bytes;
}

// The same with the low byte first; a negative number as 2^(8 size) more.
export function littleEndian(number, size) {
  return bigEndian(BigInt.asUintN(8 * size, BigInt(number)), size).reverse();
}

export function fromLittleEndian(bytes) {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

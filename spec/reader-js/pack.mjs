// A pack is a tar that MANIFEST determines to the byte (pack.md), so every header is computed and compared, and
// nothing is taken from one but the size of MANIFEST.

import { equal, join } from "./bytes.mjs";
import { corrupt } from "./errors.mjs";
import { BothHashes } from "./hashes.mjs";
import * as manifest from "./manifest.mjs";
import { escapePath, seconds } from "./manifest_fields.mjs";

const BLOCK_BYTES = 512;
const PIECE_BYTES = 1 << 20;
const TIME_MAX = 8 ** 11 - 1;
const SIGNATURE_SIZES = { [manifest.ED25519_SIGNATURE]: 64n, [manifest.MLDSA65_SIGNATURE]: 3309n };

const octal = (number, digits) => `${number.toString(8).padStart(digits, "0")}\0`;
const padding = (size) => Number(-BigInt(size) & BigInt(BLOCK_BYTES - 1));

function block(name, prefix, size, created, type) {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  bytes.set(name, 0);
  bytes.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(size, 11) +
              octal(Math.min(Math.max(created, 0), TIME_MAX), 11) + "        " + type, 100, "latin1");
  bytes.write("ustar\u000000", 257, "latin1");
  bytes.write(octal(0, 7) + octal(0, 7), 329, "latin1");
  bytes.set(prefix, 345);
  bytes.write(`${octal(bytes.reduce((sum, byte) => sum + byte, 0), 6)} `, 148, "latin1");
  return bytes;
}

// [prefix, name], or nothing where they cannot hold the path.
function cut(path) {
  if (path.length <= 100) return [Buffer.alloc(0), path];
  const slash = path.indexOf(0x2f, path.length - 101);
  return slash < 0 || slash > 155 ? undefined : [path.subarray(0, slash), path.subarray(slash + 1)];
}

// LENGTH counts its own digits.
function record(key, value) {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

// Section 2. `path` in bytes, `size` a BigInt, `created` in seconds since 1970.
export function header(path, size, created) {
  const parts = cut(path);
  const long = size >= 2n ** 33n;
  const records = Buffer.concat([parts ? Buffer.alloc(0) : record("path", path),
                                 long ? record("size", Buffer.from(String(size))) : Buffer.alloc(0)]);
  const [prefix, name] = parts ?? [Buffer.alloc(0), path.subarray(0, 100)];
  const last = block(name, prefix, long ? 0n : size, created, "0");
  if (records.length === 0) return last;
  const first = block(Buffer.from("pax-header"), Buffer.alloc(0), BigInt(records.length), created, "x");
  return Buffer.concat([first, records, Buffer.alloc(padding(records.length)), last]);
}

// Pieces of any sizes, read as one string of bytes.
class Pieces {
  #pieces;
  #left = new Uint8Array(0);
  taken = 0n;

  constructor(pieces) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  // 1 to `most` bytes, or nothing at the end.
  some(most) {
    while (this.#left.length === 0) {
      const next = this.#pieces.next();
      if (next.done) return undefined;
      this.#left = next.value;
    }
    const piece = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(piece.length);
    this.taken += BigInt(piece.length);
    return piece;
  }

  *exactly(size) {
    for (let left = BigInt(size); left > 0n;) {
      const piece = this.some(left < PIECE_BYTES ? Number(left) : PIECE_BYTES) ?? corrupt("the pack was cut short");
      left -= BigInt(piece.length);
      yield piece;
    }
  }

  whole(size) {
    return join(...this.exactly(size));
  }
}

function zeros(pieces, what) {
  for (const piece of pieces) {
    if (piece.some((byte) => byte !== 0)) corrupt(`the pack has something ${what}`);
  }
}

function readManifest(pieces) {
  const first = pieces.whole(BLOCK_BYTES);
  const digits = Buffer.from(first.subarray(124, 136)).toString("latin1");
  if (!/^[0-7]{11}\0$/.test(digits)) corrupt("the pack does not begin with a header");
  const size = Number.parseInt(digits, 8);
  if (size > manifest.BYTES_MAX) corrupt("the pack's MANIFEST is too long");
  const parsed = manifest.parse(pieces.whole(size));
  const created = seconds(parsed.header.get("created"));
  if (!equal(first, header(memberPath(parsed, Buffer.from("MANIFEST")), BigInt(size), created))) {
    corrupt("MANIFEST: its header in the pack is not the right one");
  }
  zeros(pieces.exactly(padding(size)), "behind MANIFEST");
  return parsed;
}

const memberPath = (parsed, name) => Buffer.concat([Buffer.from(`tessera-${parsed.hash}/`), name]);

// Section 1: gives each file as it comes to `write(name in bytes, its pieces)`, and returns {manifest, size}: the
// MANIFEST as `parse` has it, and the size of the pack. Listed files are held against their hashes. Behind the
// pack, only zeros may follow.
export function unpack(source, write) {
  const pieces = new Pieces(source);
  const parsed = readManifest(pieces);
  write(Buffer.from("MANIFEST"), [parsed.bytes]);
  const created = seconds(parsed.header.get("created"));
  const signatures = Object.entries(SIGNATURE_SIZES).map(([path, size]) => ({ path, name: Buffer.from(path), size }));
  for (const member of [...signatures, ...parsed.entries.values()]) {
    const expected = header(memberPath(parsed, member.name), member.size, created);
    if (!equal(pieces.whole(expected.length), expected)) {
      corrupt(`${escapePath(member.name)}: its header in the pack is not the right one`);
    }
    write(member.name, hashed(pieces.exactly(member.size), member));
    zeros(pieces.exactly(padding(member.size)), `behind ${escapePath(member.name)}`);
  }
  zeros(pieces.exactly(2 * BLOCK_BYTES), "at its end");
  const size = pieces.taken;
  for (let piece; (piece = pieces.some(PIECE_BYTES));) zeros([piece], "behind its end");
  return { manifest: parsed, size };
}

// The pieces as they come; behind the last, an error where they are not what the entry says.
function* hashed(pieces, entry) {
  const hashes = new BothHashes();
  for (const piece of pieces) {
    hashes.update(piece);
    yield piece;
  }
  const fault = entry.blake3 && hashes.fault(entry);
  if (fault) corrupt(`${entry.path}: ${fault}`);
}

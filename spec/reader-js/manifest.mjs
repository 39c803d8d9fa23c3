// The file MANIFEST, strictly: `parse` takes exactly what tessera.md, section 2, allows, and says of anything
// else in which line it is and why.

import { fromHex } from "./bytes.mjs";
import { corrupt } from "./errors.mjs";
import { blake3Hex } from "./hashes.mjs";
import * as fields from "./manifest_fields.mjs";
import { memoriesFault } from "./manifest_memories.mjs";

export const BYTES_MAX = 2 ** 28;
const FILES_MAX = 1_000_000;
export const ED25519_KEY = "identity/creator.pub.ed25519";
export const MLDSA65_KEY = "identity/creator.pub.mldsa65";
export const ED25519_SIGNATURE = "identity/signature.ed25519.sig";
export const MLDSA65_SIGNATURE = "identity/signature.mldsa65.sig";
export const UNLISTED = ["MANIFEST", ED25519_SIGNATURE, MLDSA65_SIGNATURE];
const KEY_SIZES = { [ED25519_KEY]: 32n, [MLDSA65_KEY]: 1952n, "identity/creator.pub.xwing": 1216n };

// In their order: key, whether it must be there, what says what is wrong with a value.
const HEADER = [
  ["created", true, fields.timeFault],
  ["creator", true, fields.hex64Fault],
  ["creator-mldsa65", true, fields.hex64Fault],
  ["title", false, fields.titleFault],
  ["visibility", true, fields.oneOf("public", "private", "circle", "sealed")],
  ["language", true, fields.languageFault],
  ["supersedes", false, fields.hex64Fault],
  ["collection", false, fields.collectionFault],
  ["capsule", false, fields.hex64Fault],
  ["open-after", false, fields.timeFault],
  ["key-commitment", false, fields.hex64Fault],
  ["encoding", true, fields.oneOf("UTF-8")],
  ["schema", true, fields.oneOf("v1")],
];

const fail = (line, reason) => corrupt(`MANIFEST line ${line}: ${reason}`);

// {bytes, hash, header, entries}: the content hash, the keys as a Map, and the files as a Map from the path as
// written to {line, path, name, blake3, sha256, type, size}; `name` is the path in bytes, `size` a BigInt.
export function parse(bytes) {
  if (bytes.length > BYTES_MAX) corrupt(`MANIFEST has more than ${BYTES_MAX} bytes`);
  const lines = linesOf(bytes);
  if (lines[0] !== "TESSERA MANIFEST v1") fail(1, "should be 'TESSERA MANIFEST v1'");
  const { header, after } = headerOf(lines);
  if (lines[after - 1] !== "") {
    fail(after, "should be empty: a key that is unknown, comes twice or out of order, or the empty line is missing");
  }
  if (lines[after] !== "FILES:") fail(after + 1, "should be 'FILES:'");
  const entries = entriesOf(lines, after + 2);
  checkKeys(header, entries, lines.length);
  const fault = memoriesFault(entries.values());
  if (fault) fail(...fault);
  const hasMemories = [...entries.keys()].some((path) => path.startsWith("memories/"));
  if (!hasMemories && !header.has("capsule")) fail(lines.length, "there is no memory");
  return { bytes, hash: blake3Hex(bytes), header, entries };
}

function linesOf(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lines = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from);
    if (end < 0) fail(lines.length + 1, "does not end with a line feed");
    try {
      lines.push(decoder.decode(bytes.subarray(from, end)));
    } catch {
      fail(lines.length + 1, "is not UTF-8");
    }
    from = end + 1;
  }
  return lines;
}

function headerOf(lines) {
  const header = new Map();
  let number = 2;
  for (const [key, required, faultOf] of HEADER) {
    const line = lines[number - 1] ?? "";
    if (!line.startsWith(`${key}: `)) {
      if (required) fail(number, `'${key}: ' should be here`);
      continue;
    }
    const value = line.slice(key.length + 2);
    if (value === "") fail(number, `'${key}' has no value`);
    const fault = faultOf(value);
    if (fault) fail(number, `'${key}' ${fault}`);
    header.set(key, value);
    number++;
  }
  return { header, after: number };
}

function entryOf(text, line) {
  const parts = text.split("  ");
  if (parts.length !== 6 || parts[0] !== "") fail(line, "should be five fields with two spaces before each");
  const [, path, fast, common, type, size] = parts;
  const pathFault = fields.pathFault(path);
  if (pathFault) fail(line, pathFault);
  if (UNLISTED.some((name) => path === name || path.startsWith(`${name}/`))) fail(line, "this file may not be listed");
  for (const [field, prefix] of [[fast, "blake3:"], [common, "sha256:"]]) {
    if (!field.startsWith(prefix) || !fields.HEX64.test(field.slice(7))) {
      fail(line, `'${prefix}' and 64 lower-case hexadecimal digits should be here`);
    }
  }
  const fault = fields.mediaTypeFault(type) ?? fields.sizeFault(size);
  if (fault) fail(line, fault);
  return { line, path, name: fields.unescapePath(path), blake3: fast.slice(7), sha256: common.slice(7), type,
           size: BigInt(size) };
}

function entriesOf(lines, first) {
  if (lines.length - first + 1 > FILES_MAX) fail(first + FILES_MAX, `more than ${FILES_MAX} files`);
  const entries = new Map();
  let [previous, total] = ["", 0n];
  for (let number = first; number <= lines.length; number++) {
    const entry = entryOf(lines[number - 1], number);
    if (entry.path <= previous) fail(number, "the paths are not in order, or one comes twice");
    total += entry.size;
    if (total > fields.SIZE_MAX) fail(number, "the sizes together are too large");
    entries.set(entry.path, entry);
    previous = entry.path;
  }
  for (const entry of entries.values()) {
    for (let end = entry.path.indexOf("/"); end >= 0; end = entry.path.indexOf("/", end + 1)) {
      if (entries.has(entry.path.slice(0, end))) fail(entry.line, "a folder on the path is also a file");
    }
  }
  return entries;
}

// Section 2.3. `line` is the last one, for what is not there.
function checkKeys(header, entries, line) {
  for (const path of ["README.decode", ...Object.keys(KEY_SIZES)]) {
    if (!entries.has(path)) fail(line, `${path} is not listed`);
  }
  for (const [path, size] of Object.entries(KEY_SIZES)) {
    if (entries.get(path).size !== size) fail(entries.get(path).line, `${path} does not have ${size} bytes`);
  }
  const ed25519 = entries.get(ED25519_KEY);
  if (ed25519.blake3 !== blake3Hex(fromHex(header.get("creator")))) {
    fail(ed25519.line, "this is not the key that 'creator' names");
  }
  const mldsa65 = entries.get(MLDSA65_KEY);
  if (mldsa65.blake3 !== header.get("creator-mldsa65")) {
    fail(mldsa65.line, "this is not the key that 'creator-mldsa65' names");
  }
}

// What several tests share: where vectors are, and a small encrypted tessera to try things on.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gcm } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { ascii, bigEndian, hex, join } from "./bytes.mjs";
import { Capsule } from "./capsule.mjs";
import { paddedSize } from "./content.mjs";
import { Refused } from "./errors.mjs";
import { blake3Hex, derive } from "./hashes.mjs";
import { keysOf } from "./identity.mjs";
import { ED25519_SIGNATURE, MLDSA65_SIGNATURE } from "./manifest.mjs";
import { seconds } from "./manifest_fields.mjs";
import { header } from "./pack.mjs";

const SPEC = process.env.TESSERAS_SPEC ?? fileURLToPath(new URL("..", import.meta.url));

// [name, bytes] of each vector of a folder.
export function vectors(folder) {
  const whole = path.join(SPEC, "vectors", folder);
  return fs.readdirSync(whole).filter((name) => !name.endsWith(".py")).sort()
    .map((name) => [name, new Uint8Array(fs.readFileSync(path.join(whole, name)))]);
}

// The lines `key: value` of a vector.
export function fieldsOf(bytes) {
  const lines = Buffer.from(bytes).toString().split("\n").map((line) => /^([a-z0-9-]+): ?(.*)$/.exec(line));
  return Object.fromEntries(lines.filter(Boolean).map(([, key, value]) => [key, value]));
}

export function refused(action, kind, pattern = /./) {
  assert.throws(action, (error) => error instanceof Refused && error.kind === kind && pattern.test(error.message));
}

export function temporaryFolder(context) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "reader-js-"));
  context.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const SEED = new Uint8Array(32).map((_, at) => at);
export const KEY = new Uint8Array(32).fill(7);
const CAPSULE = new Uint8Array(32).fill(9);
const keys = keysOf(SEED);

// A tessera's files, as [path, bytes] sorted by path, MANIFEST and the signatures first, which are right.
function signed(lines, files) {
  const all = [...files, ["README.decode", ascii("read me\n")],
               ["identity/creator.pub.ed25519", keys.ed25519.publicKey],
               ["identity/creator.pub.mldsa65", keys.mldsa65.publicKey],
               ["identity/creator.pub.xwing", keys.xwing.publicKey]].sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = all.map(([name, bytes]) =>
    `  ${name}  blake3:${blake3Hex(bytes)}  sha256:${hex(sha256(bytes))}  text/plain  ${bytes.length}\n`);
  const manifest = ascii(["TESSERA MANIFEST v1", `created: ${lines.created}`, `creator: ${hex(keys.ed25519.publicKey)}`,
    `creator-mldsa65: ${blake3Hex(keys.mldsa65.publicKey)}`, `visibility: ${lines.visibility}`, "language: und",
    ...lines.capsule ?? [], "encoding: UTF-8", "schema: v1", "", "FILES:\n"].join("\n") + listed.join(""));
  return [["MANIFEST", manifest], [ED25519_SIGNATURE, ed25519.sign(manifest, keys.ed25519.secretKey)],
          [MLDSA65_SIGNATURE, ml_dsa65.sign(manifest, keys.mldsa65.secretKey, { extraEntropy: false })], ...all];
}

function packed([[, manifest], ...files], created) {
  const name = `tessera-${blake3Hex(manifest)}/`;
  const parts = [["MANIFEST", manifest], ...files].flatMap(([file, bytes]) =>
    [header(Buffer.from(name + file), BigInt(bytes.length), created), bytes, new Uint8Array(-bytes.length & 511)]);
  return join(...parts, new Uint8Array(1024));
}

function encrypted(capsule, plaintext) {
  const count = Math.ceil(plaintext.length / 65536);
  const key = capsule.derive("tesseras content stream v1", KEY);
  return join(...Array.from({ length: count }, (_, number) => {
    const nonce = join(bigEndian(number, 11), Uint8Array.of(number === count - 1 ? 1 : 0));
    return gcm(key, nonce, capsule.associated("tesseras content v1"))
      .encrypt(plaintext.subarray(number * 65536, (number + 1) * 65536));
  }));
}

function enveloped(capsule) {
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(keys.xwing.publicKey.subarray(0, 1184));
  const once = x25519.keygen();
  const classical = x25519.getSharedSecret(once.secretKey, keys.xwing.classicalPublic);
  const shared = sha3_256(join(sharedSecret, classical, once.publicKey, keys.xwing.classicalPublic, ascii("\\.//^\\")));
  const wrap = gcm(capsule.derive("tesseras envelope key v1", shared), new Uint8Array(12),
                   capsule.associated("tesseras envelope v1"));
  const filling = new Uint8Array(3 * 1168).fill(3);
  return join(ascii("tesseras envelope v1\n"), filling, cipherText, once.publicKey, wrap.encrypt(KEY));
}

// Writes an encrypted tessera below `parent`, and returns its folder. `innerLines` takes the place of what the
// inner MANIFEST says; `padding`, of how many zeros are behind its pack.
export function writeEncrypted(parent, { innerLines = {}, padding } = {}) {
  const created = "2026-02-14T09:30:00Z";
  const media = new Uint8Array(150_000).map((_, at) => at % 251);
  const memory = `memories/${blake3Hex(media)}/`;
  const inner = packed(signed({ created, visibility: "private", ...innerLines },
    [[`${memory}media.bin`, media], [`${memory}context.txt`, ascii("words\n")], [`${memory}meta.json`, ascii("{}\n")]]),
    seconds(created));
  const commitment = derive("tesseras key commitment v1", join(KEY, CAPSULE));
  const capsule = new Capsule(CAPSULE, commitment, undefined);
  const zeros = padding ?? Number(paddedSize(BigInt(inner.length))) - inner.length;
  const outer = signed({ created: "2026-02-14T00:00:00Z", visibility: "private",
                         capsule: [`capsule: ${hex(CAPSULE)}`, `key-commitment: ${hex(commitment)}`] },
    [["content.enc", encrypted(capsule, join(inner, new Uint8Array(zeros)))],
     ["identity/envelope.bin", enveloped(capsule)]]);
  return writeFolder(parent, outer);
}

function writeFolder(parent, files) {
  const folder = path.join(parent, `tessera-${blake3Hex(files[0][1])}`);
  for (const [name, bytes] of files) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), bytes);
  }
  return folder;
}

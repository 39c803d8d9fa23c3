import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { bigEndian, fromHex, fromLittleEndian, hex, join } from "./bytes.mjs";
import { blake3Hex } from "./hashes.mjs";
import { keysOf, rootSeed } from "./identity.mjs";
import { verifyEd25519, verifyMlDsa65 } from "./signatures.mjs";
import { fieldsOf, refused, vectors } from "./support.mjs";

const all = vectors("identity").map(([name, bytes]) => [name, fieldsOf(bytes)]);

test("every root.seed of vectors/identity gives its seed, or is refused as it should be", () => {
  const tried = {};
  for (const [name, fields] of all.filter(([, fields]) => "file" in fields)) {
    tried[fields.expect] = (tried[fields.expect] ?? 0) + 1;
    const open = () => rootSeed(fromHex(fields.file), fromHex(fields.passphrase ?? ""));
    if (fields.expect === "valid") assert.equal(hex(open()), fields.seed, name);
    else assert.throws(open, { kind: fields.expect }, name);
  }
  assert.ok(tried.valid >= 3 && tried.corrupt > 20 && tried.denied > 5 && tried.unsupported >= 5);
});

test("every seed of vectors/identity gives its keys and signatures", () => {
  const seeds = all.filter(([name]) => name.startsWith("keys-"));
  assert.equal(seeds.length, 3);
  for (const [name, fields] of seeds) {
    const keys = keysOf(fromHex(fields.seed));
    const message = fromHex(fields.message);
    assert.equal(hex(keys.ed25519.publicKey), fields["ed25519-public"], name);
    assert.equal(blake3Hex(keys.ed25519.publicKey).slice(0, 16), fields.fingerprint, name);
    assert.equal(blake3Hex(keys.mldsa65.publicKey), fields["mldsa65-public-blake3"], name);
    assert.equal(blake3Hex(keys.xwing.publicKey), fields["xwing-public-blake3"], name);
    assert.equal(hex(ed25519.sign(message, keys.ed25519.secretKey)), fields["ed25519-signature"], name);
    assert.ok(verifyEd25519(keys.ed25519.publicKey, message, fromHex(fields["ed25519-signature"])), name);
    const signature = ml_dsa65.sign(message, keys.mldsa65.secretKey, { extraEntropy: false });
    assert.ok(verifyMlDsa65(keys.mldsa65.publicKey, message, signature), name);
  }
});

// A key with a part of small order: signatures by it hold with the cofactor, and must not without.
test("an Ed25519 signature that holds only with the cofactor is refused", () => {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const small = Point.fromBytes(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
  assert.ok(small.isSmallOrder());
  const key = Point.BASE.multiply(5n).add(small).toBytes();
  const nonce = Point.BASE.multiply(3n).toBytes();
  for (let message = 0, refusals = 0; refusals < 3; message++) {
    const challenge = fromLittleEndian(sha512(join(nonce, key, Uint8Array.of(message)))) % order;
    const signature = join(nonce, bigEndian((3n + challenge * 5n) % order, 32).reverse());
    const holds = challenge % 8n === 0n;
    assert.equal(verifyEd25519(key, new Uint8Array([message]), signature), holds);
    refusals += holds ? 0 : 1;
  }
});

test("an Ed25519 key of small order, one not written canonically, and an S that is too large are refused", () => {
  const secret = new Uint8Array(32).fill(1);
  const key = ed25519.getPublicKey(secret);
  const message = new Uint8Array([1, 2, 3]);
  const signature = ed25519.sign(message, secret);
  assert.ok(verifyEd25519(key, message, signature));
  const s = fromLittleEndian(signature.subarray(32)) + ed25519.Point.Fn.ORDER;
  assert.ok(!verifyEd25519(key, message, join(signature.subarray(0, 32), bigEndian(s, 32).reverse())));
  const one = join(Uint8Array.of(1), new Uint8Array(31));
  assert.ok(!verifyEd25519(one, message, join(one, new Uint8Array(32))));
  assert.ok(!verifyEd25519(new Uint8Array(32).fill(255), message, signature));
});

test("a passphrase is asked for", () => {
  const fields = Object.fromEntries(all).protected;
  refused(() => rootSeed(fromHex(fields.file)), "denied", /passphrase/);
});

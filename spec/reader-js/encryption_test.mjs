import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hex, join } from "./bytes.mjs";
import { Capsule } from "./capsule.mjs";
import { chunks, paddedSize } from "./content.mjs";
import { contentKey } from "./envelope.mjs";
import { blake3Hex } from "./hashes.mjs";
import { keysOf } from "./identity.mjs";
import { fieldsOf, vectors } from "./support.mjs";

const all = vectors("encryption").map(([name, bytes]) => [name, fieldsOf(bytes)]);

function capsuleOf(fields, commitment) {
  const opens = fields["open-after"] === "" ? undefined : Number(fields["open-after"]);
  return new Capsule(fromHex(fields.capsule), commitment, opens);
}

function opened(fields) {
  const key = fromHex(fields.key);
  const capsule = capsuleOf(fields);
  // Of those that are refused only the content is there.
  capsule.commitment = capsule.derive("tesseras key commitment v1", key);
  let left = fromHex(fields.content);
  const read = (size) => {
    const piece = left.subarray(0, size);
    left = left.subarray(piece.length);
    return piece;
  };
  return { commitment: hex(capsule.commitment), plaintext: join(...chunks(capsule, key, read, left.length)) };
}

test("every content.enc of vectors/encryption opens, or is refused", () => {
  const contents = all.filter(([, fields]) => fields.kind === "content" && "content" in fields);
  assert.ok(contents.filter(([, fields]) => fields.expect === "corrupt").length >= 10);
  for (const [name, fields] of contents) {
    if (fields.expect !== "valid") {
      assert.throws(() => opened(fields), { kind: fields.expect }, name);
      continue;
    }
    const { commitment, plaintext } = opened(fields);
    const size = Number(fields["pack-bytes"]);
    assert.equal(commitment, fields["key-commitment"], name);
    assert.equal(BigInt(plaintext.length), paddedSize(BigInt(size)), name);
    assert.ok(plaintext.every((byte, at) => byte === (at < size ? at % 251 : 0)), name);
    assert.equal(blake3Hex(fromHex(fields.content)), fields["content-blake3"], name);
  }
});

test("every envelope of vectors/encryption gives its key, or is refused", () => {
  const envelopes = all.filter(([, fields]) => fields.kind === "envelope");
  const tried = {};
  for (const [name, fields] of envelopes) {
    tried[fields.expect] = (tried[fields.expect] ?? 0) + 1;
    const open = () => contentKey(capsuleOf(fields, fromHex(fields["key-commitment"])), fromHex(fields.envelope),
                                  keysOf(fromHex(fields.seed)).xwing);
    if (fields.expect === "valid") assert.equal(hex(open()), fields.key, name);
    else assert.throws(open, { kind: fields.expect }, name);
  }
  assert.ok(tried.valid >= 4 && tried.denied >= 5 && tried.corrupt >= 4, JSON.stringify(tried));
});

test("a key that fails the commitment opens nothing", () => {
  const capsule = new Capsule(new Uint8Array(32), new Uint8Array(32), undefined);
  const read = () => assert.fail("nothing may be read");
  assert.throws(() => [...chunks(capsule, new Uint8Array(32), read, 100)], { kind: "denied" });
});

test("sizes are padded as encryption.md says", () => {
  for (const [size, padded] of [[2048n, 2048n], [2049n, 2176n], [65536n, 65536n], [1000001n, 1015808n]]) {
    assert.equal(paddedSize(size), padded);
  }
});

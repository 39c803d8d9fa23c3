import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "./bytes.mjs";
import { blake3Hex } from "./hashes.mjs";
import { parse } from "./manifest.mjs";
import { seconds } from "./manifest_fields.mjs";
import { header } from "./pack.mjs";
import { verifyEd25519, verifyMlDsa65 } from "./signatures.mjs";
import { fieldsOf, refused, vectors } from "./support.mjs";

test("every MANIFEST of vectors/manifest is taken, or refused in the line that is amiss", () => {
  const all = vectors("manifest");
  assert.ok(all.length > 100);
  for (const [name, bytes] of all) {
    const empty = Buffer.from(bytes).indexOf("\n\n");
    const line = /^expect: ([0-9]+) /.exec(Buffer.from(bytes.subarray(0, empty)).toString())?.[1];
    const data = bytes.subarray(empty + 2);
    const message = new RegExp(`^MANIFEST line ${line}: `);
    if (line) assert.throws(() => parse(data), { kind: "corrupt", message }, name);
    else assert.doesNotThrow(() => parse(data), name);
  }
});

test("both signatures of vectors/tessera hold, and of nothing else", () => {
  const [[, manifest], [, text]] = vectors("tessera");
  const fields = fieldsOf(text);
  assert.equal(parse(manifest).hash, fields["content-hash"]);
  for (const [kind, verify] of [["ed25519", verifyEd25519], ["mldsa65", verifyMlDsa65]]) {
    const [key, signature] = [fromHex(fields[`${kind}-key`]), fromHex(fields[`${kind}-signature`])];
    assert.ok(verify(key, manifest, signature));
    for (const bytes of [key, manifest, signature]) {
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        bytes[at] ^= 1;
        assert.ok(!verify(key, manifest, signature), `${kind}, byte ${at} of ${bytes.length}`);
        bytes[at] ^= 1;
      }
    }
    assert.ok(!verify(key, manifest, signature.subarray(1)));
  }
  assert.equal(blake3Hex(fromHex(fields["mldsa65-key"])), parse(manifest).header.get("creator-mldsa65"));
});

test("every header of vectors/pack comes out the same", () => {
  const all = vectors("pack");
  assert.ok(all.length >= 20);
  for (const [name, bytes] of all) {
    const fields = fieldsOf(bytes);
    const expected = fields.header.split(" ").map((word) => word.split("*"))
      .flatMap(([byte, count]) => Array(Number(count ?? 1)).fill(Number.parseInt(byte, 16)));
    const made = header(Buffer.from(fields.path, "hex"), BigInt(fields.size), Number(fields.created));
    assert.deepEqual([...made], expected, name);
  }
});

test("times are those that exist", () => {
  assert.equal(seconds("1970-01-01T00:00:01Z"), 1);
  assert.equal(seconds("1969-12-31T23:59:59Z"), -1);
  for (const text of ["2026-02-29T00:00:00Z", "2026-02-14T24:00:00Z", "2026-02-14T09:30:60Z", "2026-02-14T09:30:00"]) {
    assert.equal(seconds(text), undefined, text);
  }
});

test("no bytes, and bytes that are no text, are refused", () => {
  refused(() => parse(new Uint8Array(0)), "corrupt", /line 1/);
  refused(() => parse(new Uint8Array([0xff, 10])), "corrupt", /line 1: is not UTF-8/);
});

// Vectors from outside, where TESSERAS_SHARED names the folder that has them.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fromHex, hex } from "./bytes.mjs";
import { verifyEd25519, verifyMlDsa65 } from "./signatures.mjs";
import * as xwing from "./xwing.mjs";

function outside(name) {
  const folder = path.join(process.env.TESSERAS_SHARED ?? "", "vectors");
  // Where the folder is there, a file of it that is not fails the test that reads it.
  const isThere = Boolean(process.env.TESSERAS_SHARED) && fs.existsSync(folder);
  const read = () => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  return { read, skip: !isThere && `${name} is absent: it is not tried` };
}

for (const [name, keyOf, verify] of [
  ["wycheproof/ed25519_test.json", (group) => group.publicKey.pk, verifyEd25519],
  ["wycheproof/mldsa_65_verify_test.json", (group) => group.publicKey, verifyMlDsa65],
]) {
  const { read, skip } = outside(name);
  test(`signatures of ${name} are valid or not, as it says`, { skip }, () => {
    let tried = 0;
    for (const group of read().testGroups) {
      for (const { tcId, ctx, msg, sig, result } of group.tests) {
        if (ctx) continue; // ours is empty
        assert.equal(verify(fromHex(keyOf(group)), fromHex(msg), fromHex(sig)), result === "valid", `case ${tcId}`);
        tried++;
      }
    }
    assert.ok(tried > 20);
  });
}

const draft = outside("xwing/test-vectors.json");
test("X-Wing is that of the draft", { skip: draft.skip }, () => {
  const cases = draft.read();
  assert.ok(cases.length >= 3);
  for (const { seed, pk, ct, ss } of cases) {
    const pair = xwing.keyPair(fromHex(seed));
    assert.equal(hex(pair.publicKey), pk);
    assert.equal(hex(xwing.decapsulate(pair, fromHex(ct))), ss);
  }
});

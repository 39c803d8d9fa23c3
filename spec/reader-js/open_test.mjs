import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { check } from "./check.mjs";
import { Folder } from "./folder.mjs";
import { openTessera } from "./open.mjs";
import { refused, SEED, temporaryFolder, writeEncrypted } from "./support.mjs";

const open = (folder, destination, seed = SEED) => openTessera(new Folder(folder), seed, destination);

test("an encrypted tessera opens, and what comes out holds", (context) => {
  const below = temporaryFolder(context);
  const inner = open(writeEncrypted(below), path.join(below, "out"));
  const parsed = check(new Folder(inner));
  assert.equal(path.basename(inner), `tessera-${parsed.hash}`);
  assert.equal(parsed.header.get("visibility"), "private");
  assert.deepEqual(fs.readdirSync(below).filter((name) => name.includes(".part-")), []);
  assert.throws(() => open(writeEncrypted(below), path.join(below, "out")), { code: "EEXIST" });
});

test("another's seed opens nothing, and leaves nothing", (context) => {
  const below = temporaryFolder(context);
  const folder = writeEncrypted(below);
  refused(() => open(folder, path.join(below, "out"), new Uint8Array(32).fill(1)), "denied", /not made for/);
  assert.deepEqual(fs.readdirSync(below), [path.basename(folder)]);
});

test("any bit of any file that is turned over is found", (context) => {
  const folder = writeEncrypted(temporaryFolder(context));
  for (const [name, kind] of [...new Folder(folder).contents()]) {
    assert.equal(kind, "file");
    const file = path.join(folder, name.toString());
    const bytes = fs.readFileSync(file);
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      bytes[at] ^= 4;
      fs.writeFileSync(file, bytes);
      refused(() => check(new Folder(folder)), "corrupt");
      bytes[at] ^= 4;
    }
    fs.writeFileSync(file, bytes);
  }
  check(new Folder(folder));
});

test("what is missing, added or shortened is found", (context) => {
  const below = temporaryFolder(context);
  const folder = writeEncrypted(below);
  const changes = [
    [() => fs.writeFileSync(path.join(folder, "more"), ""), /more: does not belong/],
    [() => fs.mkdirSync(path.join(folder, "decode")), /decode: does not belong/],
    [() => fs.symlinkSync("MANIFEST", path.join(folder, "link")), /link: does not belong/],
    [() => fs.rmSync(path.join(folder, "content.enc")), /content.enc: missing/],
    [() => fs.truncateSync(path.join(folder, "content.enc"), 65552), /content.enc: has 65552 bytes/],
    [() => fs.rmSync(path.join(folder, "identity/signature.mldsa65.sig")), /mldsa65.sig: missing/],
    [() => fs.appendFileSync(path.join(folder, "identity/signature.ed25519.sig"), "0"), /more than 64 bytes/],
  ];
  const sound = path.join(below, "sound");
  fs.cpSync(folder, sound, { recursive: true });
  for (const [change, pattern] of changes) {
    change();
    refused(() => check(new Folder(folder)), "corrupt", pattern);
    fs.rmSync(folder, { recursive: true });
    fs.cpSync(sound, folder, { recursive: true });
  }
  refused(() => check(new Folder(sound)), "corrupt", /folder's name/);
});

test("a tessera that its author has put together wrongly is refused, and nothing is left of it", (context) => {
  const below = temporaryFolder(context);
  for (const [wrong, pattern] of [
    [{ innerLines: { visibility: "circle" } }, /another 'visibility'/],
    [{ innerLines: { capsule: [`capsule: ${"0".repeat(64)}`] } }, /inside has 'capsule'/],
    [{ padding: 1 }, /not padded/],
  ]) {
    const folder = writeEncrypted(below, wrong);
    check(new Folder(folder));
    refused(() => open(folder, path.join(below, "out")), "corrupt", pattern);
    assert.ok(!fs.existsSync(path.join(below, "out")));
  }
});

// A tessera that the built `tes`, whose path TESSERAS_TES holds, has just made.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./support.mjs";

const READER = fileURLToPath(new URL("read_tessera.mjs", import.meta.url));
const tes = process.env.TESSERAS_TES;
const options = { skip: tes ? false : "TESSERAS_TES names no program: no tessera of its making is tried" };

function read(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [READER, ...words], { encoding: "utf8" });
  return { status, said: stdout + stderr };
}

// A private tessera of 300 KB and some words, exported; whose it is, and its content.
function made(below) {
  const env = { ...process.env, HOME: below };
  const data = path.join(below, "data");
  const run = (...words) => execFileSync(tes, ["--data-dir", data, ...words], { env, encoding: "utf8" });
  const media = Buffer.alloc(300_000, "Wells run dry. ");
  fs.mkdirSync(path.join(below, "photos"));
  fs.writeFileSync(path.join(below, "photos/a name with spaces, ü.txt"), media);
  run("init");
  const said = run("create", path.join(below, "photos"), "-n", "--visibility", "private");
  const hash = /Created tessera: (\w+)/.exec(said)[1];
  run("export", hash, path.join(below, "closed"));
  const folder = path.join(below, "closed", `tessera-${hash}`);
  return { folder, seed: path.join(data, "identity/root.seed"), media, run, hash };
}

test("what tes has made private opens to what tes itself opens", options, (context) => {
  const below = temporaryFolder(context);
  const { folder, seed, media, run, hash } = made(below);
  assert.equal(read("check", folder).status, 0);
  const out = path.join(below, "out");
  const opened = read("open", folder, out, "--seed", seed);
  assert.equal(opened.status, 0, opened.said);
  const [inner] = fs.readdirSync(out);
  const [id] = fs.readdirSync(path.join(out, inner, "memories"));
  assert.ok(fs.readFileSync(path.join(out, inner, "memories", id, "media.txt")).equals(media));
  run("open", hash, path.join(below, "by-tes"));
  execFileSync("diff", ["-r", out, path.join(below, "by-tes")]);
  run("verify", path.join(out, inner));

  assert.equal(read("open", folder, out, "--seed", seed).status, 2);
  fs.writeFileSync(path.join(below, "another.seed"), Buffer.concat([Buffer.from([1, 0]), Buffer.alloc(32, 5)]));
  const refused = read("open", folder, path.join(below, "no"), "--seed", path.join(below, "another.seed"));
  assert.equal(refused.status, 1);
  assert.match(refused.said, /not made for this seed/);
});

test("a flipped bit in what tes has made is found", options, (context) => {
  const { folder } = made(temporaryFolder(context));
  const content = path.join(folder, "content.enc");
  const bytes = fs.readFileSync(content);
  bytes[100_000] ^= 1;
  fs.writeFileSync(content, bytes);
  const { status, said } = read("check", folder);
  assert.equal(status, 1);
  assert.match(said, /\[FAILED\] content.enc: does not have its BLAKE3/);
});

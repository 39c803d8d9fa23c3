// Opens an encrypted tessera: out of a folder that holds, with a seed it was made for, into a new folder that holds.

import fs from "node:fs";
import path from "node:path";
import { Capsule, checkInner } from "./capsule.mjs";
import { check } from "./check.mjs";
import { chunks, paddedSize } from "./content.mjs";
import * as envelope from "./envelope.mjs";
import { corrupt } from "./errors.mjs";
import { Folder } from "./folder.mjs";
import { keysOf } from "./identity.mjs";
import { unpack } from "./pack.mjs";

// The path of the inner tessera's folder, below `destination`, which must not be there yet and is there only when
// all of it was found right.
export function openTessera(folder, seed, destination) {
  const outer = check(folder);
  const capsule = Capsule.of(outer);
  const sealedKeys = folder.read("identity/envelope.bin", envelope.BYTES_MAX);
  const key = envelope.contentKey(capsule, sealedKeys, keysOf(seed).xwing);
  if (fs.existsSync(destination)) {
    throw Object.assign(new Error(`${destination} is there already; name a new folder`), { code: "EEXIST" });
  }
  const unfinished = fs.mkdtempSync(`${path.resolve(destination)}.part-`);
  try {
    const name = unpackInto(unfinished, folder, capsule, key, outer);
    fs.renameSync(unfinished, destination);
    return path.join(destination, name);
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function unpackInto(destination, folder, capsule, key, outer) {
  const below = path.join(destination, "tessera");
  const { manifest, size, plaintextBytes } = folder.reading(Buffer.from("content.enc"), (read, sealedBytes) => {
    let plaintextBytes = 0n;
    function* counted() {
      for (const chunk of chunks(capsule, key, read, sealedBytes)) {
        plaintextBytes += BigInt(chunk.length);
        yield chunk;
      }
    }
    return { ...unpack(counted(), (name, pieces) => writeFile(below, name, pieces)), plaintextBytes };
  });
  if (plaintextBytes !== paddedSize(size)) corrupt("content.enc: is not padded as it should be");
  checkInner(outer, manifest);
  const name = `tessera-${manifest.hash}`;
  fs.renameSync(below, path.join(destination, name));
  check(new Folder(path.join(destination, name)));
  return name;
}

// MANIFEST has shown that `name` is a path that stays below.
function writeFile(below, name, pieces) {
  const target = Buffer.concat([Buffer.from(`${below}/`), name]);
  fs.mkdirSync(target.subarray(0, target.lastIndexOf(0x2f)), { recursive: true, mode: 0o700 });
  const file = fs.openSync(target, "wx", 0o600);
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += fs.writeSync(file, piece, at);
    }
  } finally {
    fs.closeSync(file);
  }
}

// A tessera's folder: what lies in it, read without following links. Names are bytes.

import fs from "node:fs";
import { corrupt } from "./errors.mjs";
import { escapePath } from "./manifest_fields.mjs";

const PIECE_BYTES = 1 << 20;
const PLAIN = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

export class Folder {
  constructor(path) {
    this.path = Buffer.from(fs.realpathSync(path, { encoding: "buffer" }));
  }

  // The last part of the folder's own path.
  get name() {
    return this.path.subarray(this.path.lastIndexOf(0x2f) + 1).toString("latin1");
  }

  // `use(read, size)` with the file open: `read(n)` gives its next n bytes, fewer at its end.
  reading(name, use) {
    let file;
    try {
      file = fs.openSync(Buffer.concat([this.path, Buffer.from("/"), name]), PLAIN);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) corrupt(`${escapePath(name)}: missing, or a link`);
      throw error;
    }
    try {
      const found = fs.fstatSync(file);
      if (!found.isFile()) corrupt(`${escapePath(name)}: is not a plain file`);
      return use((size) => readUpTo(file, size), found.size);
    } finally {
      fs.closeSync(file);
    }
  }

  read(name, bytesMax) {
    return this.reading(Buffer.from(name), (read, size) => {
      if (size > bytesMax) corrupt(`${name}: has more than ${bytesMax} bytes`);
      return read(size);
    });
  }

  // Gives the file's bytes to `take`, piece by piece.
  each(name, take) {
    this.reading(name, (read) => {
      for (let piece; (piece = read(PIECE_BYTES)).length > 0;) take(piece);
    });
  }

  // [name, kind] of all that lies in it: "file", "other" or, where nothing lies in a folder, "empty".
  *contents(below = Buffer.alloc(0)) {
    const here = fs.readdirSync(Buffer.concat([this.path, Buffer.from("/"), below]),
                                { withFileTypes: true, encoding: "buffer" });
    if (here.length === 0 && below.length > 0) yield [below.subarray(0, -1), "empty"];
    for (const found of here) {
      const name = Buffer.concat([below, found.name]);
      if (found.isDirectory()) yield* this.contents(Buffer.concat([name, Buffer.from("/")]));
      else yield [name, found.isFile() ? "file" : "other"];
    }
  }
}

function readUpTo(file, size) {
  const bytes = new Uint8Array(size);
  let got = 0;
  for (let count; got < size && (count = fs.readSync(file, bytes, got, size - got)) > 0;) got += count;
  return bytes.subarray(0, got);
}

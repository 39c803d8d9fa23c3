#!/usr/bin/env node
// Checks a tessera, and opens an encrypted one. Exit status: 0 all is well, 1 something is wrong with what was
// read, 2 it could not look.

import fs from "node:fs";
import { parseArgs } from "node:util";
import { check } from "./check.mjs";
import { printable, Refused } from "./errors.mjs";
import { Folder } from "./folder.mjs";
import { isProtected, PROTECTED_BYTES, rootSeed } from "./identity.mjs";
import { openTessera } from "./open.mjs";

const USAGE = `usage:
  read_tessera.mjs check DIR                   whether anything has changed, is missing or was added
  read_tessera.mjs open DIR DEST --seed FILE   an encrypted one, for whom it was made, into a new folder
      --passphrase FILE                        that of the seed; - is the standard input`;

class CannotLook extends Error {}

function seedOf(file, passphraseFile) {
  if (fs.statSync(file).size > PROTECTED_BYTES) throw new CannotLook(`${file}: this is no root.seed`);
  const bytes = new Uint8Array(fs.readFileSync(file));
  if (!isProtected(bytes)) return rootSeed(bytes);
  if (!passphraseFile) throw new CannotLook(`${file}: has a passphrase; name its file with --passphrase`);
  const typed = fs.readFileSync(passphraseFile === "-" ? 0 : passphraseFile);
  return rootSeed(bytes, new Uint8Array(typed.at(-1) === 10 ? typed.subarray(0, -1) : typed));
}

function run(words) {
  const { values, positionals: [command, ...paths] } = parseArgs({
    args: words, allowPositionals: true,
    options: { seed: { type: "string" }, passphrase: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return USAGE;
  if (command === "check" && paths.length === 1) {
    const { hash, entries } = check(new Folder(paths[0]));
    return `tessera ${hash}\n${entries.size} files: all there, none added, BLAKE3 and SHA-256 right\n` +
      "both signatures are valid";
  }
  if (command === "open" && paths.length === 2 && values.seed) {
    return `Opened into ${openTessera(new Folder(paths[0]), seedOf(values.seed, values.passphrase), paths[1])}`;
  }
  throw new CannotLook(USAGE);
}

function main(words) {
  try {
    console.log(printableLines(run(words)));
    return 0;
  } catch (error) {
    if (error instanceof Refused) {
      for (const line of error.message.split("\n")) console.log(`[FAILED] ${printable(line)}`);
      return 1;
    }
    if (!(error instanceof CannotLook) && !error.code) throw error; // a mistake of this program
    console.error(`error: ${printableLines(error.message)}`);
    return 2;
  }
}

const printableLines = (text) => text.split("\n").map(printable).join("\n");

process.exitCode = main(process.argv.slice(2));

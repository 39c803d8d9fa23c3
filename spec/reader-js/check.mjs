// Whether a folder is the tessera that its MANIFEST says (tessera.md, section 7, but for what is in meta.json).

import { fromHex } from "./bytes.mjs";
import { corrupt, Refused } from "./errors.mjs";
import { BothHashes } from "./hashes.mjs";
import * as manifest from "./manifest.mjs";
import { escapePath } from "./manifest_fields.mjs";
import { verifyEd25519, verifyMlDsa65 } from "./signatures.mjs";

// The MANIFEST of a tessera that holds; refuses any other with all that is wrong, a line each.
export function check(folder) {
  const parsed = manifest.parse(folder.read("MANIFEST", manifest.BYTES_MAX));
  const faults = [];
  const attempt = (step) => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(error.message);
    }
  };
  if (folder.name !== `tessera-${parsed.hash}`) faults.push(`the folder's name is not tessera-${parsed.hash}`);
  attempt(() => checkNothingElse(folder, parsed));
  for (const entry of parsed.entries.values()) attempt(() => checkFile(folder, entry));
  attempt(() => checkSignatures(folder, parsed));
  if (faults.length > 0) corrupt(faults.join("\n"));
  return parsed;
}

function checkNothingElse(folder, { entries }) {
  const known = new Set([...manifest.UNLISTED, ...entries.keys()]);
  const strangers = [...folder.contents()]
    .filter(([name, kind]) => kind !== "file" || !known.has(escapePath(name)))
    .map(([name]) => `${escapePath(name)}: does not belong here`);
  if (strangers.length > 0) corrupt(strangers.sort().join("\n"));
}

function checkFile(folder, entry) {
  const hashes = new BothHashes();
  folder.each(entry.name, (piece) => hashes.update(piece));
  const fault = hashes.fault(entry);
  if (fault) corrupt(`${entry.path}: ${fault}`);
}

function checkSignatures(folder, { bytes, header }) {
  const key = folder.read(manifest.MLDSA65_KEY, 1952);
  if (!verifyEd25519(fromHex(header.get("creator")), bytes, folder.read(manifest.ED25519_SIGNATURE, 64))) {
    corrupt("the Ed25519 signature is not valid");
  }
  if (!verifyMlDsa65(key, bytes, folder.read(manifest.MLDSA65_SIGNATURE, 3309))) {
    corrupt("the ML-DSA-65 signature is not valid");
  }
}

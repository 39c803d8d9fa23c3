// What MANIFEST says of an encrypted tessera, and what follows from it (encryption.md, sections 1 and 2).

import { ascii, equal, fromHex, join, littleEndian } from "./bytes.mjs";
import { corrupt } from "./errors.mjs";
import { derive } from "./hashes.mjs";
import { seconds } from "./manifest_fields.mjs";

const OUTER_FILES = ["README.decode", "content.enc", "identity/creator.pub.ed25519", "identity/creator.pub.mldsa65",
                     "identity/creator.pub.xwing", "identity/envelope.bin"];
const OUTER_FOLDERS = ["decode/", "schema/"];
// Of sealed ones alone, where others hold parts of the key (spec/witness.md).
const WITNESSES = "identity/witnesses.bin";

export class Capsule {
  // `opens`: seconds since 1970, nothing where there is no date.
  constructor(id, commitment, opens) {
    this.id = id;
    this.commitment = commitment;
    this.#bound = join(id, Uint8Array.of(opens === undefined ? 0 : 1), littleEndian(opens ?? 0, 8));
  }

  #bound;

  // Of a MANIFEST that is one of an outer tessera; refuses others.
  static of(manifest) {
    checkOuter(manifest);
    const opens = manifest.header.get("open-after");
    return new Capsule(fromHex(manifest.header.get("capsule")), fromHex(manifest.header.get("key-commitment")),
                       opens === undefined ? undefined : seconds(opens));
  }

  associated(kind) {
    return join(ascii(`${kind}\n`), this.#bound);
  }

  derive(context, material) {
    return derive(context, join(material, this.id));
  }

  // Whether this is the content key: to be asked of every key before it is used.
  isKey(key) {
    return equal(this.derive("tesseras key commitment v1", key), this.commitment);
  }
}

function checkOuter({ header, entries }) {
  if (!header.has("capsule")) corrupt("MANIFEST: this tessera is not encrypted");
  const sealed = header.get("visibility") === "sealed";
  const secretive = ["title", "collection", "supersedes"].every((key) => !header.has(key));
  if (header.get("visibility") === "public" || !header.has("key-commitment") || header.has("open-after") !== sealed ||
      !secretive || header.get("language") !== "und" || !header.get("created").endsWith("T00:00:00Z")) {
    corrupt("MANIFEST: its keys are not those of an encrypted tessera");
  }
  for (const path of OUTER_FILES) {
    if (!entries.has(path)) corrupt(`${path} is not listed`);
  }
  for (const path of entries.keys()) {
    const isWitnesses = sealed && path === WITNESSES;
    if (!isWitnesses && !OUTER_FILES.includes(path) && !OUTER_FOLDERS.some((folder) => path.startsWith(folder))) {
      corrupt(`${path} does not belong in an encrypted tessera`);
    }
  }
}

// That one MANIFEST is that of the tessera inside the other.
export function checkInner(outer, inner) {
  for (const key of ["creator", "creator-mldsa65", "visibility"]) {
    if (inner.header.get(key) !== outer.header.get(key)) corrupt(`the MANIFEST inside has another '${key}'`);
  }
  for (const key of ["capsule", "open-after", "key-commitment"]) {
    if (inner.header.has(key)) corrupt(`the MANIFEST inside has '${key}'`);
  }
}

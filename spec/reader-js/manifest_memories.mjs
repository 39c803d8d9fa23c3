// What MANIFEST may list below memories/ (tessera.md, section 3).

import { HEX64 } from "./manifest_fields.mjs";

const MEDIA_NAME = /^(media\.[a-z0-9]{1,8})(?:\.part-([0-9]{3}))?$/;

// The first thing amiss as [line, reason], or nothing. `entries` are sorted by their paths.
export function memoriesFault(entries) {
  const memories = new Map();
  for (const entry of entries) {
    if (!entry.path.startsWith("memories/")) continue;
    const [, id, ...name] = entry.path.split("/");
    if (!HEX64.test(id) || name.length === 0) return [entry.line, "lies in no folder of 64 digits"];
    if (!memories.has(id)) memories.set(id, []);
    memories.get(id).push({ name: name.join("/"), entry });
  }
  for (const [id, files] of memories) {
    const fault = memoryFault(id, files);
    if (fault) return fault;
  }
  return undefined;
}

// context.txt, the media or its parts without a gap, meta.json: that is their order by name, too.
function memoryFault(id, files) {
  const [first, last] = [files[0], files.at(-1)];
  if (first.name !== "context.txt") return [first.entry.line, "this memory does not begin with context.txt"];
  if (files.length < 3 || last.name !== "meta.json") {
    return [last.entry.line, "this memory is not context.txt, its media and meta.json"];
  }
  let before;
  for (const { name, entry } of files.slice(1, -1)) {
    const match = MEDIA_NAME.exec(name);
    if (!match || match[2] === "000") return [entry.line, `'${name}' is no name for media`];
    const here = { stem: match[1], part: match[2] && Number(match[2]) };
    if (before && !(here.stem === before.stem && before.part && here.part === before.part + 1)) {
      return [entry.line, `'${name}' does not follow the file before it`];
    }
    before = here;
  }
  const media = files[1].entry;
  if (!before.part && media.blake3 !== id) return [media.line, "the folder's name is not the media's BLAKE3"];
  return undefined;
}

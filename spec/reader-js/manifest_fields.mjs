// The values of MANIFEST, each with what may be wrong with it in words (tessera.md, sections 2.1 and 2.2).

import { fromHex } from "./bytes.mjs";

const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
const HALF = "[a-z0-9][a-z0-9!#$&\\-^_.+]{0,126}";
const MEDIA_TYPE = new RegExp(`^${HALF}/${HALF}$`);
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const PATH = /^(?:[A-Za-z0-9._/-]|%[0-9A-F]{2})+$/;
const NEEDLESS = /^[A-Za-z0-9._/-]$/;
// RFC 5646, section 2.1, without the irregular tags.
const LANGUAGE = new RegExp(
  "^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?" +
  "(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*" +
  "(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)$", "i");

export const SIZE_MAX = 2n ** 63n - 1n;
export const HEX64 = /^[0-9a-f]{64}$/;

export function hex64Fault(value) {
  return HEX64.test(value) ? undefined : "is not 64 lower-case hexadecimal digits";
}

// Seconds since 1970 of YYYY-MM-DDTHH:MM:SSZ, or nothing where there was no such second.
export function seconds(value) {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/.exec(value);
  if (!match) return undefined;
  const milliseconds = Date.parse(value);
  const exists = !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === `${value.slice(0, 19)}.000Z`;
  return exists ? milliseconds / 1000 : undefined;
}

export function timeFault(value) {
  return seconds(value) === undefined ? "is not a time as YYYY-MM-DDTHH:MM:SSZ" : undefined;
}

export function titleFault(value) {
  if (Buffer.byteLength(value) > 1024) return "is longer than 1024 bytes";
  if (CONTROL.test(value)) return "contains a control character";
  return /^ | $/.test(value) ? "begins or ends with a space" : undefined;
}

export function languageFault(value) {
  return LANGUAGE.test(value) && value.length <= 64 ? undefined : "is not a language tag";
}

export function collectionFault(value) {
  const match = /^[0-9a-f]{32} ([^/]*)\/(.*)$/.exec(value);
  if (match && NUMBER.test(match[1]) && NUMBER.test(match[2])) {
    const [number, count] = [Number(match[1]), Number(match[2])];
    if (number >= 1 && number <= count && count <= 1_000_000) return undefined;
  }
  return "is not 32 hexadecimal digits, a space, and i/n";
}

export function oneOf(...words) {
  return (value) => (words.includes(value) ? undefined : `is not ${words.join(" or ")}`);
}

export function mediaTypeFault(value) {
  return MEDIA_TYPE.test(value) ? undefined : "the media type is not one";
}

export function sizeFault(value) {
  return NUMBER.test(value) && BigInt(value) <= SIZE_MAX ? undefined : "the size is not a decimal number";
}

export function pathFault(path) {
  if (!PATH.test(path)) return "the path has a character that should be escaped, or a wrong escape";
  for (const [, escape] of path.matchAll(/%(..)/g)) {
    if (escape === "00") return "the path contains a zero byte";
    if (NEEDLESS.test(String.fromCharCode(Number.parseInt(escape, 16)))) return "the path has a needless escape";
  }
  const name = unescapePath(path);
  const parts = name.toString("latin1").split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    return "the path has an empty part, '.' or '..'";
  }
  return parts.some((part) => part.length > 255) || name.length > 4096 ? "the path is too long" : undefined;
}

// The bytes that a path as written stands for: what the file is called.
export function unescapePath(path) {
  return Buffer.from(path.replace(/%(..)/g, (_, escape) => Buffer.from(fromHex(escape)).toString("latin1")), "latin1");
}

// The other way, for showing what was found.
export function escapePath(name) {
  return name.toString("latin1").replace(/[^A-Za-z0-9._/-]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

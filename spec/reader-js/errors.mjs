// What this reader throws; all else that it throws comes from the operating system, or is its own mistake.

// Why something was refused: "corrupt" (not what the spec demands), "denied" (the secret is another's) or
// "unsupported" (written by a later release). These are the words of the vectors, too.
export class Refused extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export function corrupt(message) {
  throw new Refused("corrupt", message);
}

export function denied(message) {
  throw new Refused("denied", message);
}

export function unsupported(message) {
  throw new Refused("unsupported", message);
}

// Text from outside, made safe to show: a terminal obeys control characters.
export function printable(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

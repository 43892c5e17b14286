import { ascii, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { ListEnd } from "@slotcast/store";

/** `LEFT` or `RIGHT`, in any case. Throws a syntax error. */
export function parseListEnd(word: Bytes): ListEnd {
  // As nearly everybody writes them.
  if (word === "LEFT") return "head";
  if (word === "RIGHT") return "tail";
  const name = lower(word);
  if (name === "left") return "head";
  if (name === "right") return "tail";
  throw SYNTAX_ERROR;
}

/** As an argument of a command. */
export function listEndWord(end: ListEnd): Bytes {
  return ascii(end === "head" ? "LEFT" : "RIGHT");
}

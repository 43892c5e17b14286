import type { Bytes } from "@slotcast/protocol";

const PLAIN = /^[ !#-[\]-~]*$/;
const NOT_PLAIN = /[^ !#-[\]-~]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u0007": "\\a",
  "\b": "\\b",
};

/** The bytes in double quotes, everything that is not printable escaped. Source: Redis 7.0 src/sds.c, sdscatrepr. */
export function quotedBytes(bytes: Bytes): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  return `"${bytes.replace(NOT_PLAIN, escaped)}"`;
}

function escaped(char: string): string {
  return ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

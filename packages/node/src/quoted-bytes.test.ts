import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { quotedBytes } from "./quoted-bytes.ts";

test.each([
  ["", '""'],
  ["plain text ~!#[]", '"plain text ~!#[]"'],
  ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
  ["\n\r\t\u0007\b", '"\\n\\r\\t\\a\\b"'],
  ["\0\u000b\u001b\u007f\u0080\u00ff", '"\\x00\\x0b\\x1b\\x7f\\x80\\xff"'],
])("%j is quoted as %j", (text, quoted) => {
  expect(quotedBytes(ascii(text))).toBe(quoted);
});

import { ascii } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseInt64, parseInteger } from "./parse-integer.ts";

test.each([
  "", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1.0", "1e3", "0x10", "00", "--1", "1_000", "\u00b2",
  "9223372036854775808", "-9223372036854775809", "99999999999999999999", "000000000000000001",
  "1234567890123456789a", "1\n",
])("%j is not an integer", (text) => {
  expect(parseInt64(ascii(text))).toBe(undefined);
  expect(parseInteger(ascii(text))).toBe(undefined);
}); // prettier-ignore

test("every 64-bit integer is read back from its decimal text, or cut to a safe number for counts", () => {
  const edges = [
    0n,
    -1n,
    1n,
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    -(2n ** 63n),
  ];
  fc.assert(
    fc.property(
      fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(...edges)),
      (value) => {
        const parsed = parseInt64(ascii(String(value)));
        const isSafe = Number.isSafeInteger(Number(value));
        expect(parsed).toBe(isSafe ? Number(value) : value);
        expect(parseInteger(ascii(String(value)))).toBe(
          isSafe ? Number(value) : Math.sign(Number(value)) * Number.MAX_SAFE_INTEGER,
        );
      },
    ),
  );
});

import type { Bytes } from "@slotcast/protocol";

/** What C's strtod takes whole, but for `nan`: groups are sign, decimal, hexadecimal (digits, fraction, exponent). */
const C_DOUBLE =
  /^[ \t-\r]*([+-]?)(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?|inf(?:inity)?)$/i;
const HEX_DIGIT_BITS = 4;

/**
 * The number that SORT compares an element by, as C's strtod reads it: white space in front, hexadecimal and `inf`
 * are fine, nothing at all is 0, and what follows a NUL is not looked at. `undefined`: it is no number, or none that
 * a double can hold. Source: Redis 7.0 src/sort.c, sortCommandGeneric.
 */
export function scoreOf(text: Bytes): number | undefined {
  const nul = text.indexOf("\0");
  const digits: string = nul === -1 ? text : text.slice(0, nul);
  if (digits === "") return 0;
  const match = C_DOUBLE.exec(digits);
  if (match === null) return undefined;
  const [, sign, decimal, whole = "", fraction = "", exponent = "0"] = match;
  let magnitude = Number.POSITIVE_INFINITY;
  if (decimal !== undefined) {
    magnitude = Number(decimal);
    // Too large, or too small to be told from 0: strtod says ERANGE.
    const isZero = !/[1-9]/.test(decimal.replace(/e.*/i, ""));
    if (magnitude === Number.POSITIVE_INFINITY || (magnitude === 0 && !isZero)) return undefined;
  } else if (match[3] !== undefined) {
    if (whole + fraction === "") return undefined;
    const scale = Number(exponent) - fraction.length * HEX_DIGIT_BITS;
    magnitude = Number(`0x${whole}${fraction}`) * 2 ** scale;
  }
  return sign === "-" ? -magnitude : magnitude;
}

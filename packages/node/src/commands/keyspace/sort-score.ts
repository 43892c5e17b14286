import type { Bytes } from "@slotcast/protocol";

/** What C's strtod takes whole, but for `nan`: groups are sign, decimal, hexadecimal (digits, fraction, exponent). */
const C_DOUBLE =
  /^[ \t-\r]*([+-]?)(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?|inf(?:inity)?)$/i;
const HEX_DIGIT_BITS = 4;
/** Below it doubles lose digits: strtod says ERANGE, unless the number is exact. */
const NORMAL_MIN = 2 ** -1022;
/** The least double is 2 to the power of minus this. */
const LEAST_EXPONENT = 1074;

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
  const [, sign, decimal, whole, fraction = "", exponent = "0"] = match;
  let magnitude: number | undefined = Number.POSITIVE_INFINITY;
  if (decimal !== undefined) magnitude = decimalOf(decimal);
  else if (whole !== undefined) magnitude = hexadecimalOf(whole, fraction, Number(exponent));
  return sign === "-" && magnitude !== undefined ? -magnitude : magnitude;
}

function decimalOf(decimal: string): number | undefined {
  const magnitude = Number(decimal);
  if (magnitude >= NORMAL_MIN) return Number.isFinite(magnitude) ? magnitude : undefined;
  const isZero = !/[1-9]/.test(decimal.replace(/e.*/i, ""));
  return isZero ? 0 : undefined;
}

function hexadecimalOf(whole: string, fraction: string, exponent: number): number | undefined {
  if (whole + fraction === "") return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  if (mantissa === 0) return 0;
  const scale = exponent - fraction.length * HEX_DIGIT_BITS;
  const magnitude = mantissa * 2 ** scale;
  if (magnitude >= NORMAL_MIN) return Number.isFinite(magnitude) ? magnitude : undefined;
  return Number.isInteger(mantissa * 2 ** (scale + LEAST_EXPONENT)) ? magnitude : undefined;
}

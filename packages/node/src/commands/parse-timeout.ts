import { CommandError, type Bytes } from "@slotcast/protocol";
import { parseInteger } from "./parse-integer.ts";

const NOT_A_FLOAT = new CommandError("ERR", "timeout is not a float or out of range");
const NOT_AN_INTEGER = new CommandError("ERR", "timeout is not an integer or out of range");
const OUT_OF_RANGE = new CommandError("ERR", "timeout is out of range");
const NEGATIVE = new CommandError("ERR", "timeout is negative");

/** What C's strtold takes, without surrounding spaces. */
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const HEX = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;

/** Seconds with a fraction, as list commands take; rounded up to milliseconds. 0: for ever. */
export function parseTimeoutSeconds(text: Bytes): number {
  const seconds = parseFloatAsC(text);
  if (seconds === undefined) throw NOT_A_FLOAT;
  const timeoutMs = Math.ceil(seconds * 1000);
  if (seconds * 1000 > 2 ** 63) throw OUT_OF_RANGE;
  if (seconds < 0) throw NEGATIVE;
  return timeoutMs;
}

/** Whole milliseconds, as stream commands take. 0: for ever. */
export function parseTimeoutMs(text: Bytes): number {
  const timeoutMs = parseInteger(text);
  if (timeoutMs === undefined) throw NOT_AN_INTEGER;
  if (timeoutMs < 0) throw NEGATIVE;
  return timeoutMs;
}

function parseFloatAsC(text: Bytes): number | undefined {
  if (FLOAT.test(text)) return Number.parseFloat(text);
  if (INFINITE.test(text)) {
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const [, sign, whole, fraction = "", exponent = "0"] = HEX.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value =
    Number.parseInt(`0${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

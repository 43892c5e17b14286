import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "./long-double.ts";

// Goal: INCRBYFLOAT counts as Redis does on x86-64. The sums are those of a C program with strtold, long double and
// `%.17Lf`, which agreed on 158,281 pairs.

function sum(a: string, b: string): string {
  const [left, right] = [parseLongDouble(ascii(a)), parseLongDouble(ascii(b))];
  if (left === undefined || right === undefined) return "invalid";
  if (left === "infinite" || right === "infinite") return "infinite";
  const total = addLongDoubles(left, right);
  return total === undefined ? "infinite" : formatLongDouble(total);
}

test.each([
  ["10.50", "0.1", "10.6"],
  ["5.0e3", "2.0e2", "5200"],
  ["3", "-3", "0"],
  ["-0", "0", "0"],
  ["0.1", "0.2", "0.3"],
  ["1000000.1", "0.2", "1000000.30000000000001137"],
  ["1e17", "0.1", "100000000000000000.1015625"],
  // The 17th place: half of it is less than half as a long double.
  ["1e-17", "0", "0.00000000000000001"],
  ["5e-18", "0", "0"],
  ["5.1e-18", "0", "0.00000000000000001"],
  ["-4.9e-18", "0", "0"],
  // 64 bits of mantissa, and what is between two goes to the even one.
  ["18446744073709551615", "0", "18446744073709551615"],
  ["18446744073709551617", "0", "18446744073709551616"],
  ["18446744073709551619", "0", "18446744073709551620"],
  ["18446744073709551615", "1", "18446744073709551616"],
  ["9223372036854775807", "0.5", "9223372036854775807.5"],
  ["0xffffffffffffffff", "0x.8", "18446744073709551616"],
  ["0x1p-3", "0x10", "16.125"],
  [".5", "5.", "5.5"],
  ["+1", "1E5", "100001"],
  ["0e999999999", "1", "1"],
  ["1e-4950", "0", "0"],
  ["3.6e-4951", "1", "1"],
  ["1e4932", "1e4932", "infinite"],
  ["inf", "-infinity", "infinite"],
])("%s + %s is %s", (a, b, expected) => {
  expect(sum(a, b)).toBe(expected);
});

test.each([
  ...["", " ", " 1", "1 ", "1\0", "--1", "+-1", ".", "e5", "1e", "1e+", "1.5.5", "1,5", "1_0"],
  ...["abc", "nan", "nan(1)", "infinit", "0x", "0x.", "0x1p", "0b1", "1f", "9".repeat(5120)],
  ...["1e4933", "1.18973149535723176509e4932", "0x1p16384", "1e999999999", "1".repeat(4934)],
  ...["1e-4952", "1.8e-4951", "0x1p-16446", "1e-999999999", "-1e-5000"],
])("%j is no float", (text) => {
  expect(parseLongDouble(ascii(text))).toBeUndefined();
});

test("the largest and the smallest number are numbers", () => {
  expect(sum("1.18973149535723176502e4932", "0")).toHaveLength(4933);
  expect(parseLongDouble(ascii("0x1p-16445"))).toEqual({ mantissa: 1n, exponent: -16_445 });
});

import { expect, test } from "vitest";
import { ascii, EMPTY } from "./bytes.ts";
import { crc64, type Crc64 } from "./crc64.ts";

function hexOf({ high, low }: Crc64): string {
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

test("the known answer of Redis 7.0 src/crc64.c", () => {
  expect(hexOf(crc64(ascii("123456789")))).toBe("e9c6d914c4b8d9ca");
});

test("what redis-server 7.0.15 puts under the DUMP of the string hello, low byte first", () => {
  expect(hexOf(crc64(ascii("\0\x05hello\x0a\0")))).toBe("0a20346576df7263");
});

test("no bytes have the checksum 0", () => {
  expect(crc64(EMPTY)).toEqual({ high: 0, low: 0 });
});

test("a part of a string has the checksum of that part alone", () => {
  expect(crc64(ascii("xx123456789y"), 2, 11)).toEqual(crc64(ascii("123456789")));
});

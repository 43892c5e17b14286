import { expect, test } from "vitest";
import { encodeRequest } from "./encode-request.ts";

test("arguments are written byte for byte, whatever their kind", () => {
  const request = encodeRequest(["SET", Buffer.from([0, 255]), "\xff\r\n", 12]);
  expect(request.latin1Slice()).toBe(
    "*4\r\n$3\r\nSET\r\n$2\r\n\0\xff\r\n$3\r\n\xff\r\n\r\n$2\r\n12\r\n",
  );
});

test("a string that is no binary string is refused", () => {
  expect(() => encodeRequest(["SET", "k", "\u20ac"])).toThrow(RangeError);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { ascii } from "./bytes.ts";
import { hashSlot, SLOTS } from "./slot.ts";

// Known answers: the CRC of Redis' crc16.c header, the slots of its cluster specification, CLUSTER KEYSLOT.
test.each([
  ["123456789", 0x31c3],
  ["foo", 12_182],
  ["bar", 5061],
  ["", 0],
  ["\xff\0\r\n", 7349],
])("%j is in slot %i", (key, slot) => {
  expect(hashSlot(ascii(key))).toBe(slot);
});

test.each([
  ["{user1000}.following", "user1000"],
  ["foo{bar}{zap}", "bar"],
  ["foo{{bar}}zap", "{bar"],
  ["foo}{bar}", "bar"],
  ["{a}", "a"],
])("of %j only the tag %j is hashed", (key, tag) => {
  expect(hashSlot(ascii(key))).toBe(hashSlot(ascii(tag)));
});

test.each(["foo{}{bar}", "{}", "{", "}", "foo{bar", "foo}bar{", "{}foo"])(
  "%j has no tag: all of it is hashed",
  (key) => {
    expect(hashSlot(ascii(key))).toBe(bitwiseSlot(key));
  },
);

test("foo{}{bar} is in the slot that Redis puts it in", () => {
  expect(hashSlot(ascii("foo{}{bar}"))).toBe(8363);
});

test("the table gives what the definition gives, for all bytes", () => {
  const key = fc.uint8Array({ maxLength: 50 }).map((raw) => Buffer.from(raw).latin1Slice());
  fc.assert(
    fc.property(
      key.filter((drawn) => !drawn.includes("{")),
      (drawn) => {
        const slot = hashSlot(ascii(drawn));
        expect(slot).toBe(bitwiseSlot(drawn));
        expect(slot).toBeLessThan(SLOTS);
        if (!drawn.includes("}")) {
          expect(hashSlot(ascii(`{${drawn}`))).toBe(bitwiseSlot(`{${drawn}`));
        }
      },
    ),
  );
});

/** CRC-16/XMODEM by definition: polynomial 0x1021, start 0, bit by bit. */
function bitwiseSlot(text: string): number {
  let crc = 0;
  for (const char of text) {
    crc ^= char.charCodeAt(0) << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
      crc &= 0xffff;
    }
  }
  return crc % SLOTS;
}

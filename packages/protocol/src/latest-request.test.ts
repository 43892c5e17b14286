import fc from "fast-check";
import { expect, test } from "vitest";
import { ascii, fromText, type Bytes } from "./bytes.ts";
import { slotOfFirst } from "./latest-request.ts";
import { BULK_BYTES_MAX, LATEST_TEXT_CHARS_MAX, REPEATED_KEY_CHARS_MAX } from "./limits.ts";
import { RequestDecoder } from "./request-decoder.ts";
import { hashSlot } from "./slot.ts";

const LIMITS = { bulkBytesMax: BULK_BYTES_MAX };
const KEYS = [
  "",
  "k",
  "a key of more than 13 chars",
  "a key of more than 13 char5",
  "{tag}k",
  "{}k",
  "open{",
  "\0\r\n",
  "é".repeat(9),
  "k".repeat(REPEATED_KEY_CHARS_MAX + 1),
];

function encode(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

const request = fc.oneof(
  fc.constantFrom(...KEYS).map((key) => ["GET", fromText(key)]),
  fc.constantFrom(...KEYS).map((key) => ["SET", fromText(key), "a value"]),
  fc.constant(["PING"]),
);

// Goal: a key is what the client sent, and its slot is that of these bytes, whatever was decoded just before: the decoder
// passes on the key of the request before when it is the same, and its slot. Method: two connections whose input comes
// in pieces, and take turns; now and then nobody asks for the slot.
test("key and slot of a request are its own, whatever came before", () => {
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 12 }),
      fc.array(request, { maxLength: 12 }),
      fc.infiniteStream(fc.record({ isFirst: fc.boolean(), asks: fc.boolean(), take: fc.nat(90) })),
      (one, other, turns) => {
        const clients = [one, other].map((expected) => ({
          decoder: new RequestDecoder(LIMITS),
          expected: [...expected],
          input: expected.map((words) => encode(...words)).join(""),
        }));
        for (const { isFirst, asks, take } of turns) {
          if (clients.every(({ expected }) => expected.length === 0)) return;
          const client = clients[isFirst ? 0 : 1];
          if (client === undefined || client.expected.length === 0) continue;
          client.decoder.push(client.input.slice(0, take));
          client.input = client.input.slice(take);
          for (let argv = client.decoder.next(); argv !== undefined; argv = client.decoder.next()) {
            expect(argv).toEqual(client.expected.shift());
            const [, key] = argv;
            if (key !== undefined && asks) expect(slotOfFirst(argv)).toBe(hashSlot(key));
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a request that is no longer the latest still has its slot", () => {
  const decoder = new RequestDecoder(LIMITS);
  decoder.push(encode("GET", "one") + encode("GET", "two"));
  const first = decoder.next() as Bytes[]; // both are there
  decoder.next();
  expect(slotOfFirst(first)).toBe(hashSlot(ascii("one")));
});

test("the text of a large request is not at hand, and its slot is", () => {
  const decoder = new RequestDecoder(LIMITS);
  decoder.push(encode("SET", "key", "v".repeat(LATEST_TEXT_CHARS_MAX)));
  const argv = decoder.next() as Bytes[]; // it is there
  expect(slotOfFirst(argv)).toBe(hashSlot(ascii("key")));
});

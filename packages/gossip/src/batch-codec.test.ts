import { ascii, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  channelPrefix,
  decodeBatch,
  recordHead,
  repeatedRecordHead,
  varint,
} from "./batch-codec.ts";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { BATCH_BYTES_MAX, LARGE_MESSAGE_BYTES } from "./limits.ts";

type Message = readonly [channel: string, payload: string];

function encode(messages: readonly Message[]): Buffer {
  let body = "";
  let previous: string | undefined;
  for (const [channel, payload] of messages) {
    body +=
      channel === previous
        ? repeatedRecordHead(payload.length)
        : recordHead(channelPrefix(ascii(channel)), payload.length);
    body += payload;
    previous = channel;
  }
  return Buffer.from(body, "latin1");
}

function decode(body: Buffer): Message[] {
  const messages: Message[] = [];
  const count = decodeBatch(body, (channel: Bytes, payload: Bytes) => {
    messages.push([channel, payload]);
  });
  expect(count).toBe(messages.length);
  return messages;
}

function faultOf(body: Buffer): string {
  try {
    decodeBatch(body, () => undefined);
  } catch (error) {
    if (error instanceof BusProtocolError) return error.message;
    throw error;
  }
  return "none";
}

const binary = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"));

test("records are as documented: lengths, a channel, and none in a run of the same", () => {
  const body = encode([
    ["news", "hello"],
    ["news", ""],
    ["x", "a".repeat(64)],
    ["x", "b".repeat(64)],
  ]);
  expect(body.toString("latin1")).toBe(
    `\x0a\x04newshello\x01\x80\x01\x01x${"a".repeat(64)}\x81\x01${"b".repeat(64)}`,
  );
  expect(
    [0, 127, 128, 16_383, 16_384, 2 ** 31].map((value) =>
      Buffer.from(varint(value), "latin1").toString("hex"),
    ),
  ).toEqual(["00", "7f", "8001", "ff7f", "808001", "8080808008"]);
});

test("what is encoded is decoded, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(binary, binary)), (messages) => {
      expect(decode(encode(messages))).toEqual(messages);
    }),
  );
});

test("a body longer than a batch holds one record, with its channel", () => {
  const payload = "x".repeat(BATCH_BYTES_MAX + LARGE_MESSAGE_BYTES);
  const body = encode([["a channel", payload]]);
  const [message] = decode(body);
  expect(message?.[0]).toBe("a channel");
  expect(message?.[1] === payload).toBe(true);
  expect(faultOf(body.subarray(0, -1))).toContain("one record");
  expect(faultOf(Buffer.concat([body, body]))).toContain("one record");
  body[0] = (body[0] ?? 0) | 1;
  expect(faultOf(body)).toContain("names no channel");
  expect(faultOf(Buffer.alloc(body.length, 0xff))).toContain("varint");
});

test("a body cut short, or one that begins without a channel, is refused", () => {
  const body = encode([["news", "hello"]]);
  for (let length = 1; length < body.length; length += 1) {
    expect(faultOf(body.subarray(0, length))).toContain("cut short");
  }
  expect(faultOf(Buffer.from([1]))).toContain("names no channel");
  expect(faultOf(Buffer.alloc(10, 0xff))).toContain("varint");
  expect(faultOf(Buffer.from([0, 0xff, 0xff]))).toContain("cut short");
  expect(decode(Buffer.alloc(0))).toEqual([]);
});

test("no mutation of a body throws anything but BusProtocolError", () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(binary, binary), { maxLength: 20 }),
      edits,
      (messages, changes) => {
        const body = encode(messages);
        for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte;
        // Throws on its own when the error is another one.
        expect(faultOf(body)).toBeTypeOf("string");
      },
    ),
    { numRuns: 5000 },
  );
});

import { expect, test } from "vitest";
import { ProtocolError } from "./errors.ts";
import { BULK_BYTES_MAX } from "./limits.ts";
import { RequestDecoder } from "./request-decoder.ts";

// Goal: no bytes a stranger sends make the decoder throw anything but a ProtocolError, hang, or hold more than
// what was sent. Method: valid frames with random damage, from a seeded generator, fed in random chunks.

const FRAMES = 1_000_000;
const WITHIN_MS = 110_000;
const SEED = 20_261_122;
const LIMITS = { bulkBytesMax: BULK_BYTES_MAX };

const SEEDS = [
  "*1\r\n$4\r\nPING\r\n",
  "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n",
  "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
  "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n",
  "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nf\r\n$1\r\nv\r\n",
  "PING\r\n",
  'SET k "a b\\x41\\n"\r\n',
  "ECHO 'it\\'s'\r\n",
  "*0\r\n",
  "*-1\r\n",
  "*1000000\r\n$512000000\r\n",
  "*2\r\n$0\r\n\r\n$2\r\n\r\n\r\n",
];
const PIECES = [
  ...[
    "\r\n",
    "\r",
    "\n",
    "*",
    "$",
    "-",
    "+",
    ":",
    "0",
    "1",
    "9",
    "\0",
    "\xff",
    '"',
    "'",
    "\\",
    " ",
  ],
  ...["*4294967296\r\n", "$4294967296\r\n", "*1\r\n", "$-1\r\n", "*1048576\r\n", "$536870912\r\n"],
  "99999999999999999999",
];

/** mulberry32: 32 bits of state, the same numbers on every machine. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const random = makeRandom(SEED);

function pick(texts: readonly string[]): string {
  return texts[random(texts.length)] ?? "";
}

function damage(frame: string): string {
  const at = random(frame.length + 1);
  switch (random(5)) {
    case 0:
      return frame.slice(0, at) + frame.slice(at + 1 + random(4));
    case 1:
      return frame.slice(0, at) + pick(PIECES) + frame.slice(at);
    case 2:
      return frame.slice(0, at) + String.fromCharCode(random(256)) + frame.slice(at + 1);
    case 3:
      return frame.slice(0, at) + pick(SEEDS) + frame.slice(at);
    default:
      return frame.slice(0, at);
  }
}

/** Returns the number of requests; -1 after a protocol error. */
function feed(decoder: RequestDecoder, text: string): number {
  let requests = 0;
  try {
    for (let at = 0; at < text.length;) {
      const chunk = text.slice(at, at + 1 + random(text.length));
      decoder.push(chunk);
      at += chunk.length;
      while (decoder.next() !== undefined) requests += 1;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return -1;
  }
  return requests;
}

test(
  "a million damaged frames give requests or protocol errors, nothing else",
  { timeout: WITHIN_MS },
  () => {
    let decoder = new RequestDecoder(LIMITS);
    let fedBytes = 0;
    const seen = { requests: 0, errors: 0 };
    for (let frame = 0; frame < FRAMES; frame += 1) {
      let text = pick(SEEDS);
      for (let times = random(4); times > 0; times -= 1) text = damage(text);
      fedBytes += text.length;
      const requests = feed(decoder, text);
      if (requests === -1) seen.errors += 1;
      else seen.requests += requests;
      // A decoder is done after an error; one that waits for half a gigabyte would swallow the rest.
      if (requests === -1 || decoder.bufferedBytes > 1000) {
        expect(decoder.bufferedBytes).toBeLessThanOrEqual(fedBytes);
        decoder = new RequestDecoder(LIMITS);
        fedBytes = 0;
      }
    }
    expect(seen.requests).toBeGreaterThan(FRAMES / 10);
    expect(seen.errors).toBeGreaterThan(FRAMES / 10);
  },
);

test("nothing is reserved for what a header announces", () => {
  const decoders: RequestDecoder[] = [];
  const CONNECTIONS = 1000;
  const before = process.memoryUsage();
  for (let count = 0; count < CONNECTIONS; count += 1) {
    const decoder = new RequestDecoder(LIMITS);
    decoder.push("*1048576\r\n$512000000\r\n0123456789");
    expect(decoder.next()).toBe(undefined);
    decoders.push(decoder);
  }
  const after = process.memoryUsage();
  const grownBytes = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(decoders).toHaveLength(CONNECTIONS);
  // 512 MB were announced by each, and 8 MB would be the array of its arguments.
  expect(grownBytes / CONNECTIONS).toBeLessThan(16 * 1024);
});

import { ascii } from "@slotcast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { packControl, unpackControl } from "./control-codec.ts";
import type { ControlMessage, ControlName } from "./control-messages.ts";

const MESSAGES: readonly ControlMessage[] = [
  {
    name: "hello",
    body: {
      listeners: [
        { name: "default", host: "10.0.0.1", port: 7000 },
        { name: "external", host: "localhost", port: 7001 },
      ],
      hostname: "node-1.example",
      version: "0.1.0",
    },
  },
  { name: "ping", body: { seq: 1 } },
  { name: "pong", body: { seq: 2 ** 40 } },
  { name: "interestFull", body: { seq: 0, channels: [], patterns: [] } },
  {
    name: "interestFull",
    body: { seq: 7, channels: [1, 0xffffffff], patterns: [ascii("news.*"), ascii("\x00\xff")] },
  },
  { name: "interestAdd", body: { seq: 8, channels: [0x4bc7bc46] } },
  { name: "interestAdd", body: { seq: 9, channels: [], patterns: "everything" } },
  { name: "interestRemove", body: { seq: 10, channels: [5] } },
  { name: "interestAck", body: { seq: Number.MAX_SAFE_INTEGER } },
];

function faultOf(name: ControlName, body: Buffer): string {
  try {
    unpackControl(name, body);
  } catch (error) {
    if (error instanceof BusProtocolError) return error.fault;
    throw error;
  }
  return "none";
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("the bytes", () => {
  test("are plain MessagePack maps", () => {
    expect(packControl({ name: "ping", body: { seq: 5 } }).toString("hex")).toBe(
      "81a373657105", // {"seq": 5}
    );
    const body = { seq: 5, channels: [0x4bc7bc46], patterns: [ascii("n*")] };
    expect(packControl({ name: "interestAdd", body }).toString("hex")).toBe(
      "83a373657105" + // {"seq": 5,
        "a86368616e6e656c73c4044bc7bc46" + // "channels": h'4bc7bc46',
        "a87061747465726e7391c4026e2a", // "patterns": [h'6e2a']}
    );
  });

  test.each(MESSAGES)("$name survives the way, and owns its bytes", (message) => {
    const packed = packControl(message);
    packControl({ name: "ping", body: { seq: 1 } });
    expect(unpackControl(message.name, packed)).toEqual(message);
  });

  test("fields of a newer version are ignored", () => {
    // {"seq": 5, "new": [1, {"a": nil}]}
    const body = hex("82 a3736571 05 a36e6577 92 01 81 a161 c0");
    expect(unpackControl("ping", body)).toEqual({ name: "ping", body: { seq: 5 } });
  });
});

describe("refused with bad-body", () => {
  test.each<[string, ControlName, string]>([
    ["nothing", "ping", ""],
    ["a number instead of a map", "ping", "05"],
    ["an array instead of a map", "ping", "9105"],
    ["a map without the number", "ping", "80"],
    ["a negative number", "ping", "81a3736571ff"],
    ["a fraction", "ping", "81a3736571cb3ff8000000000000"],
    ["a number beyond 2^53", "ping", "81a3736571cfffffffffffffffff"],
    ["two values", "ping", "81a373657105 c0"],
    ["a value cut short", "ping", "81a3736571cd01"],
    ["text instead of a binary", "interestRemove", "82a373657105a86368616e6e656c73a0"],
    ["a hash cut short", "interestRemove", "82a373657105a86368616e6e656c73c40101"],
    [
      "patterns that are false",
      "interestAdd",
      "83a373657105a86368616e6e656c73c400a87061747465726e73c2",
    ],
    ["a full digest without patterns", "interestFull", "82a373657105a86368616e6e656c73c400"],
    ["an extension type", "ping", "81a3736571d40000"],
    ["an array of 2^31 elements in five bytes", "ping", "81a3736571dd7fffffff"],
    ["an array of 30 million elements in five bytes", "ping", "81a3736571dd01c9c380"],
    ["a map of 2^32 entries", "ping", "dfffffffff"],
    ["a binary longer than the body", "interestRemove", "82a373657105a86368616e6e656c73c6ffffffff"],
    ["a thousand arrays in each other", "ping", "91".repeat(1000)],
  ])("%s", (_, name, body) => {
    expect(faultOf(name, hex(body))).toBe("bad-body");
  });

  test("a host that would break a line of CLUSTER NODES", () => {
    const hello = (host: string): Buffer =>
      packControl({
        name: "hello",
        body: { listeners: [{ name: "default", host, port: 1 }], hostname: "", version: "1" },
      });
    expect(faultOf("hello", hello("fine"))).toBe("none");
    for (const host of ["a b", "a\nb", "a,b", "é", "x".repeat(256)]) {
      expect(faultOf("hello", hello(host))).toBe("bad-body");
    }
  });

  test("more patterns than may be announced", () => {
    const patterns = Array.from({ length: 65 }, (_, index) => ascii(`${index}`));
    const full = (list: typeof patterns): Buffer =>
      packControl({ name: "interestFull", body: { seq: 1, channels: [], patterns: list } });
    expect(faultOf("interestFull", full(patterns.slice(1)))).toBe("none");
    expect(faultOf("interestFull", full(patterns))).toBe("bad-body");
    expect(faultOf("interestFull", full([ascii("x".repeat(4097))]))).toBe("bad-body");
  });
});

test("no mutation of a body throws anything but BusProtocolError", () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...MESSAGES), edits, (message, changes) => {
      const body = packControl(message);
      for (const [at, byte] of changes) body[at % body.length] = byte;
      // Throws on its own when the error is another one.
      expect(faultOf(message.name, body)).toBeTypeOf("string");
    }),
    { numRuns: 20_000 },
  );
});

test("random bytes never throw anything but BusProtocolError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const { name } of MESSAGES)
        expect(faultOf(name, Buffer.from(bytes))).toBeTypeOf("string");
    }),
    { numRuns: 5000 },
  );
});

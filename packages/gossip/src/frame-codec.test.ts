import fc from "fast-check";
import { createSecretKey, hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import {
  FRAME_HEAD_BYTES,
  frameBody,
  FrameOpener,
  FrameSealer,
  headBytesOf,
} from "./frame-codec.ts";
import {
  FRAME_NAMES,
  frameName,
  FRAMES,
  isPlainFrame,
  type FrameFilter,
  type FrameName,
} from "./frame-types.ts";
import { CONTROL_FRAME_BYTES_MAX } from "./limits.ts";

// Goal: frames arrive as they were sealed or not at all. Expected bytes come from another implementation.

const ZERO_KEY = createSecretKey(Buffer.alloc(32));
const FLOOD: FrameFilter = { kind: "flood", from: "dialler" };
const CONTROL: FrameFilter = { kind: "control", from: "dialler" };

function seal(sealer: FrameSealer, name: FrameName, ...parts: Buffer[]): Buffer {
  const body = frameBody(...parts);
  const head = Buffer.alloc(headBytesOf(body.sizeBytes));
  sealer.seal(name, body, head);
  return Buffer.concat([head, ...parts]);
}

function open(opener: FrameOpener, bytes: Buffer): string[] {
  const frames: string[] = [];
  opener.push(bytes, (name, body) => {
    frames.push(`${name} ${body.toString("hex")}`);
    return true;
  });
  return frames;
}

function faultOf(opener: FrameOpener, bytes: Buffer): string {
  try {
    open(opener, bytes);
  } catch (error) {
    if (error instanceof BusProtocolError) return error.fault;
    throw error;
  }
  return "none";
}

test("a frame is length, type, MAC and body, and the MAC counts frames", () => {
  const sealer = new FrameSealer(ZERO_KEY);
  const hex = (...parts: Buffer[]): string => seal(sealer, "publish", ...parts).toString("hex");
  expect(hex(Buffer.from("abc"))).toBe("0000000320aa629766cf058ebcba2ac799c9ee5436616263");
  expect(hex(Buffer.from("a"), Buffer.from("bc"))).toBe(
    "0000000320b60e967e92612cfebafadc96d08fcf70616263",
  );
});

test("every frame has the number that the wire format gives it", () => {
  const numbers = FRAME_NAMES.map((name) => [name, FRAMES[name].type]);
  expect(Object.fromEntries(numbers)).toEqual({
    hello: 1,
    ping: 2,
    pong: 3,
    interestFull: 4,
    interestAdd: 5,
    interestRemove: 6,
    interestAck: 7,
    rumour: 8,
    raft: 16,
    facts: 17,
    factsRequest: 18,
    propose: 19,
    proposeResult: 20,
    lease: 21,
    leaseGrant: 22,
    support: 24,
    handOver: 25,
    join: 23,
    publish: 32,
    publishShard: 33,
    replication: 64,
  });
  const of = (name: FrameName, body: Buffer): string =>
    seal(new FrameSealer(ZERO_KEY), name, body).toString("hex");
  expect(of("replication", Buffer.from("abc"))).toBe(
    "0000000340c200317c77acf76e3244d8671715e905616263",
  );
  expect(of("publishShard", Buffer.from("060178616263", "hex"))).toBe(
    "0000000621c4a11719f2ec0b177e0ac7f04c162eb1060178616263",
  );
  expect(of("raft", Buffer.from("81a47465726d07", "hex"))).toBe(
    "0000000710f86318dc53c9185d06cdb2b42ab7b9b681a47465726d07",
  );
});

test("what control says and replication may come from either side, the rest from one", () => {
  const sides = (name: FrameName): string[] =>
    (["dialler", "acceptor"] as const).filter((from) => {
      const [kind = "control"] = FRAMES[name].kinds;
      return frameName(FRAMES[name].type, { kind, from }) === name;
    });
  const both = FRAME_NAMES.filter((name) => sides(name).length === 2);
  expect(both).toEqual([...FRAME_NAMES.filter(isPlainFrame), "replication"]);
  expect([sides("hello"), sides("pong"), sides("publish")]).toEqual([
    ["dialler"],
    ["acceptor"],
    ["dialler"],
  ]);
});

test("a long body enters the MAC as its SHA-256, which stands before it", () => {
  const sealer = new FrameSealer(ZERO_KEY);
  seal(sealer, "publish", Buffer.alloc(0));
  seal(sealer, "publish", Buffer.alloc(0));
  const body = Buffer.alloc(1025, "x");
  const frame = seal(sealer, "publish", body);
  expect(frame.length).toBe(21 + 32 + 1025);
  expect(frame.subarray(0, 21).toString("hex")).toBe("0000040120d87846142dd0aabdf4da6e349b83d004");
  expect(frame.subarray(21, 53)).toEqual(hash("sha256", body, "buffer"));
});

test("any split of the bytes gives the same frames", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 10 });
  const cuts = fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 30 });
  fc.assert(
    fc.property(bodies, cuts, (parts, lengths) => {
      const key = createSecretKey(randomBytes(32));
      const sealer = new FrameSealer(key);
      const bytes = Buffer.concat(parts.map((part) => seal(sealer, "publish", Buffer.from(part))));
      const opener = new FrameOpener(key, FLOOD);
      const frames: string[] = [];
      let at = 0;
      for (const length of [...lengths, bytes.length]) {
        frames.push(...open(opener, bytes.subarray(at, at + length)));
        at += length;
      }
      expect(frames).toEqual(parts.map((part) => `publish ${Buffer.from(part).toString("hex")}`));
    }),
  );
});

test("a changed, repeated, reordered or left out frame ends the link", () => {
  const sealer = new FrameSealer(ZERO_KEY);
  const [first, second] = ["one", "two"].map((text) => seal(sealer, "publish", Buffer.from(text)));
  if (first === undefined || second === undefined) throw new Error("two were made");
  const fault = (...frames: Buffer[]): string =>
    faultOf(new FrameOpener(ZERO_KEY, FLOOD), Buffer.concat(frames));
  expect(fault(first, second)).toBe("none");
  expect(fault(first, first)).toBe("bad-mac");
  expect(fault(second, first)).toBe("bad-mac");
  expect(fault(second)).toBe("bad-mac");
  const other = new FrameSealer(createSecretKey(randomBytes(32)));
  expect(fault(seal(other, "publish", Buffer.from("one")))).toBe("bad-mac");
});

test.each([9, 3000])("no single changed byte of a frame of %i gets a body through", (sizeBytes) => {
  const frame = seal(new FrameSealer(ZERO_KEY), "publish", Buffer.alloc(sizeBytes, "some body"));
  fc.assert(
    fc.property(
      fc.nat({ max: frame.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const changed = Buffer.from(frame);
        changed[at] = (changed[at] ?? 0) ^ change;
        const opener = new FrameOpener(ZERO_KEY, FLOOD);
        let hasOpened = false;
        try {
          opener.push(changed, () => (hasOpened = true));
        } catch (error) {
          expect(error).toBeInstanceOf(BusProtocolError);
        }
        // A changed length may make it wait for more, up to a short frame; it never shows a body.
        expect(hasOpened).toBe(false);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a length that was changed is noticed at once, or when a short frame's worth of bytes is there", () => {
  for (const sizeBytes of [0, 9, 1024, 1025, 100_000]) {
    for (const length of [0, 8, 1024, 1025, 2000, 100_001, 500 * 1024 * 1024]) {
      const frame = seal(new FrameSealer(ZERO_KEY), "publish", Buffer.alloc(sizeBytes));
      if (length === sizeBytes) continue;
      frame.writeUInt32BE(length);
      // What comes behind it.
      const bytes = Buffer.concat([frame, Buffer.alloc(FRAME_HEAD_BYTES + 1024)]);
      const some = bytes.subarray(0, FRAME_HEAD_BYTES + 1024);
      expect([length, faultOf(new FrameOpener(ZERO_KEY, FLOOD), some)]).toEqual([
        length,
        "bad-mac",
      ]);
    }
  }
});

test("a type of another kind of link or of the other side is refused before its body is awaited", () => {
  const head = (type: number, length = 0): Buffer => {
    const bytes = Buffer.alloc(FRAME_HEAD_BYTES);
    bytes.writeUInt32BE(length);
    bytes[4] = type;
    return bytes;
  };
  const publish = 32;
  const pong = 3;
  const hello = 1;
  expect(faultOf(new FrameOpener(ZERO_KEY, CONTROL), head(publish))).toBe("bad-type");
  expect(faultOf(new FrameOpener(ZERO_KEY, FLOOD), head(hello))).toBe("bad-type");
  expect(faultOf(new FrameOpener(ZERO_KEY, CONTROL), head(pong))).toBe("bad-type");
  expect(faultOf(new FrameOpener(ZERO_KEY, CONTROL), head(0))).toBe("bad-type");
  expect(faultOf(new FrameOpener(ZERO_KEY, CONTROL), head(255))).toBe("bad-type");
  const tooLong = head(hello, CONTROL_FRAME_BYTES_MAX + 1);
  expect(faultOf(new FrameOpener(ZERO_KEY, CONTROL), tooLong)).toBe("bad-length");
});

test("a declared length reserves nothing before the bytes arrive", () => {
  // Sealed by somebody who knows the key and says no more.
  const digest = Buffer.alloc(32);
  const head = Buffer.alloc(headBytesOf(500 * 1024 * 1024));
  const body = { parts: [], sizeBytes: 500 * 1024 * 1024, digest };
  new FrameSealer(ZERO_KEY).seal("publish", body, head);
  const before = process.memoryUsage();
  const openers = Array.from({ length: 1000 }, () => {
    const opener = new FrameOpener(ZERO_KEY, FLOOD);
    open(opener, head);
    return opener;
  });
  const after = process.memoryUsage();
  expect(openers).toHaveLength(1000);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(10 * 1024 * 1024);
});

test("nothing more is opened once the receiver says stop", () => {
  const sealer = new FrameSealer(ZERO_KEY);
  const bytes = Buffer.concat([
    seal(sealer, "publish", Buffer.from("1")),
    seal(sealer, "publish", Buffer.from("2")),
  ]);
  let opened = 0;
  new FrameOpener(ZERO_KEY, FLOOD).push(bytes, () => {
    opened += 1;
    return false;
  });
  expect(opened).toBe(1);
});

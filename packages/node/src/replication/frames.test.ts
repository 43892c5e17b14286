import { ascii } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, type ReplicationFrame } from "./frames.ts";
import { EPOCH_MARKS_MAX } from "./limits.ts";

const SHARD = "0123456789abcdef0123456789abcdef01234567";
const HISTORY = "f".repeat(40);
const head = { shardId: SHARD, epoch: 0x1_0000_0002 };
/** Shard and epoch. */
const HEAD = `${SHARD}0000000100000002`;

// The wire format: docs/replication.md. These bytes were written by hand.
test.each<[ReplicationFrame, string]>([
  [{ kind: "reign", ...head }, `01${HEAD}`],
  [
    {
      kind: "sync-request",
      ...head,
      incarnation: 3,
      request: 4,
      historyId: HISTORY,
      endOffset: 5,
      appliedOffset: 6,
      marks: [
        { epoch: 7, offset: 8 },
        { epoch: 9, offset: 8 },
      ],
    },
    `02${HEAD}${u64(3)}00000004${HISTORY}${u64(5)}${u64(6)}02${u64(7)}${u64(8)}${u64(9)}${u64(8)}`,
  ],
  [
    { kind: "sync-partial", ...head, request: 4, commonOffset: 5, commonEpoch: 6 },
    `03${HEAD}00000004${u64(5)}${u64(6)}`,
  ],
  [{ kind: "sync-full-due", ...head, request: 4, commonOffset: 0 }, `04${HEAD}0000000401${u64(0)}`],
  [
    { kind: "sync-full-due", ...head, request: 4, commonOffset: undefined },
    `04${HEAD}0000000400${u64(0)}`,
  ],
  [
    {
      kind: "sync-full-begin",
      ...head,
      request: 4,
      historyId: "",
      offset: 5,
      hash: 0xfedc_ba98,
      sizeBytes: 6,
      marks: [{ epoch: 7, offset: 8 }],
    },
    `05${HEAD}00000004${"00".repeat(20)}${u64(5)}fedcba98${u64(6)}01${u64(7)}${u64(8)}`,
  ],
  [
    { kind: "snapshot-chunk", ...head, position: 5, bytes: ascii("\x00\xff") },
    `06${HEAD}${u64(5)}00ff`,
  ],
  [
    { kind: "sync-full-end", ...head, sizeBytes: 5, hash: 0xfedc_ba98 },
    `07${HEAD}${u64(5)}fedcba98`,
  ],
  [
    {
      kind: "batch",
      ...head,
      writtenEpoch: 1,
      firstOffset: 2,
      commitOffset: 3,
      hashBefore: 4,
      hashAfter: 0xfedc_ba98,
      effects: ascii("*1\r\n\xe9"),
    },
    `08${HEAD}${u64(1)}${u64(2)}${u64(3)}00000004fedcba982a310d0ae9`,
  ],
  [{ kind: "ack", ...head, incarnation: 3, offset: 4 }, `09${HEAD}${u64(3)}${u64(4)}`],
  [{ kind: "refused", ...head }, `0a${HEAD}`],
])("$0.kind is these bytes, and back", (frame, hex) => {
  expect(encodeFrame(frame).toString("hex")).toBe(hex);
  expect(decodeFrame(Buffer.from(hex, "hex"))).toEqual(frame);
});

test.each([
  ["nothing", ""],
  ["an unknown kind", `0b${HEAD}`],
  ["kind 0", `00${HEAD}`],
  ["cut short in the head", `01${HEAD.slice(2)}`],
  ["a byte too many", `01${HEAD}00`],
  ["a number beyond 2^53", `01${SHARD}0020000000000000`],
  ["a flag that is none", `04${HEAD}0000000402${u64(0)}`],
  ["a number behind a flag that says there is none", `04${HEAD}0000000400${u64(1)}`],
  ["marks out of order", request("02", u64(7), u64(8), u64(7), u64(9))],
  ["marks that go back", request("02", u64(7), u64(8), u64(9), u64(7))],
  ["fewer marks than declared", request("02", u64(7), u64(8))],
  ["more marks than may be", request((EPOCH_MARKS_MAX + 1).toString(16))],
])("%s is no frame", (_what, hex) => {
  expect(() => decodeFrame(Buffer.from(hex, "hex"))).toThrow(TypeError);
});

test("the largest numbers go through", () => {
  const frame: ReplicationFrame = {
    kind: "ack",
    shardId: SHARD,
    epoch: Number.MAX_SAFE_INTEGER,
    incarnation: Number.MAX_SAFE_INTEGER,
    offset: Number.MAX_SAFE_INTEGER,
  };
  expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
});

test("bytes that are no frame throw TypeError, and a frame encodes to its bytes", () => {
  const kind = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(kind, fc.uint8Array({ maxLength: 160, size: "max" }), (first, rest) => {
      // Half of the numbers small, or nearly all frames would be refused for their size.
      const body = Buffer.from([first, ...rest.map((byte, at) => (at % 8 < 4 ? 0 : byte))]);
      let frame: ReplicationFrame;
      try {
        frame = decodeFrame(body);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      expect(encodeFrame(frame).toString("hex")).toBe(body.toString("hex"));
    }),
    { numRuns: 5000 },
  );
});

function u64(value: number): string {
  return value.toString(16).padStart(16, "0");
}

/** A sync request with this behind its fixed fields. */
function request(...rest: string[]): string {
  return `02${HEAD}${u64(3)}00000004${HISTORY}${u64(5)}${u64(6)}${rest.join("")}`;
}

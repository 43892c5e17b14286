import { ascii, makeReplyWriter, type ReplyWriter } from "@slotcast/protocol";
import { formatStreamId, STREAM_ID_MAX, type StreamId } from "@slotcast/store";
import { describe, expect, test } from "vitest";
import { writeParts } from "./write-entry.ts";

/** All that it is given, in pieces no longer than the reply may be. */
function written(protocol: 2 | 3, write: (reply: ReplyWriter) => void): string {
  const reply = makeReplyWriter(protocol);
  const to = {
    out: "",
    sent: "",
    spill(): void {
      this.sent += this.out;
      this.out = "";
    },
  };
  reply.to = to;
  write(reply);
  return to.sent + to.out;
}

const ids: StreamId[] = [{ ms: 0, seq: 1 }, { ms: 1_800_000_000_000, seq: 12 }, STREAM_ID_MAX];
const sizes = [0, 1, 8, 9, 13, 1023, 1024, 40_000];
const entries = [
  ...sizes.map((size) => ["f", "x".repeat(size)]),
  sizes.map((size) => "y".repeat(size)),
  ["\r\n$1\r\n", "\u0000\u00ff", "x".repeat(40_000), "z".repeat(40_000), "", ""],
];

describe.each([2, 3] as const)("an entry in RESP%i", (protocol) => {
  test.each(ids)("is what its parts would be, written one by one: id $ms-$seq", (id) => {
    for (const fields of entries.map((words) => words.map(ascii))) {
      const oneByOne = written(protocol, (reply) => {
        reply.array(2);
        reply.bulk(formatStreamId(id));
        reply.array(fields.length);
        for (const field of fields) reply.bulk(field);
      });
      expect(written(protocol, (reply) => writeParts(reply, { id, fields }, 2))).toBe(oneByOne);
    }
  });

  test("that was deleted has a null for its fields", () => {
    const deleted = { id: { ms: 5, seq: 0 }, fields: undefined };
    const nothing = protocol === 2 ? "*-1\r\n" : "_\r\n";
    expect(written(protocol, (reply) => writeParts(reply, deleted, 4))).toBe(
      `*4\r\n$3\r\n5-0\r\n${nothing}`,
    );
  });
});

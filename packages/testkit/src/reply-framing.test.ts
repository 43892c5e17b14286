import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReply, Push, ReplyError, type Reply } from "./decode-reply.ts";
import { frameReply } from "./reply-framing.ts";

const REPLIES: readonly (readonly [encoded: string, decoded: Reply])[] = [
  ["+OK\r\n", "OK"],
  ["+\r\n", ""],
  ["-ERR no\r\n", new ReplyError("ERR no")],
  [":-42\r\n", -42],
  [":9223372036854775807\r\n", 9223372036854775807n],
  ["$-1\r\n", null],
  ["$0\r\n\r\n", ""],
  ["$7\r\na\r\n\0\xff:1\r\n", "a\r\n\0\xff:1"],
  ["*-1\r\n", null],
  ["*0\r\n", []],
  ["*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", [[1], "x"]],
  ["_\r\n", null],
  ["#t\r\n", true],
  ["#f\r\n", false],
  [",1.5\r\n", 1.5],
  [",-inf\r\n", Number.NEGATIVE_INFINITY],
  ["(3492890328409238509324850943850943825024385\r\n", 3492890328409238509324850943850943825024385n],
  ["!6\r\nERR \r\n\r\n", new ReplyError("ERR \r\n")],
  ["=6\r\ntxt:hi\r\n", "hi"],
  ["~2\r\n+a\r\n+b\r\n", new Set(["a", "b"])],
  ["%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n", new Map<Reply, Reply>([["a", 1], ["b", []]])],
  [">3\r\n$7\r\nmessage\r\n+c\r\n+m\r\n", new Push(["message", "c", "m"])],
  ["|1\r\n+ttl\r\n:3\r\n+value\r\n", "value"],
  ["*2\r\n|1\r\n+a\r\n:3\r\n+x\r\n+y\r\n", ["x", "y"]],
]; // prettier-ignore

describe("a reply", () => {
  test.each(REPLIES)("%j ends where the next one begins", (encoded, decoded) => {
    const bytes = Buffer.from(encoded, "latin1");
    expect(frameReply(bytes)).toEqual({ isComplete: true, bytes: bytes.length });
    const between = Buffer.concat([Buffer.from("+x\r\n"), bytes, Buffer.from(":1\r\n")]);
    expect(frameReply(between, 4)).toEqual({ isComplete: true, bytes: bytes.length });
    expect(decodeReply(bytes)).toEqual(decoded);
  });

  test.each(REPLIES)("%j is incomplete at every byte before its end", (encoded) => {
    const bytes = Buffer.from(encoded, "latin1");
    for (let length = 0; length < bytes.length; length += 1) {
      const frame = frameReply(bytes.subarray(0, length));
      expect(frame.isComplete).toBe(false);
      expect(frame.bytes).toBeGreaterThan(length);
      expect(frame.bytes).toBeLessThanOrEqual(bytes.length);
    }
  });

  test("a stream of replies is cut the same whatever the chunks", () => {
    const reply = fc.constantFrom(...REPLIES.map(([encoded]) => encoded));
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 20 }), (replies) => {
        const bytes = Buffer.from(replies.join(""), "latin1");
        const cut: string[] = [];
        for (let at = 0; at < bytes.length;) {
          const frame = frameReply(bytes, at);
          cut.push(bytes.latin1Slice(at, at + frame.bytes));
          at += frame.bytes;
        }
        expect(cut).toEqual(replies);
      }),
    );
  });

  test.each(["x\r\n", "$3\r\nabcde\r\n", "$a\r\n", "*1.5\r\n", "*1\r\nx\r\n"])(
    "%j is no reply",
    (text) => {
      expect(() => frameReply(Buffer.from(text))).toThrow(/no reply|not a length|CR LF/);
    },
  );
});

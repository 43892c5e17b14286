import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii, fromBuffer } from "./bytes.ts";
import { CommandError } from "./errors.ts";
import { REPLY_STRING_CHARS_MAX } from "./limits.ts";
import { makeReplyWriter, type ReplyWriter } from "./reply-writer.ts";

function written(protocol: 2 | 3, write: (reply: ReplyWriter) => void): string {
  const reply = makeReplyWriter(protocol);
  const target = { out: "" };
  reply.to = target;
  write(reply);
  return target.out;
}

const ROWS: readonly (readonly [what: string, write: (reply: ReplyWriter) => void, resp2: string, resp3: string])[] = [
  ["ok", (reply) => reply.ok(), "+OK\r\n", "+OK\r\n"],
  ["a simple string", (reply) => reply.simple("PONG"), "+PONG\r\n", "+PONG\r\n"],
  ["an error", (reply) => reply.error(new CommandError("WRONGTYPE", "no")), "-WRONGTYPE no\r\n", "-WRONGTYPE no\r\n"],
  ["an integer", (reply) => reply.integer(-1), ":-1\r\n", ":-1\r\n"],
  ["a large integer", (reply) => reply.integer(1_000_000), ":1000000\r\n", ":1000000\r\n"],
  ["a bigint", (reply) => reply.integer(2n ** 63n - 1n), ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
  ["a small bigint", (reply) => reply.integer(7n), ":7\r\n", ":7\r\n"],
  ["an empty bulk", (reply) => reply.bulk(ascii("")), "$0\r\n\r\n", "$0\r\n\r\n"],
  ["a bulk", (reply) => reply.bulk(ascii("a\r\n\xff")), "$4\r\na\r\n\xff\r\n", "$4\r\na\r\n\xff\r\n"],
  ["a long bulk", (reply) => reply.bulk(ascii("x".repeat(5000))), `$5000\r\n${"x".repeat(5000)}\r\n`, `$5000\r\n${"x".repeat(5000)}\r\n`],
  ["no bulks", (reply) => reply.bulks(() => undefined), "", ""],
  ["the missing value", (reply) => reply.nullBulk(), "$-1\r\n", "_\r\n"],
  ["the missing array", (reply) => reply.nullArray(), "*-1\r\n", "_\r\n"],
  ["an array", (reply) => reply.array(2), "*2\r\n", "*2\r\n"],
  ["a large array", (reply) => reply.array(100_000), "*100000\r\n", "*100000\r\n"],
  ["a map", (reply) => reply.map(2), "*4\r\n", "%2\r\n"],
  ["a set", (reply) => reply.set(2), "*2\r\n", "~2\r\n"],
  ["a push", (reply) => reply.push(3), "*3\r\n", ">3\r\n"],
  ["a double", (reply) => reply.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
  ["infinity", (reply) => reply.double(Number.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"],
  ["a boolean", (reply) => reply.bool(true), ":1\r\n", "#t\r\n"],
  ["a false boolean", (reply) => reply.bool(false), ":0\r\n", "#f\r\n"],
  ["text for people", (reply) => reply.verbatim(ascii("hi")), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"],
  ["a reply encoded before", (reply) => reply.raw(":1\r\n"), ":1\r\n", ":1\r\n"],
]; // prettier-ignore

describe("the encodings", () => {
  test.each(ROWS)("%s", (_what, write, resp2, resp3) => {
    expect(written(2, write)).toBe(resp2);
    expect(written(3, write)).toBe(resp3);
  });

  test("of all bulks and integers are the same in both protocols", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer(), (raw, value) => {
        const bytes = fromBuffer(Buffer.from(raw));
        for (const protocol of [2, 3] as const) {
          expect(written(protocol, (reply) => reply.bulk(bytes))).toBe(
            `$${bytes.length}\r\n${bytes}\r\n`,
          );
          expect(written(protocol, (reply) => reply.integer(value))).toBe(`:${value}\r\n`);
        }
      }),
    );
  });
});

test("an argument that an error quotes cannot start a reply of its own", () => {
  const error = new CommandError("ERR", "unknown command 'a\r\n:1\r\n'");
  expect(written(2, (reply) => reply.error(error))).toBe("-ERR unknown command 'a  :1  '\r\n");
  const ending = new CommandError("ERR", "Unsupported option \r\n\r\n");
  expect(written(2, (reply) => reply.error(ending))).toBe("-ERR Unsupported option \r\n");
});

test("replies go to whoever is the target when they are written", () => {
  const reply = makeReplyWriter(2);
  const first = { out: "" };
  const second = { out: "+before\r\n" };
  reply.to = first;
  reply.ok();
  reply.to = second;
  reply.integer(1);
  expect([first.out, second.out]).toEqual(["+OK\r\n", "+before\r\n:1\r\n"]);
});

test("many bulks at once are what each alone would be", () => {
  const lengths = fc.constantFrom(0, 1, 7, 8, 9, 12, 64, 1023, 1024, 5000);
  const bulks = fc.array(
    fc
      .tuple(lengths, fc.nat(255))
      .map(([length, byte]) => ascii(String.fromCharCode(byte).repeat(length))),
    { maxLength: 3000, size: "max" },
  );
  fc.assert(
    fc.property(bulks, (all) => {
      const expected = all.map((bytes) => `$${bytes.length}\r\n${bytes}\r\n`).join("");
      expect(written(3, (reply) => reply.bulks((add) => all.forEach(add))) === expected).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("bulks longer than a reply string may be are spilled in between, and nothing is lost", () => {
  const spilled: string[] = [];
  const target = {
    out: "",
    spill(): void {
      spilled.push(this.out);
      this.out = "";
    },
  };
  const reply = makeReplyWriter(2);
  reply.to = target;
  const length = Math.ceil(REPLY_STRING_CHARS_MAX * 0.75);
  const part = ascii("x".repeat(length));
  reply.bulks((add) => {
    for (let count = 0; count < 4; count += 1) add(part);
  });
  expect(spilled).toHaveLength(1);
  expect([...spilled, target.out].join("")).toBe(`$${length}\r\n${part}\r\n`.repeat(4));
});

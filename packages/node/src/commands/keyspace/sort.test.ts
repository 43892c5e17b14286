import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";
import { scoreOf } from "./sort-score.ts";

// Goal: SORT and SORT_RO give the order of redis-server 7.0.15. Every row was compared with it.

const SYNTAX = "-ERR syntax error";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NO_DOUBLE = "-ERR One or more scores can't be converted into double";

/** `numbers` 3 1 2 10 -5; `words` a b c d, with weight_a 4 … weight_d 1 and obj_a A … obj_c C; the sets 5 1 3 and b a c. */
const DATA = [
  ...[
    "RPUSH numbers 3 1 2 10 -5",
    "RPUSH words a b c d",
    "SADD integers 5 1 3",
    "SADD letters b a c",
  ],
  ...["SET weight_a 4", "SET weight_b 3", "SET weight_c 2", "SET weight_d 1"],
  ...["SET obj_a A", "SET obj_b B", "SET obj_c C", "RPUSH dst old", "XADD stream 1-1 f v"],
];

function answer(...requests: readonly string[]): string {
  const client = new SocketlessNode().connect();
  client.send(...DATA);
  return client.send(...requests);
}

/** The elements of an array reply, `-` for null. */
function elements(reply: string): string {
  const [head = "", ...rest] = reply.split(" ");
  const found: string[] = [];
  while (rest.length > 0) {
    const length = rest.shift();
    found.push(length === "$-1" ? "-" : (rest.shift() ?? ""));
  }
  expect(head).toBe(`*${found.length}`);
  return found.join(" ");
}

test.each([
  ["numbers", "-5 1 2 3 10"],
  ["numbers DESC", "10 3 2 1 -5"],
  ["numbers DESC ASC", "-5 1 2 3 10"],
  ["numbers ALPHA", "-5 1 10 2 3"],
  ["numbers alpha desc", "3 2 10 1 -5"],
  ["numbers LIMIT 1 2", "1 2"],
  ["numbers LIMIT -3 2", "-5 1"],
  ["numbers LIMIT 3 -1", "3 10"],
  ["numbers LIMIT 3 99999999999", "3 10"],
  ["numbers LIMIT 9 2", ""],
  ["numbers LIMIT 0 0", ""],
  ["numbers LIMIT 0 9 LIMIT 0 1", "-5"],
  ["numbers BY nosort", "3 1 2 10 -5"],
  ["numbers BY nosort DESC", "-5 10 2 1 3"],
  ["numbers BY nosort DESC LIMIT 1 2", "10 2"],
  ["numbers BY nosort BY weight_*", "3 1 2 10 -5"],
  ["words BY weight_*", "d c b a"],
  ["words BY weight_* DESC", "a b c d"],
  ["words BY weight_* LIMIT 0 2", "d c"],
  ["words BY weight_* GET obj_*", "- C B A"],
  ["words BY weight_* GET obj_* GET # GET weight_*", "- d 1 C c 2 B b 3 A a 4"],
  ["words BY obj_* ALPHA", "d a b c"],
  ["words BY obj_* ALPHA DESC", "c b a d"],
  ["words BY missing_*", "a b c d"],
  ["words BY missing_* DESC", "d c b a"],
  ["words BY missing_* ALPHA DESC", "a b c d"],
  ["words BY words* ALPHA", "a b c d"],
  ["words ALPHA GET constant", "- - - -"],
  ["words ALPHA GET numbers*", "- - - -"],
  ["words ALPHA GET obj_*->field", "- - - -"],
  ["words ALPHA GET obj_*->", "- - - -"],
  ["integers", "1 3 5"],
  ["integers DESC LIMIT 0 2", "5 3"],
  ["letters ALPHA", "a b c"],
  ["nothing", ""],
  ["nothing BY weight_* GET #", ""],
])("SORT %s gives %s", (request, sorted) => {
  expect(elements(answer(`SORT ${request}`))).toBe(sorted);
  expect(elements(answer(`SORT_RO ${request}`))).toBe(sorted);
});

test.each([
  ["SORT numbers foo", SYNTAX],
  ["SORT numbers LIMIT 1", SYNTAX],
  ["SORT numbers LIMIT x 1", NO_INTEGER],
  ["SORT numbers LIMIT 1 99999999999999999999", NO_INTEGER],
  ["SORT numbers BY", SYNTAX],
  ["SORT numbers GET", SYNTAX],
  ["SORT numbers STORE", SYNTAX],
  ["SORT_RO numbers STORE dst", SYNTAX],
  ["SORT weight_a foo", SYNTAX],
  ["SORT weight_a", WRONG_TYPE],
  ["SORT weight_a STORE dst", WRONG_TYPE],
  ["SORT stream", WRONG_TYPE],
  ["SORT words", NO_DOUBLE],
  ["SORT words BY obj_*", NO_DOUBLE],
])("%s is %s", (request, error) => {
  expect(answer(request)).toBe(error);
});

test.each([
  ["SORT numbers STORE dst", 5, "-5 1 2 3 10"],
  ["SORT numbers LIMIT 1 2 STORE dst", 2, "1 2"],
  ["SORT numbers STORE numbers STORE dst", 5, "-5 1 2 3 10"],
  ["SORT words BY weight_* GET obj_* STORE dst", 4, " C B A"],
  ["SORT words ALPHA GET # GET obj_* STORE dst", 8, "a A b B c C d "],
  ["SORT integers BY nosort STORE dst", 3, "1 3 5"],
  ["SORT letters BY nosort DESC STORE dst", 3, "c b a"],
])("%s stores %i elements", (request, count, stored) => {
  const reply = answer(request, "LRANGE dst 0 -1");
  expect(reply).toMatch(`:${count} *`);
  expect(elements(reply.slice(reply.indexOf("*")))).toBe(stored);
});

test("what is stored takes the place of any key, and of its expiry", () => {
  expect(answer("SET dst v EX 100", "SORT numbers STORE dst", "TYPE dst", "TTL dst")).toBe(
    "+OK :5 +list :-1",
  );
  expect(answer("SORT numbers STORE numbers", "LINDEX numbers 0")).toBe(":5 $2 -5");
  expect(answer("SORT nothing STORE dst", "EXISTS dst")).toBe(":0 :0");
});

test("a destination stays as it was when something is no number", () => {
  expect(answer("SORT words STORE dst", "LRANGE dst 0 -1")).toBe(`${NO_DOUBLE} *1 $3 old`);
});

test("what BY and GET look up counts as read", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send(...DATA, "SORT words BY weight_* GET obj_*");
  expect(node.broker.keyspace.stats).toMatchObject({ hits: 8, misses: 1 });
});

test("long results are replayed in pieces", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  const numbers = Array.from({ length: 2500 }, (_, index) => String(index));
  client.send(`RPUSH long ${numbers.join(" ")}`);
  node.effects.length = 0;
  client.send("SORT long DESC STORE dst");
  expect(node.effects.map(({ length }) => length)).toEqual([1026, 1026, 454]);
  expect(node.effects.flatMap((effect) => effect.slice(2))).toEqual(numbers.toReversed());
});

test.each([
  ["", 0],
  ["5", 5],
  ["+5", 5],
  [" \t5", 5],
  [".5", 0.5],
  ["5.", 5],
  ["1E-1", 0.1],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["INFINITY", Number.POSITIVE_INFINITY],
  ["0x10", 16],
  ["-0x.8", -0.5],
  ["0xA.8p1", 21],
  ["5\0abc", 5],
  ["0e999", 0],
  ["0x0p99999", 0],
  ["0x1p-1074", 2 ** -1074],
  ["0x.8p-1074", undefined],
  ["0x1p9999", undefined],
  ["1e-310", undefined],
  ["1e999", undefined],
  ["1e-999", undefined],
  ["5 ", undefined],
  ["nan", undefined],
  [".", undefined],
  ["1e", undefined],
  ["0x", undefined],
  ["5x", undefined],
])("%j counts as %s", (text, score) => {
  expect(scoreOf(ascii(text))).toBe(score);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: XADD … IDMP, XCFGSET and XIDMPRECORD do what Redis 8.6 documents, every error text included.
// Method: one request after the other on one node; the clock is held by hand.

const NOW_MS = 1_800_000_000_000;
const BAD_ID = "-ERR Invalid stream ID specified as stream command argument";
const TWICE = "-ERR syntax error, IDMP/IDMPAUTO specified multiple times";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const DURATION_RANGE = "-ERR IDMP-DURATION must be between 1 and 86400 seconds";
const SIZE_RANGE = "-ERR IDMP-MAXSIZE must be between 1 and 10000 entries";

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

function id(sinceMs: number, seq = 0): string {
  const text = `${NOW_MS + sinceMs}-${seq}`;
  return `$${text.length} ${text}`;
}

function node(...directives: readonly string[]) {
  const socketless = new SocketlessNode(...directives);
  return { socketless, client: socketless.connect() };
}

test.each([
  ["XADD s IDMP p1 * f v", BAD_ID],
  ["XADD s IDMP p1", "-ERR wrong number of arguments for 'xadd' command"],
  [
    "XADD s IDMP p1 m1 1-1 f v",
    "-ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs",
  ],
  [
    "XADD s IDMPAUTO p1 1-1 f v",
    "-ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs",
  ],
  [
    "XADD s IDMPAUTO p1 5-* f v",
    "-ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs",
  ],
  ["XADD s IDMPAUTO p1 x f v", BAD_ID],
  ["XADD s IDMP p1 m1 IDMP p2 m2 * f v", TWICE],
  ["XADD s IDMPAUTO p1 IDMPAUTO p2 * f v", TWICE],
  ["XADD s IDMPAUTO p1 IDMP p2 m2 * f v", TWICE],
  ["XADD s IDMP p1 m1 IDMPAUTO p2 * f v", TWICE],
  ["XADD s IDMP  m1 * f v", "-ERR syntax error, IDMP requires a non-empty producer ID"],
  ["XADD s IDMP p1  * f v", "-ERR syntax error, IDMP requires a non-empty idempotent ID"],
  ["XADD s IDMPAUTO  * f v", "-ERR syntax error, IDMPAUTO requires a non-empty producer ID"],
  ["XADD s NOMKSTREAM IDMP p1 m1 * f v", "$-1"],
  [
    "XADD list IDMP p1 m1 * f v",
    "-WRONGTYPE Operation against a key holding the wrong kind of value",
  ],
  ["XCFGSET s IDMP-DURATION 5", "-ERR no such key"],
  [
    "XCFGSET list IDMP-DURATION 5",
    "-WRONGTYPE Operation against a key holding the wrong kind of value",
  ],
  ["XCFGSET", "-ERR wrong number of arguments for 'xcfgset' command"],
  ["XIDMPRECORD s  m1 1-1", "-ERR producer ID must be non-empty"],
  ["XIDMPRECORD s p1  1-1", "-ERR idempotent ID must be non-empty"],
  ["XIDMPRECORD s p1 m1 x", BAD_ID],
  ["XIDMPRECORD s p1 m1 1-1", "-ERR no such key"],
  [
    "XIDMPRECORD list p1 m1 1-1",
    "-WRONGTYPE Operation against a key holding the wrong kind of value",
  ],
  ["XIDMPRECORD s p1 m1", "-ERR wrong number of arguments for 'xidmprecord' command"],
])("%s answers %s and makes no stream", (request, answer) => {
  const { client } = node();
  client.send("RPUSH list a");
  expect(client.send(request, "EXISTS s")).toBe(`${answer} :0`);
});

test.each([
  ["XCFGSET s", "-ERR At least one parameter must be specified"],
  ["XCFGSET s IDMP-DURATION", "-ERR syntax error"],
  ["XCFGSET s IDMP-MAXSIZE", "-ERR syntax error"],
  ["XCFGSET s INVALID", "-ERR syntax error"],
  ["XCFGSET s INVALID 5", "-ERR syntax error"],
  ["XCFGSET s IDMP-DURATION A", NO_INTEGER],
  ["XCFGSET s IDMP-DURATION 3.14", NO_INTEGER],
  ["XCFGSET s IDMP-DURATION 000000000", NO_INTEGER],
  ["XCFGSET s IDMP-DURATION INVALID IDMP-MAXSIZE", NO_INTEGER],
  ["XCFGSET s IDMP-MAXSIZE INVALID IDMP-DURATION", NO_INTEGER],
  ["XCFGSET s IDMP-DURATION 0", DURATION_RANGE],
  ["XCFGSET s IDMP-DURATION -100", DURATION_RANGE],
  ["XCFGSET s IDMP-DURATION 86401", DURATION_RANGE],
  ["XCFGSET s IDMP-DURATION 9223372036854775807", DURATION_RANGE],
  ["XCFGSET s IDMP-MAXSIZE 0", SIZE_RANGE],
  ["XCFGSET s IDMP-MAXSIZE 10001", SIZE_RANGE],
  ["XCFGSET s IDMP-DURATION 1 IDMP-DURATION 1", "-ERR IDMP-DURATION specified multiple times"],
  ["XCFGSET s IDMP-MAXSIZE 1 IDMP-MAXSIZE 1", "-ERR IDMP-MAXSIZE specified multiple times"],
  ["XCFGSET s IDMP-DURATION 86400 IDMP-MAXSIZE 10000", "+OK"],
  ["XIDMPRECORD s p1 m1 1-2", "-ERR No such message in stream"],
  [
    "XIDMPRECORD s p1 known 1-1",
    "-ERR IID already exists for this producer with a different stream ID",
  ],
  [`XIDMPRECORD s p1 known ${NOW_MS}-0`, "+OK"],
])("with a stream, %s answers %s", (request, answer) => {
  const { client } = node();
  client.send("XADD s 1-1 f v", "XADD s IDMP p1 known * f v");
  expect(client.send(request)).toBe(answer);
});

test("a message that its producer sent before gets the first id and adds nothing", () => {
  const { socketless, client } = node();
  expect(client.send("XADD s IDMP p1 m1 * f first")).toBe(id(0));
  socketless.effects.length = 0;
  vi.setSystemTime(NOW_MS + 5);
  expect(client.send("XADD s IDMP p1 m1 MAXLEN 0 * f second", "XLEN s")).toBe(`${id(0)} :1`);
  expect(socketless.effects).toEqual([]);
  expect(client.send("XADD s IDMP p2 m1 * f v", "XADD s IDMP p1 m2 * f v")).toBe(
    `${id(5)} ${id(5, 1)}`,
  );
});

test("it gets the first id also when that entry was deleted", () => {
  const { client } = node();
  client.send("XADD s IDMP p1 m1 * f first", `XDEL s ${NOW_MS}-0`);
  expect(client.send("XADD s IDMP p1 m1 * f again", "XLEN s")).toBe(`${id(0)} :0`);
});

test.each([
  ["a 1 b 2 c 3", "c 3 a 1 b 2", true],
  ["a 1 a 2", "a 2 a 1", true],
  ["a 1 b 2", "a 2 b 1", false],
  ["a 1 a 1", "a 1", false],
  ["ab c", "a bc", false],
  ["f ", "f x", false],
  ["a 1 b 1", "b 1 a 1", true],
])("IDMPAUTO takes %s and %s for one message: %s", (first, second, isSame) => {
  const { client } = node();
  client.send(`XADD s IDMPAUTO p1 * ${first}`);
  expect(client.send(`XADD s IDMPAUTO p1 * ${second}`, "XLEN s")).toBe(
    isSame ? `${id(0)} :1` : `${id(0, 1)} :2`,
  );
});

test("a message is remembered for IDMP-DURATION, counted from its stream id", () => {
  const { client } = node();
  client.send("XADD s * f v", "XCFGSET s IDMP-DURATION 2");
  client.send("XADD s IDMP p1 m1 * f v");
  vi.setSystemTime(NOW_MS + 1999);
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(0, 1));
  vi.setSystemTime(NOW_MS + 2000);
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(2000));
});

test("a producer's oldest message is forgotten for one more than IDMP-MAXSIZE", () => {
  const { client } = node();
  client.send("XADD s * f v", "XCFGSET s IDMP-MAXSIZE 2");
  client.send("XADD s IDMP p2 m1 * f v");
  client.send("XADD s IDMP p1 m1 * f v", "XADD s IDMP p1 m2 * f v", "XADD s IDMP p1 m3 * f v");
  expect(client.send("XADD s IDMP p1 m3 * f v", "XADD s IDMP p2 m1 * f v")).toBe(
    `${id(0, 4)} ${id(0, 1)}`,
  );
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(0, 5));
});

test("another value of XCFGSET forgets every message, the same value none", () => {
  const { client } = node();
  client.send("XADD s IDMP p1 m1 * f v", "XCFGSET s IDMP-DURATION 100 IDMP-MAXSIZE 100");
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(0));
  client.send("XCFGSET s IDMP-DURATION 99");
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(0, 1));
});

// What a copy is made of is checked as what RESTORE is given.
test.each([
  [
    "messages recorded in another order than their entries",
    [`XADD s ${NOW_MS}-1 f v`, `XADD s ${NOW_MS}-2 f v`],
    [`XIDMPRECORD s p1 m2 ${NOW_MS}-2`, `XIDMPRECORD s p1 m1 ${NOW_MS}-1`],
  ],
  ["a message that is too old to be remembered", ["XADD s 1-1 f v"], ["XIDMPRECORD s p2 m2 1-1"]],
  ["a last id below what was remembered", [], ["XTRIM s MAXLEN 0", "XSETID s 1-1"]],
])("a stream can be copied after %s", (_what, before, after) => {
  const { client } = node("--enable-debug-command", "yes");
  client.send(...before, "XADD s IDMP p1 m3 * f v");
  expect(client.send(...after)).not.toContain("ERR");
  expect(client.send("COPY s t")).toBe(":1");
  const [, digest, ofCopy] = client.send("DEBUG DIGEST-VALUE s t").split(" ");
  expect(ofCopy).toBe(digest);
});

test("XSETID forgets the messages of entries whose ids will be given again", () => {
  const { client } = node();
  client.send("XADD s IDMP p1 m1 * f v", "XTRIM s MAXLEN 0", "XSETID s 1-1");
  vi.setSystemTime(NOW_MS + 5);
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(5));
});

test("new streams take their limits from the configuration", () => {
  const { client } = node("--stream-idmp-maxsize", "1");
  client.send("XADD s IDMP p1 m1 * f v", "XADD s IDMP p1 m2 * f v");
  expect(client.send("XADD s IDMP p1 m1 * f v")).toBe(id(0, 2));
});

test("the effects of an idempotent XADD make another node know the message", () => {
  const { socketless, client } = node();
  client.send("XADD s IDMP p1 m1 MAXLEN 1 * f v", "XADD s IDMPAUTO p1 MAXLEN ~ 0 * f w");
  const replica = node();
  replica.client.replay(socketless.effects);
  expect(replica.client.send("XADD s IDMP p1 m1 * f v", "XADD s IDMPAUTO p1 * f w", "XLEN s")).toBe(
    `${id(0)} ${id(0, 1)} ${client.send("XLEN s")}`,
  );
});

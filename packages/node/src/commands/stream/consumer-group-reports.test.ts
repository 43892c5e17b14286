import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: what is told of groups is true: to people (XINFO), to subscribers (events), to other nodes (effects).
// Method: as in consumer-groups.test.ts; here the reports are what is looked at.

const START_MS = 1_700_000_000_000;
let node: SocketlessNode;
let client: SocketlessClient;

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  node = new SocketlessNode();
  client = node.connect();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fields of the groups of a stream by name: `g 4 0` for entries-read and lag. */
function progress(key: string): string {
  const words = client.send(`XINFO GROUPS ${key}`).replaceAll(/\$\d+ /g, "");
  const shown = [...words.matchAll(/name (\S+) .*?entries-read (\S+) lag (\S+)/g)];
  return shown.map(([, ...parts]) => parts.join(" ").replaceAll(":", "")).join(", ");
}

// entries-read is redis-server 7.0.15's in each case, but for the lie, which 8.2.2 cuts down to what there is.
test("entries-read is Redis' counter, and the lag is known also where Redis gives up", () => {
  client.send(...[1, 2, 3, 4, 5].map((ms) => `XADD s ${ms} f v`));
  client.send("XGROUP CREATE s begin 0", "XGROUP CREATE s middle 3", "XGROUP CREATE s end $");
  client.send("XGROUP CREATE s told 2 ENTRIESREAD 2", "XGROUP CREATE s lied 2 ENTRIESREAD 99");
  expect(progress("s")).toBe("begin $-1 5, end $-1 0, lied 5 0, middle $-1 2, told 2 3");
  for (const group of ["begin", "middle", "told"]) {
    client.send(`XREADGROUP GROUP ${group} c COUNT 1 STREAMS s >`);
  }
  expect(progress("s")).toBe("begin 1 4, end $-1 0, lied 5 0, middle $-1 1, told 3 2");
  client.send("XDEL s 4");
  expect(progress("s")).toBe("begin 1 3, end $-1 0, lied 5 2, middle $-1 1, told 3 1");
  client.send("XREADGROUP GROUP begin c COUNT 1 STREAMS s >", "XADD s 6 f v", "XADD s 7 f v");
  client.send("XTRIM s MAXLEN 2");
  expect(progress("s")).toBe("begin $-1 2, end $-1 2, lied 5 2, middle $-1 2, told 3 2");
  client.send("XREADGROUP GROUP begin c COUNT 1 STREAMS s >", "XDEL s 6 7");
  expect(progress("s")).toBe("begin 6 0, end $-1 0, lied 5 0, middle $-1 0, told 3 0");
});

test("XINFO CONSUMERS tells the time since a consumer asked, and since it got something", () => {
  client.send("XADD s 1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >");
  client.send("XGROUP CREATECONSUMER s g zoe");
  vi.setSystemTime(START_MS + 500);
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XREADGROUP GROUP g bob STREAMS s >");
  vi.setSystemTime(START_MS + 700);
  const fields = (pending: number, idleMs: number, inactiveMs: number): string =>
    `$7 pending :${pending} $4 idle :${idleMs} $8 inactive :${inactiveMs}`;
  expect(client.send("XINFO CONSUMERS s g")).toBe(
    `*3 *8 $4 name $3 ann ${fields(1, 200, 700)} *8 $4 name $3 bob ${fields(0, 200, -1)} *8 $4 name $3 zoe ${fields(0, 700, -1)}`,
  );
});

test("XINFO STREAM has the fields of all releases, in Redis' order", () => {
  client.send("XADD s 1-1 a b", "XADD s 1-2 c d", "XADD s 1-3 e f", "XDEL s 1-2");
  client.send("XGROUP CREATE s g 0", "XREADGROUP GROUP g ann COUNT 1 STREAMS s >");
  const common = [
    "$6 length :2 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 1-3",
    "$20 max-deleted-entry-id $3 1-2 $13 entries-added :3 $23 recorded-first-entry-id $3 1-1",
    "$13 idmp-duration :100 $12 idmp-maxsize :100 $12 pids-tracked :0 $12 iids-tracked :0",
    "$10 iids-added :0 $15 iids-duplicates :0",
  ].join(" ");
  expect(client.send("XINFO STREAM s")).toBe(
    `*32 ${common} $6 groups :1 $11 first-entry *2 $3 1-1 *2 $1 a $1 b $10 last-entry *2 $3 1-3 *2 $1 e $1 f`,
  );
  expect(client.send("XINFO STREAM s FULL COUNT 1")).toBe(
    [
      `*30 ${common} $7 entries *1 *2 $3 1-1 *2 $1 a $1 b $6 groups *1`,
      "*16 $4 name $1 g $17 last-delivered-id $3 1-1 $12 entries-read $-1 $3 lag :1 $9 pel-count :1",
      `$12 nacked-count :0 $7 pending *1 *4 $3 1-1 $3 ann :${START_MS} :1 $9 consumers *1`,
      `*10 $4 name $3 ann $9 seen-time :${START_MS} $11 active-time :${START_MS} $9 pel-count :1`,
      `$7 pending *1 *3 $3 1-1 :${START_MS} :1`,
    ].join(" "),
  );
  client.send("HELLO 3");
  expect(client.send("XINFO STREAM s")).toMatch(/^%16 .*first-entry \*2/);
});

test("groups announce what Redis announces, and nothing for deliveries and acknowledgements", () => {
  client.send("CONFIG SET notify-keyspace-events Et");
  const listener = node.connect();
  listener.send("PSUBSCRIBE __keyevent@0__:*");
  client.send("XGROUP CREATE s g $ MKSTREAM", "XGROUP SETID s g 0", "XADD s 1-1 a b");
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XCLAIM s g bob 0 1-1", "XACK s g 1-1");
  client.send(
    "XGROUP CREATECONSUMER s g ann",
    "XAUTOCLAIM s g ann 0 0",
    "XGROUP DELCONSUMER s g ann",
  );
  client.send("XSETID s 5", "XGROUP DESTROY s g", "XGROUP DESTROY s g");
  const events = [...listener.received().matchAll(/__:(x\S+)/g)].map(([, event]) => event);
  expect(events).toEqual([
    ...["xgroup-create", "xgroup-setid", "xadd", "xgroup-createconsumer", "xgroup-createconsumer"],
    ...["xgroup-delconsumer", "xsetid", "xgroup-destroy"],
  ]);
});

test("replayed effects make the same groups, with the same pending entries", () => {
  client.send(...[1, 2, 3, 4, 5, 6, 7, 8].map((ms) => `XADD s ${ms} f v`));
  client.send(
    "XGROUP CREATE s g 0",
    "XGROUP CREATE s h 3 ENTRIESREAD 3",
    "XGROUP CREATE t g $ MKSTREAM",
  );
  const requests = [
    ...["XREADGROUP GROUP g ann COUNT 3 STREAMS s >", "XREADGROUP GROUP g bob COUNT 2 STREAMS s >"],
    ...["XREADGROUP GROUP g ann COUNT 2 STREAMS s 0", "XACK s g 2-0", "XDEL s 4"],
    ...["XREADGROUP GROUP h cid NOACK COUNT 2 STREAMS s >", "XREADGROUP GROUP g dan STREAMS t >"],
    ...["XCLAIM s g cid 5 1-0 4-0 IDLE 3 RETRYCOUNT 7 LASTID 6", "XAUTOCLAIM s g ann 5 3 JUSTID"],
    ...["XREADGROUP GROUP g cid CLAIM 5 STREAMS s >", "XREADGROUP GROUP h cid STREAMS s >"],
    ...["XGROUP CREATECONSUMER t g eve", "XGROUP DELCONSUMER s g bob", "XGROUP SETID t g 7-7"],
    ...["XSETID t 9-9 ENTRIESADDED 12 MAXDELETEDID 8-8", "XAUTOCLAIM s h eve 0 0 COUNT 1"],
  ];
  for (const request of requests) {
    vi.setSystemTime(Date.now() + 10);
    expect(client.send(request)).not.toContain("-ERR");
  }
  const replica = new SocketlessNode();
  const copy = replica.connect();
  expect(copy.replay(node.effects)).not.toMatch(/ -[A-Z]/);
  const reports = ["s", "t"].flatMap((key) => [
    `XINFO STREAM ${key} FULL COUNT 0`,
    `XINFO GROUPS ${key}`,
  ]);
  const withoutTimes = (reply: string): string =>
    reply.replaceAll(/(seen|active)-time :-?\d+/g, "$1-time");
  for (const report of reports) {
    expect(withoutTimes(copy.send(report))).toBe(withoutTimes(client.send(report)));
  }
  expect(client.send("XPENDING s g")).toContain("cid");
});

test("a delivery of a hundred entries is two effects, an acknowledgement one", () => {
  client.send("XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g ann");
  for (let ms = 1; ms <= 100; ms += 1) client.send(`XADD s ${ms} f v`);
  node.effects.length = 0;
  client.send("XREADGROUP GROUP g ann COUNT 100 STREAMS s >");
  expect(node.effects.map(([name]) => name)).toEqual(["XCLAIM", "XGROUP"]);
  client.send(
    "XREADGROUP GROUP g ann COUNT 100 STREAMS s >",
    "XACK s g 1-0 2-0 3-0",
    "XACK s g 1-0",
  );
  expect(node.effects.map(([name]) => name)).toEqual(["XCLAIM", "XGROUP", "XACK"]);
});

test("an effect never has more ids than a request may have: longer ones come in parts", () => {
  client.send("XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g ann");
  for (let ms = 1; ms <= 10_001; ms += 1) client.send(`XADD s ${ms} f v`);
  node.effects.length = 0;
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XTRIM s MAXLEN 0");
  client.send("XREADGROUP GROUP g bob CLAIM 0 STREAMS s >");
  const idCounts = node.effects.map((effect) => [
    effect[0],
    effect.filter((word) => word.endsWith("-0")).length,
  ]);
  expect(idCounts).toEqual([
    ...[
      ["XCLAIM", 10_000],
      ["XCLAIM", 1],
      ["XGROUP", 1],
      ["XTRIM", 0],
      ["XGROUP", 0],
    ],
    ...[
      ["XACK", 10_000],
      ["XACK", 1],
    ],
  ]);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: consumer groups answer what redis-server answers, and every change of theirs can be told to another node.
// Method: requests of several clients on one node, with the clock held by hand.

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

/** Four entries, and a group at the beginning. */
function fill(): void {
  client.send("XADD s 1-1 a b", "XADD s 1-2 a b", "XADD s 1-3 a b", "XADD s 2-0 a b");
  client.send("XGROUP CREATE s g 0");
}

const entry = (id: string): string => `*2 $${id.length} ${id} *2 $1 a $1 b`;
const read = (...ids: readonly string[]): string =>
  [`*1 *2 $1 s *${ids.length}`, ...ids.map(entry)].join(" ");
const entries = (...ids: readonly string[]): string =>
  [`*${ids.length}`, ...ids.map(entry)].join(" ");

/** What is pending, without idle times: id, consumer, deliveries. */
function pending(of = client, key = "s"): string {
  const reply = of.send(`XPENDING ${key} g - + 100`).split(" ");
  const found: string[] = [];
  for (let at = 1; at < reply.length; at += 7) {
    found.push(`${reply[at + 2]} ${reply[at + 4]} ${reply[at + 6]?.slice(1)}`);
  }
  return found.join(", ");
}

// Answers of redis-server 7.0.15 to the same requests on the same stream.
const NO_GROUP = "-NOGROUP No such key 's' or consumer group 'x'";
const INVALID_ID = "-ERR Invalid stream ID specified as stream command argument";
const SYNTAX = "-ERR syntax error";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NEEDS_KEY =
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";
const subcommand = (name: string, container = "XGROUP"): string =>
  `-ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container} HELP.`;

test.each([
  ["XGROUP CREATE none g $", NEEDS_KEY],
  ["XGROUP CREATE s g $", "-BUSYGROUP Consumer Group name already exists"],
  ["XGROUP CREATE s h bad", INVALID_ID],
  ["XGROUP CREATE s h +", INVALID_ID],
  ["XGROUP CREATE s h 0 ENTRIESREAD", subcommand("CREATE")],
  ["XGROUP CREATE s h 0 nonsense", subcommand("CREATE")],
  ["XGROUP CREATE s h 0 ENTRIESREAD x", NOT_AN_INTEGER],
  ["XGROUP CREATE s h 0 ENTRIESREAD -2", "-ERR value for ENTRIESREAD must be positive or -1"],
  ["XGROUP CREATE str g bad", WRONG_TYPE],
  ["XGROUP SETID s g 7 MKSTREAM", subcommand("SETID")],
  ["XGROUP SETID s g 7 ENTRIESREAD 2 ENTRIESREAD 3", subcommand("SETID")],
  ["XGROUP setid s x 7", "-NOGROUP No such consumer group 'x' for key name 's'"],
  ["XGROUP DESTROY none g", NEEDS_KEY],
  ["XGROUP DESTROY s x", ":0"],
  ["XGROUP CREATECONSUMER s x c", "-NOGROUP No such consumer group 'x' for key name 's'"],
  ["XGROUP DELCONSUMER s g c", ":0"],
  ["XREADGROUP GROUP x c STREAMS s >", `${NO_GROUP} in XREADGROUP with GROUP option`],
  ["XREADGROUP GROUP x c STREAMS s bad", `${NO_GROUP} in XREADGROUP with GROUP option`],
  ["XREADGROUP GROUP g c STREAMS str >", WRONG_TYPE],
  ["XREADGROUP GROUP g c STREAMS s bad", INVALID_ID],
  [
    "XREADGROUP GROUP g c STREAMS s t >",
    "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
  ],
  ["XREADGROUP COUNT 1 STREAMS s s s s > > 0 0", "-ERR Missing GROUP option for XREADGROUP"],
  ["XREADGROUP GROUP g c COUNT x STREAMS s >", NOT_AN_INTEGER],
  ["XREADGROUP GROUP g c BLOCK x STREAMS s >", "-ERR timeout is not an integer or out of range"],
  ["XREADGROUP GROUP g c BLOCK -1 STREAMS s >", "-ERR timeout is negative"],
  ["XREADGROUP GROUP g c NOACK NOACK NOACK", SYNTAX],
  ["XREADGROUP GROUP g c GROUP g STREAMS s >", SYNTAX],
  [
    "XREADGROUP GROUP g c CLAIM x STREAMS s >",
    "-ERR min-idle-time is not an integer or out of range",
  ],
  ["XREADGROUP GROUP g c CLAIM -1 STREAMS s >", "-ERR min-idle-time must be a positive integer"],
  [
    "XREADGROUP GROUP g c COUNT 5 MAXCOUNT 4 STREAMS s >",
    "-ERR MAXCOUNT must be greater than or equal to COUNT",
  ],
  [
    "XREAD CLAIM 5 STREAMS s 0",
    "-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.",
  ],
  [
    "XREAD GROUP g c STREAMS s 0",
    "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
  ],
  [
    "XREAD NOACK STREAMS s 0",
    "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
  ],
  ["XACK none g bad", ":0"],
  ["XACK s x bad", ":0"],
  ["XACK s g 1-1 bad", INVALID_ID],
  ["XACK str g 1-1", WRONG_TYPE],
  ["XPENDING s x", NO_GROUP],
  ["XPENDING str g", WRONG_TYPE],
  ["XPENDING s g", "*4 :0 $-1 $-1 *-1"],
  ["XPENDING s g - + 10", "*0"],
  ["XPENDING s g - +", SYNTAX],
  ["XPENDING s g IDLE 1 - +", SYNTAX],
  ["XPENDING s g IDLE x - + 10", NOT_AN_INTEGER],
  ["XPENDING s x bad + 10", INVALID_ID],
  ["XCLAIM s x c no bad nonsense", NO_GROUP],
  ["XCLAIM s g c x 1-3", "-ERR Invalid min-idle-time argument for XCLAIM"],
  ["XCLAIM s g c 0 bad", "-ERR Unrecognized XCLAIM option 'bad'"],
  ["XCLAIM s g c 0 1-3 JUSTID 1-3", "-ERR Unrecognized XCLAIM option '1-3'"],
  ["XCLAIM s g c 0 1-3 IDLE", "-ERR Unrecognized XCLAIM option 'IDLE'"],
  ["XCLAIM s g c 0 1-3 IDLE x", "-ERR Invalid IDLE option argument for XCLAIM"],
  ["XCLAIM s g c 0 1-3 TIME x", "-ERR Invalid TIME option argument for XCLAIM"],
  ["XCLAIM s g c 0 1-3 RETRYCOUNT x", "-ERR Invalid RETRYCOUNT option argument for XCLAIM"],
  ["XCLAIM s g c 0 1-3 LASTID bad", INVALID_ID],
  ["XAUTOCLAIM s x c 0 0", NO_GROUP],
  ["XAUTOCLAIM s x c y 0", "-ERR Invalid min-idle-time argument for XAUTOCLAIM"],
  ["XAUTOCLAIM s x c 0 0 COUNT 0", "-ERR COUNT must be > 0"],
  ["XAUTOCLAIM s x c 0 0 COUNT 576460752303423488", "-ERR COUNT must be > 0"],
  ["XAUTOCLAIM s x c 0 0 COUNT", SYNTAX],
  [
    "XAUTOCLAIM s g c 0 (18446744073709551615-18446744073709551615",
    "-ERR invalid start ID for the interval",
  ],
  ["XSETID none 1", "-ERR no such key"],
  ["XSETID s 1", "-ERR The ID specified in XSETID is smaller than the target stream top item"],
  [
    "XSETID s 9 ENTRIESADDED 1",
    "-ERR The entries_added specified in XSETID is smaller than the target stream length",
  ],
  ["XSETID s 9 ENTRIESADDED -1", "-ERR entries_added must be positive"],
  [
    "XSETID s 9 MAXDELETEDID 10",
    "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
  ],
  ["XSETID s 9 MAXDELETEDID", SYNTAX],
  ["XINFO GROUPS none", "-ERR no such key"],
  ["XINFO CONSUMERS s x", "-NOGROUP No such consumer group 'x' for key name 's'"],
  ["XINFO STREAM s nonsense", subcommand("STREAM", "XINFO")],
  ["XINFO STREAM s FULL COUNT", subcommand("STREAM", "XINFO")],
  ["XINFO STREAM s FULL COUNT x", NOT_AN_INTEGER],
])("%s answers %s and changes nothing", (request, answer) => {
  fill();
  client.send("SET str v");
  node.effects.length = 0;
  expect(client.send(request)).toBe(answer);
  expect(node.effects).toEqual([]);
});

test("an entry goes to one consumer, is in its history until it is acknowledged, and then nowhere", () => {
  fill();
  expect(client.send("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")).toBe(read("1-1", "1-2"));
  expect(client.send("XREADGROUP GROUP g bob COUNT 1 STREAMS s >")).toBe(read("1-3"));
  expect(pending()).toBe("1-1 ann 1, 1-2 ann 1, 1-3 bob 1");
  expect(client.send("XPENDING s g")).toBe("*4 :3 $3 1-1 $3 1-3 *2 *2 $3 ann $1 2 *2 $3 bob $1 1");
  expect(client.send("XREADGROUP GROUP g ann STREAMS s 0")).toBe(read("1-1", "1-2"));
  expect(client.send("XREADGROUP GROUP g ann BLOCK 0 STREAMS s 1-1")).toBe(read("1-2"));
  expect(pending()).toBe("1-1 ann 2, 1-2 ann 3, 1-3 bob 1");
  expect(client.send("XACK s g 1-1 1-1 1-3 9-9")).toBe(":2");
  expect(client.send("XREADGROUP GROUP g bob STREAMS s 0")).toBe("*1 *2 $1 s *0");
  expect(pending()).toBe("1-2 ann 3");
});

test("history shows a deleted entry as missing, and asking for it is no delivery", () => {
  fill();
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XDEL s 1-2");
  const reply = client.send("XREADGROUP GROUP g ann COUNT 3 STREAMS s 0");
  expect(reply).toBe(`*1 *2 $1 s *3 ${entry("1-1")} *2 $3 1-2 *-1 ${entry("1-3")}`);
  expect(pending()).toBe("1-1 ann 2, 1-2 ann 1, 1-3 ann 2, 2-0 ann 1");
});

test("NOACK moves the group on and leaves nothing pending", () => {
  fill();
  expect(client.send("XREADGROUP GROUP g ann NOACK COUNT 3 STREAMS s >")).toBe(
    read("1-1", "1-2", "1-3"),
  );
  expect(client.send("XPENDING s g")).toBe("*4 :0 $-1 $-1 *-1");
  expect(client.send("XREADGROUP GROUP g ann STREAMS s >")).toBe(read("2-0"));
});

test("after XGROUP SETID an entry changes hands as if it were new", () => {
  fill();
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XREADGROUP GROUP g ann STREAMS s 0");
  client.send("XGROUP SETID s g 1-3");
  expect(client.send("XREADGROUP GROUP g bob STREAMS s >")).toBe(read("2-0"));
  expect(pending()).toBe("1-1 ann 2, 1-2 ann 2, 1-3 ann 2, 2-0 bob 1");
});

test("XGROUP SETID takes - and + for the lowest and the highest id there can be", () => {
  fill();
  client.send("XGROUP SETID s g +");
  expect(client.send("XREADGROUP GROUP g ann STREAMS s >", "XINFO GROUPS s")).toMatch(
    /^\*-1 .* last-delivered-id \$41 18446744073709551615-18446744073709551615 .* lag :0$/,
  );
  client.send("XGROUP SETID s g -");
  expect(client.send("XREADGROUP GROUP g ann COUNT 1 STREAMS s >")).toBe(read("1-1"));
});

test("one call reads several streams, and leaves out those without news", () => {
  fill();
  client.send("XADD t 5-0 c d", "XGROUP CREATE t g 0", "XADD u 1-0 e f", "XGROUP CREATE u g $");
  expect(client.send("XREADGROUP GROUP g ann COUNT 1 STREAMS s u t > > >")).toBe(
    `*2 *2 $1 s *1 ${entry("1-1")} *2 $1 t *1 *2 $3 5-0 *2 $1 c $1 d`,
  );
  client.send("HELLO 3");
  expect(client.send("XREADGROUP GROUP g ann STREAMS s u 9-9 9-9")).toBe("%2 $1 s *0 $1 u *0");
  expect(client.send("XREADGROUP GROUP g ann STREAMS u >")).toBe("_");
});

test("XCLAIM takes what is idle for long enough, from one of two who ask at once", () => {
  fill();
  client.send("XREADGROUP GROUP g ann COUNT 2 STREAMS s >");
  expect(client.send("XCLAIM s g bob 1000 1-1")).toBe("*0");
  vi.setSystemTime(START_MS + 1000);
  expect(client.send("XCLAIM s g bob 1000 1-1")).toBe(entries("1-1"));
  expect(client.send("XCLAIM s g cid 1000 1-1")).toBe("*0");
  expect(pending()).toBe("1-1 bob 2, 1-2 ann 1");
  expect(client.send("XCLAIM s g bob 0 1-2 2-0 JUSTID")).toBe("*1 $3 1-2");
  expect(client.send("XCLAIM s g bob 0 2-0 FORCE")).toBe(entries("2-0"));
  expect(client.send("XCLAIM s g bob 0 1-2 RETRYCOUNT 9223372036854775807")).toBe(entries("1-2"));
  expect(client.send("XCLAIM s g bob 0 1-2")).toBe(entries("1-2"));
  expect(pending()).toBe("1-1 bob 2, 1-2 bob 9223372036854775807, 2-0 bob 2");
});

test("XCLAIM forgets what was deleted, and sets times and the last id", () => {
  fill();
  client.send("XREADGROUP GROUP g ann COUNT 2 STREAMS s >", "XDEL s 1-1");
  expect(client.send("XCLAIM s g bob 0 1-1 1-2 IDLE 500 LASTID 1-3")).toBe(entries("1-2"));
  expect(client.send("XPENDING s g IDLE 500 - + 10")).toBe("*1 *4 $3 1-2 $3 bob :500 :2");
  expect(client.send("XPENDING s g IDLE 501 - + 10")).toBe("*0");
  expect(client.send("XREADGROUP GROUP g ann STREAMS s >")).toBe(read("2-0"));
  expect(client.send(`XCLAIM s g bob 0 1-2 TIME ${START_MS + 5} JUSTID`)).toBe("*1 $3 1-2");
  expect(client.send("XPENDING s g - + 1")).toBe("*1 *4 $3 1-2 $3 bob :0 :2");
});

test("XAUTOCLAIM walks on with its cursor, and reports what was deleted", () => {
  fill();
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XDEL s 1-2");
  expect(client.send("XAUTOCLAIM s g bob 0 0 COUNT 1")).toBe(`*3 $3 1-2 ${entries("1-1")} *0`);
  expect(client.send("XAUTOCLAIM s g bob 0 1-2 COUNT 1")).toBe("*3 $3 1-3 *0 *1 $3 1-2");
  expect(client.send("XAUTOCLAIM s g bob 0 (1-1 JUSTID")).toBe("*3 $3 0-0 *2 $3 1-3 $3 2-0 *0");
  expect(pending()).toBe("1-1 bob 2, 1-3 bob 1, 2-0 bob 1");
});

test("XAUTOCLAIM finds the idle ones behind thousands that are not, in one call", () => {
  client.send("XGROUP CREATE s g 0 MKSTREAM");
  const ids = Array.from({ length: 3000 }, (_, index) => `${index + 1}-0`);
  client.send(...ids.map((id) => `XADD s ${id} a b`));
  client.send("XREADGROUP GROUP g ann STREAMS s >");
  client.send("XCLAIM s g ann 0 2500-0 2900-0 IDLE 5000 JUSTID");
  expect(client.send("XAUTOCLAIM s g bob 5000 0 JUSTID")).toBe(
    "*3 $3 0-0 *2 $6 2500-0 $6 2900-0 *0",
  );
  client.send("XCLAIM s g ann 0 2500-0 2900-0 IDLE 5000 JUSTID");
  expect(client.send("XAUTOCLAIM s g bob 5000 0 COUNT 1 JUSTID")).toBe(
    "*3 $4 11-0 *1 $6 2500-0 *0",
  );
});

test("DELCONSUMER drops what was pending, and tells how much that was", () => {
  fill();
  client.send("XREADGROUP GROUP g ann COUNT 3 STREAMS s >", "XREADGROUP GROUP g bob STREAMS s >");
  expect(client.send("XGROUP DELCONSUMER s g ann")).toBe(":3");
  expect(pending()).toBe("2-0 bob 1");
  expect(client.send("XGROUP CREATECONSUMER s g ann", "XGROUP CREATECONSUMER s g ann")).toBe(
    ":1 :0",
  );
});

describe("CLAIM", () => {
  const claimed = (id: string, idleMs: number, count: number): string =>
    `*4 $${id.length} ${id} *2 $1 a $1 b :${idleMs} :${count}`;

  test("returns what was idle first, then new entries, and how it stood with each", () => {
    fill();
    client.send("XREADGROUP GROUP g ann COUNT 2 STREAMS s >", "XDEL s 1-1");
    vi.setSystemTime(START_MS + 700);
    expect(client.send("XREADGROUP GROUP g bob COUNT 2 CLAIM 701 STREAMS s >")).toBe(
      `*1 *2 $1 s *2 ${claimed("1-3", 0, 0)} ${claimed("2-0", 0, 0)}`,
    );
    vi.setSystemTime(START_MS + 1000);
    expect(client.send("XREADGROUP GROUP g cid CLAIM 300 COUNT 2 STREAMS s >")).toBe(
      `*1 *2 $1 s *2 ${claimed("1-2", 1000, 1)} ${claimed("1-3", 300, 1)}`,
    );
    expect(pending()).toBe("1-2 cid 2, 1-3 cid 2, 2-0 bob 1");
  });

  test("wakes a waiting reader when an entry has been idle for long enough", () => {
    fill();
    client.send("XREADGROUP GROUP g ann STREAMS s >");
    const reader = node.connect();
    expect(reader.send("XREADGROUP GROUP g bob BLOCK 0 CLAIM 400 COUNT 1 STREAMS s >")).toBe("");
    vi.advanceTimersByTime(399);
    expect(reader.received()).toBe("");
    vi.advanceTimersByTime(1);
    expect(reader.received()).toBe(`*1 *2 $1 s *1 ${claimed("1-1", 400, 1)}`);
  });
});

describe("a reader that waits for its group", () => {
  const GONE = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";

  test.each([
    ["DEL s", GONE],
    ["FLUSHALL", GONE],
    ["XGROUP DESTROY s g", GONE],
    ["SET s v", WRONG_TYPE],
    ["PEXPIRE s 0", GONE],
  ])("is told after %s: %s", (request, answer) => {
    client.send("XGROUP CREATE s g $ MKSTREAM");
    const reader = node.connect();
    expect(reader.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >")).toBe("");
    client.send(request);
    expect(reader.received()).toBe(answer);
    expect(node.broker.blocking.size).toBe(0);
  });

  test("is told when its stream ends by itself, though nobody sends a command", () => {
    client.send("XGROUP CREATE s g $ MKSTREAM", "PEXPIRE s 300");
    node.broker.expiryCycle.start();
    const reader = node.connect();
    reader.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    vi.advanceTimersByTime(299);
    expect(reader.received()).toBe("");
    vi.advanceTimersByTime(1000);
    expect(reader.received()).toBe(GONE);
    node.broker.expiryCycle.stop();
  });

  test("gets each entry alone, in turn with the others of its group", () => {
    client.send("XGROUP CREATE s g $ MKSTREAM");
    const readers = ["ann", "bob"].map((name) => {
      const reader = node.connect();
      reader.send(`XREADGROUP GROUP g ${name} BLOCK 0 COUNT 1 STREAMS s >`);
      return reader;
    });
    expect(client.send("XINFO CONSUMERS s g").match(/\*8/g)).toHaveLength(2);
    client.send("XADD s 1-1 a b", "XADD s 1-2 a b");
    expect(readers.map((reader) => reader.received())).toEqual([read("1-1"), read("1-2")]);
    expect(pending()).toBe("1-1 ann 1, 1-2 bob 1");
  });

  test("answers at once inside a transaction", () => {
    client.send("XGROUP CREATE s g $ MKSTREAM");
    expect(client.send("MULTI", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "EXEC")).toBe(
      "+OK +QUEUED *1 *-1",
    );
  });
});

describe("limits over all streams of a read", () => {
  beforeEach(() => {
    fill();
    client.send("XADD t 1-1 a b", "XADD t 1-2 a b", "XGROUP CREATE t g 0");
  });

  test("MAXCOUNT ends the reply, and leaves the rest for later", () => {
    expect(client.send("XREAD MAXCOUNT 5 STREAMS s t 0 0")).toBe(
      `*2 *2 $1 s ${entries("1-1", "1-2", "1-3", "2-0")} *2 $1 t ${entries("1-1")}`,
    );
    expect(client.send("XREADGROUP GROUP g c COUNT 2 MAXCOUNT 3 STREAMS s t > >")).toBe(
      `*2 *2 $1 s ${entries("1-1", "1-2")} *2 $1 t ${entries("1-1")}`,
    );
    expect(client.send("XREADGROUP GROUP g c MAXCOUNT 2 STREAMS s t > >")).toBe(read("1-3", "2-0"));
  });

  test("MAXSIZE ends it by bytes, and one entry is always returned", () => {
    expect(client.send("XREAD MAXSIZE 1 STREAMS s t 0 0")).toBe(read("1-1"));
    expect(client.send("XREADGROUP GROUP g c MAXSIZE 100 STREAMS s t > >")).toBe(
      read("1-1", "1-2"),
    );
    expect(client.send("XREADGROUP GROUP g c MAXSIZE 1000 STREAMS s t > >")).toBe(
      `*2 *2 $1 s ${entries("1-3", "2-0")} *2 $1 t ${entries("1-1", "1-2")}`,
    );
  });
});

test("XREAD + is the newest entry, whether or not a newer one was deleted", () => {
  fill();
  expect(client.send("XREAD STREAMS s +")).toBe(read("2-0"));
  client.send("XDEL s 2-0");
  expect(client.send("XREAD COUNT 5 STREAMS s +")).toBe(read("1-3"));
  expect(client.send("XREAD STREAMS none +")).toBe("*-1");
  expect(client.send("XREADGROUP GROUP g c STREAMS s +")).toContain("-ERR The + ID is meaningless");
});

test("a least idle time of 0 takes every entry, also after the clock was put back", () => {
  fill();
  client.send("XREADGROUP GROUP g ann STREAMS s >");
  vi.setSystemTime(START_MS - 60_000);
  expect(client.send("XCLAIM s g bob 0 1-1 JUSTID")).toBe("*1 $3 1-1");
  expect(client.send("XAUTOCLAIM s g cid 0 1-2 COUNT 1 JUSTID")).toBe("*3 $3 1-3 *1 $3 1-2 *0");
  expect(client.send("XCLAIM s g bob 1 1-3")).toBe("*0");
});

test("XAUTOCLAIM does not say that it is done before it met what waits for its retry delay", () => {
  client.send("XGROUP CREATE s g 0 MKSTREAM", "XGROUP SETPOLICY s g AUTOCLAIM 1 RETRYDELAY 5000");
  for (let ms = 1; ms <= 12; ms += 1) client.send(`XADD s ${ms}-0 a b`);
  client.send("XREADGROUP GROUP g ann STREAMS s >", "XNACK s g FAIL IDS 1 12-0");
  const autoclaim = (cursor: string): string =>
    client.send(`XAUTOCLAIM s g bob 1000 ${cursor} COUNT 1 JUSTID`);
  expect(autoclaim("0-0")).toBe("*3 $4 11-0 *0 *0");
  expect(autoclaim("11-0")).toBe("*3 $3 0-0 *1 $4 12-0 *0");
});

test("the lag does not count an entry that was deleted between two that were read", () => {
  fill();
  client.send("XREADGROUP GROUP g ann COUNT 1 STREAMS s >", "XDEL s 1-2");
  client.send("XREADGROUP GROUP g ann COUNT 1 STREAMS s >");
  expect(client.send("XINFO GROUPS s")).toMatch(/ \$12 entries-read :2 \$3 lag :1$/);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: KEEPREF, DELREF and ACKED, XDELEX, XACKDEL, XNACK, XREADGROUP CLAIM, MAXCOUNT and MAXSIZE do what Redis 8
// documents, every error text included.
// Method: a stream of five entries whose groups have read different parts of it; one case, one request.
// What came with 8.6 is in idempotent-producing.test.ts.

const NOW_MS = 1_800_000_000_000;
const SYNTAX = "-ERR syntax error";
const BAD_ID = "-ERR Invalid stream ID specified as stream command argument";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const NOT_POSITIVE = "-ERR Number of IDs must be a positive integer";
const TOO_FEW = "-ERR The `numids` parameter must match the number of arguments";
const MAXCOUNT_TOO_SMALL = "-ERR MAXCOUNT must be a positive integer";
const MAXSIZE_TOO_SMALL = "-ERR MAXSIZE must be a positive integer";
const NO_MIN_IDLE = "-ERR min-idle-time is not an integer or out of range";
const meaningless = (id: string): string =>
  `-ERR The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/**
 * Entries 1-0 … 5-0. `slow` read 1 to 3 and acknowledged 1; `fast` read all and acknowledged 1, 2 and 4. So only
 * 1-0 is needed by nobody. Nodes have two entries.
 */
function fiveEntries() {
  const node = new SocketlessNode("--stream-node-max-entries", "2");
  const client = node.connect();
  client.send("RPUSH list a", "XGROUP CREATE s slow 0 MKSTREAM", "XGROUP CREATE s fast 0");
  for (const ms of [1, 2, 3, 4, 5]) client.send(`XADD s ${ms}-0 f v`);
  client.send("XREADGROUP GROUP slow ann COUNT 3 STREAMS s >", "XACK s slow 1-0");
  client.send("XREADGROUP GROUP fast bob STREAMS s >", "XACK s fast 1-0 2-0 4-0");
  node.effects.length = 0;
  return { node, client };
}

type Client = ReturnType<typeof fiveEntries>["client"];

/** Ids of the stream, and what is pending in the two groups: `1 2 3|2 3|3 5`. */
function shown(client: Client): string {
  const ids = (reply: string): string =>
    [...reply.matchAll(/ (\d+)-0/g)].map(([, ms]) => ms).join(" ");
  const pending = (group: string): string => ids(client.send(`XPENDING s ${group} - + 10`));
  return [ids(client.send("XRANGE s - +")), pending("slow"), pending("fast")].join("|");
}

const UNCHANGED = "1 2 3 4 5|2 3|3 5";

describe("errors", () => {
  test.each([
    ["XDELEX", "-ERR wrong number of arguments for 'xdelex' command"],
    ["XDELEX s IDS 1", "-ERR wrong number of arguments for 'xdelex' command"],
    ["XDELEX s IDS 0 1-0", NOT_POSITIVE],
    ["XDELEX s IDS -5 1-0", NOT_POSITIVE],
    ["XDELEX s IDS abc 1-0", NOT_POSITIVE],
    ["XDELEX s IDS 3 1-0 2-0", TOO_FEW],
    ["XDELEX s IDS 9223372036854775807 1-0 2-0", TOO_FEW],
    ["XDELEX s IDS 1 1-0 2-0", SYNTAX],
    ["XDELEX s KEEPREF DELREF IDS 1 1-0", SYNTAX],
    ["XDELEX s DELREF ACKED IDS 1 1-0", SYNTAX],
    ["XDELEX s ACKED IDS 1 1-0 ACKED", SYNTAX],
    ["XDELEX s IDS 1 1-0 IDS 1 2-0", SYNTAX],
    ["XDELEX s ACKED 1 1-0", SYNTAX],
    ["XDELEX s ACKED IDS 1 1-0 IDS", SYNTAX],
    ["XDELEX s IDS 2 1-0 x", BAD_ID],
    ["XDELEX list IDS 1 1-0", WRONG_TYPE],
    ["XDELEX none IDS 2 1-0 x", "*2 :-1 :-1"],
    ["XACKDEL s slow IDS 1", "-ERR wrong number of arguments for 'xackdel' command"],
    ["XACKDEL s slow IDS abc 1-0", NOT_POSITIVE],
    ["XACKDEL s slow IDS 3 1-0 2-0", TOO_FEW],
    ["XACKDEL s slow IDS 1 1-0 2-0", SYNTAX],
    ["XACKDEL s slow KEEPREF ACKED IDS 1 1-0", SYNTAX],
    ["XACKDEL s slow IDS 2 2-0 x", BAD_ID],
    ["XACKDEL list slow IDS 1 1-0", WRONG_TYPE],
    ["XACKDEL none slow IDS 2 1-0 2-0", "*2 :-1 :-1"],
    ["XACKDEL s none IDS 2 1-0 2-0", "*2 :-1 :-1"],
    ["XTRIM s MAXLEN 0 ACKED DELREF", SYNTAX],
    ["XTRIM s ACKED DELREF MAXLEN 0", SYNTAX],
    ["XTRIM s ACKED MAXLEN -1", "-ERR The MAXLEN argument must be >= 0."],
    ["XADD s ACKED DELREF * f v", BAD_ID],
    ["XNACK s slow FAIL IDS 1", "-ERR wrong number of arguments for 'xnack' command"],
    ["XNACK none slow FAIL IDS 1 2-0", "-NOGROUP No such key 'none' or consumer group 'slow'"],
    ["XNACK s none FAIL IDS 1 2-0", "-NOGROUP No such key 's' or consumer group 'none'"],
    ["XNACK list slow FAIL IDS 1 2-0", WRONG_TYPE],
    ["XNACK s slow MAYBE IDS 1 2-0", "-ERR mode must be SILENT, FAIL, or FATAL"],
    ["XNACK s slow FAIL 1 2-0 3-0", "-ERR syntax error, expected IDS keyword"],
    ["XNACK s slow FAIL IDS 0 2-0", "-ERR numids must be a positive integer"],
    ["XNACK s slow FAIL IDS x 2-0", "-ERR numids must be a positive integer"],
    ["XNACK s slow FAIL IDS 3 2-0 3-0", "-ERR number of IDs doesn't match numids"],
    ["XNACK s slow FAIL IDS 2 2-0 x", BAD_ID],
    ["XNACK s slow FAIL IDS 1 2-0 3-0", "-ERR Unrecognized XNACK option '3-0'"],
    ["XNACK s slow FAIL IDS 1 2-0 BOGUS", "-ERR Unrecognized XNACK option 'BOGUS'"],
    ["XNACK s slow FAIL IDS 1 2-0 RETRYCOUNT", "-ERR Unrecognized XNACK option 'RETRYCOUNT'"],
    ["XNACK s slow FAIL IDS 1 2-0 RETRYCOUNT x", NO_INTEGER],
    ["XNACK s slow FAIL IDS 1 2-0 RETRYCOUNT -1", "-ERR Invalid RETRYCOUNT value, must be >= 0"],
    ["XREAD MAXCOUNT 0 STREAMS s 0", MAXCOUNT_TOO_SMALL],
    ["XREAD MAXCOUNT -1 STREAMS s 0", MAXCOUNT_TOO_SMALL],
    ["XREAD MAXCOUNT x STREAMS s 0", NO_INTEGER],
    ["XREAD MAXSIZE 0 STREAMS s 0", MAXSIZE_TOO_SMALL],
    ["XREAD MAXSIZE -1 STREAMS s 0", MAXSIZE_TOO_SMALL],
    ["XREAD MAXSIZE x STREAMS s 0", NO_INTEGER],
    ["XREAD MAXSIZE", "-ERR wrong number of arguments for 'xread' command"],
    ["XREAD COUNT 1 MAXCOUNT", SYNTAX],
    ["XREADGROUP GROUP slow ann MAXCOUNT 0 STREAMS s >", MAXCOUNT_TOO_SMALL],
    ["XREADGROUP GROUP slow ann MAXSIZE 0 STREAMS s >", MAXSIZE_TOO_SMALL],
    [
      "XREAD MAXCOUNT 2 COUNT 3 STREAMS s 0",
      "-ERR MAXCOUNT must be greater than or equal to COUNT",
    ],
    ["XREADGROUP GROUP slow ann CLAIM 1.5 STREAMS s >", NO_MIN_IDLE],
    ["XREADGROUP GROUP slow ann CLAIM -0 STREAMS s >", NO_MIN_IDLE],
    ["XREADGROUP GROUP slow ann CLAIM STREAMS s >", NO_MIN_IDLE],
    [
      "XREADGROUP GROUP slow ann CLAIM -1 STREAMS s >",
      "-ERR min-idle-time must be a positive integer",
    ],
    [
      "XREADGROUP GROUP none ann CLAIM 0 STREAMS s >",
      "-NOGROUP No such key 's' or consumer group 'none' in XREADGROUP with GROUP option",
    ],
    ["XREADGROUP GROUP slow ann CLAIM 0 STREAMS list >", WRONG_TYPE],
    ["XREADGROUP GROUP slow ann STREAMS s $", meaningless("$")],
    ["XREADGROUP GROUP slow ann STREAMS s +", meaningless("+")],
    ["XNACK s slow FAIL IDS 1 9-0", ":0"],
    ["XNACK s slow FAIL IDS 1 9-0 FORCE", ":0"],
  ])("%s answers %s and changes nothing", (request, answer) => {
    const { node, client } = fiveEntries();
    expect(client.send(request)).toBe(answer);
    expect(shown(client)).toBe(UNCHANGED);
    expect(node.effects).toEqual([]);
  });
});

describe("deleting", () => {
  test.each([
    ["XDELEX s IDS 3 1-0 3-0 9-0", "*3 :1 :1 :-1", "2 4 5|2 3|3 5"],
    ["XDELEX s IDS 2 1-0 1-0", "*2 :1 :-1", "2 3 4 5|2 3|3 5"],
    ["XDELEX s KEEPREF IDS 1 3-0", "*1 :1", "1 2 4 5|2 3|3 5"],
    ["XDELEX s DELREF IDS 2 3-0 9-0", "*2 :1 :-1", "1 2 4 5|2|5"],
    ["XDELEX s delref ids 1 2-0", "*1 :1", "1 3 4 5|3|3 5"],
    ["XDELEX s IDS 1 2-0 DELREF", "*1 :1", "1 3 4 5|3|3 5"],
    ["XDELEX s ACKED IDS 6 1-0 2-0 3-0 4-0 5-0 9-0", "*6 :1 :2 :2 :2 :2 :-1", "2 3 4 5|2 3|3 5"],
    ["XACKDEL s slow IDS 3 1-0 2-0 3-0", "*3 :-1 :1 :1", "1 4 5||3 5"],
    ["XACKDEL s slow KEEPREF IDS 1 3-0", "*1 :1", "1 2 4 5|2|3 5"],
    ["XACKDEL s slow DELREF IDS 2 3-0 5-0", "*2 :1 :-1", "1 2 4 5|2|5"],
    ["XACKDEL s slow ACKED IDS 3 1-0 2-0 3-0", "*3 :-1 :1 :2", "1 3 4 5||3 5"],
    ["XACKDEL s fast ACKED IDS 2 3-0 5-0", "*2 :2 :2", "1 2 3 4 5|2 3|"],
    ["XTRIM s MAXLEN 3", ":2", "3 4 5|2 3|3 5"],
    ["XTRIM s MAXLEN 3 KEEPREF", ":2", "3 4 5|2 3|3 5"],
    ["XTRIM s MAXLEN 3 DELREF", ":2", "3 4 5|3|3 5"],
    ["XTRIM s MAXLEN 0 DELREF", ":5", "||"],
    ["XTRIM s DELREF MINID 3-0", ":2", "3 4 5|3|3 5"],
    ["XTRIM s MAXLEN ~ 3 DELREF", ":2", "3 4 5|3|3 5"],
    ["XTRIM s MAXLEN 5 DELREF", ":0", UNCHANGED],
    ["XTRIM s MAXLEN 0 ACKED", ":1", "2 3 4 5|2 3|3 5"],
    ["XTRIM s ACKED MAXLEN 4", ":1", "2 3 4 5|2 3|3 5"],
    ["XTRIM s MAXLEN 5 ACKED", ":0", UNCHANGED],
    ["XTRIM s MINID 1-0 ACKED", ":0", UNCHANGED],
    ["XTRIM s MINID 2-0 ACKED", ":1", "2 3 4 5|2 3|3 5"],
    ["XTRIM s MINID ~ 2-0 ACKED", ":0", UNCHANGED],
    ["XTRIM s MINID ~ 3-0 ACKED", ":1", "2 3 4 5|2 3|3 5"],
    ["XTRIM s MINID ~ 9-0 LIMIT 1 ACKED", ":0", UNCHANGED],
    ["XADD s MAXLEN 4 KEEPREF 6-0 f v", "$3 6-0", "3 4 5 6|2 3|3 5"],
    ["XADD s MAXLEN 4 DELREF 6-0 f v", "$3 6-0", "3 4 5 6|3|3 5"],
    ["XADD s ACKED MAXLEN 1 6-0 f v", "$3 6-0", "2 3 4 5 6|2 3|3 5"],
    ["XADD s ACKED 6-0 f v", "$3 6-0", "1 2 3 4 5 6|2 3|3 5"],
  ])(
    "%s answers %s and leaves %s, here and where its effects are replayed",
    (request, answer, left) => {
      const { node, client } = fiveEntries();
      expect(client.send(request)).toBe(answer);
      expect(shown(client)).toBe(left);
      const replica = fiveEntries().client;
      replica.replay(node.effects);
      expect(shown(replica)).toBe(left);
    },
  );

  test("without groups, ACKED deletes and trims as KEEPREF does", () => {
    const client = new SocketlessNode().connect();
    client.send("XADD s 1-0 f v", "XADD s 2-0 f v", "XADD s 3-0 f v");
    expect(client.send("XDELEX s ACKED IDS 1 3-0", "XTRIM s MAXLEN 1 ACKED")).toBe("*1 :1 :1");
  });

  test("ACKED trims what is acknowledged behind what is not, one by one in the nodes that ~ may take", () => {
    const { client } = fiveEntries();
    client.send("XREADGROUP GROUP slow ann STREAMS s >", "XACK s slow 2-0 4-0");
    expect(client.send("XTRIM s MINID ~ 6-0 ACKED")).toBe(":3");
    expect(shown(client)).toBe("3 5|3 5|3 5");
  });

  test("a trim does not move max-deleted-entry-id, XDELEX does", () => {
    const { client } = fiveEntries();
    const maxDeleted = (): string | undefined =>
      /max-deleted-entry-id \$\d+ (\S+)/.exec(client.send("XINFO STREAM s"))?.[1];
    client.send("XTRIM s MAXLEN 0 ACKED");
    expect(maxDeleted()).toBe("0-0");
    client.send("XDELEX s IDS 1 3-0");
    expect(maxDeleted()).toBe("3-0");
  });

  test("an entry that was gone already is still acknowledged by XACKDEL, and forgotten by DELREF", () => {
    const { client } = fiveEntries();
    client.send("XDEL s 2-0 3-0");
    expect(client.send("XACKDEL s slow IDS 1 2-0", "XDELEX s DELREF IDS 1 3-0")).toBe(
      "*1 :1 *1 :-1",
    );
    expect(shown(client)).toBe("1 4 5||5");
  });

  test("XDELEX and XACKDEL say xdel, XTRIM xtrim, XADD both that it did", () => {
    const node = new SocketlessNode("--notify-keyspace-events", "Et");
    const [client, listener] = [node.connect(), node.connect()];
    listener.send("PSUBSCRIBE *");
    client.send("XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-0 f v", "XADD s MAXLEN 1 2-0 f v");
    client.send("XADD s 3-0 f v", "XREADGROUP GROUP g ann STREAMS s >");
    client.send("XDELEX s ACKED IDS 1 2-0", "XDELEX s IDS 1 2-0", "XACKDEL s g IDS 1 3-0");
    client.send("XADD s 4-0 f v", "XTRIM s MAXLEN 0 DELREF", "XTRIM s MAXLEN 0");
    const events = [...listener.received().matchAll(/__keyevent@0__:(\S+)/g)].map(
      ([, name]) => name,
    );
    expect(events).toEqual([
      ...["xgroup-create", "xadd", "xadd", "xtrim", "xadd", "xgroup-createconsumer"],
      ...["xdel", "xdel", "xadd", "xtrim"],
    ]);
  });
});

describe("XNACK", () => {
  const pendingOf = (client: Client): string => client.send("XPENDING s slow - + 10");
  const entry = (id: string, consumer: string, idle: number, count: string): string =>
    `*4 $3 ${id} $${consumer.length} ${consumer} :${idle} :${count}`;

  test.each([
    ["FAIL IDS 1 2-0", "1"],
    ["SILENT IDS 1 2-0", "0"],
    ["FATAL IDS 1 2-0", "9223372036854775807"],
    ["FAIL IDS 1 2-0 RETRYCOUNT 7", "7"],
    ["FATAL IDS 1 2-0 RETRYCOUNT 0", "0"],
    ["SILENT IDS 1 2-0 RETRYCOUNT 9223372036854775807", "9223372036854775807"],
    ["fail ids 1 2-0 force retrycount 3", "3"],
  ])("%s puts the entry back with a delivery count of %s", (request, count) => {
    const { node, client } = fiveEntries();
    expect(client.send(`XNACK s slow ${request}`)).toBe(":1");
    const expected = `*2 ${entry("2-0", "", -1, count)} ${entry("3-0", "ann", 0, "1")}`;
    expect(pendingOf(client)).toBe(expected);
    const replica = fiveEntries().client;
    replica.replay(node.effects);
    expect(pendingOf(replica)).toBe(expected);
  });

  test.each([
    ["FAIL", "0"],
    ["SILENT", "0"],
    ["FATAL", "9223372036854775807"],
    ["FAIL", "4", "RETRYCOUNT 4"],
  ])("%s FORCE makes an entry pending with a count of %s", (mode, count, option = "") => {
    const { client } = fiveEntries();
    const request = `XNACK s slow ${mode} IDS 2 4-0 9-0 FORCE ${option}`.trimEnd();
    expect(client.send(request)).toBe(":1");
    expect(client.send("XPENDING s slow 4-0 4-0 1")).toBe(`*1 ${entry("4-0", "", -1, count)}`);
  });

  test("the count does not go below 0, and counts are exact to the last", () => {
    const { client } = fiveEntries();
    client.send("XNACK s slow SILENT IDS 1 2-0", "XNACK s slow SILENT IDS 1 2-0");
    client.send("XNACK s slow FATAL IDS 1 3-0", "XNACK s slow SILENT IDS 1 3-0");
    expect(pendingOf(client)).toBe(
      `*2 ${entry("2-0", "", -1, "0")} ${entry("3-0", "", -1, "9223372036854775806")}`,
    );
  });

  test("what was put back comes first, in the order in which it was, however short its idle time", () => {
    const { client } = fiveEntries();
    client.send("XNACK s slow FAIL IDS 1 3-0", "XNACK s slow FAIL IDS 1 2-0");
    const claimed = client.send("XREADGROUP GROUP slow cid CLAIM 100000 STREAMS s >");
    expect([...claimed.matchAll(/ (\d-0)/g)].map(([, id]) => id)).toEqual([
      "3-0",
      "2-0",
      "4-0",
      "5-0",
    ]);
  });

  test("what was put back is offered whatever CLAIM asks for", () => {
    const client = new SocketlessNode().connect();
    client.send("XADD s 1-0 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >");
    client.send("XNACK s g FAIL IDS 1 1-0");
    const claim = "XREADGROUP GROUP g bob CLAIM 9007199254740991 STREAMS s >";
    expect(client.send(claim)).toContain("$3 1-0");
  });

  test("it wakes a reader that waits with CLAIM", () => {
    const { node, client } = fiveEntries();
    client.send("XREADGROUP GROUP slow ann STREAMS s >");
    const waiting = node.connect();
    expect(waiting.send("XREADGROUP GROUP slow cid BLOCK 0 CLAIM 100000 STREAMS s >")).toBe("");
    client.send("XNACK s slow FAIL IDS 1 3-0");
    expect(waiting.received()).toContain("3-0");
  });

  test("what was put back is idle enough for whatever XPENDING, XCLAIM and XAUTOCLAIM ask for", () => {
    const { client } = fiveEntries();
    client.send("XNACK s slow FAIL IDS 2 2-0 3-0");
    const found = `*2 ${entry("2-0", "", -1, "1")} ${entry("3-0", "", -1, "1")}`;
    expect(client.send("XPENDING s slow IDLE 100000 - + 10")).toBe(found);
    expect(client.send("XCLAIM s slow cid 100000 2-0 JUSTID")).toBe("*1 $3 2-0");
    expect(client.send("XAUTOCLAIM s slow dan 100000 0 JUSTID")).toBe("*3 $3 0-0 *1 $3 3-0 *0");
  });

  test("the summary counts what is nobody's, and names no consumer for it", () => {
    const { client } = fiveEntries();
    client.send("XNACK s slow FAIL IDS 2 2-0 3-0");
    expect(client.send("XPENDING s slow")).toBe("*4 :2 $3 2-0 $3 3-0 *0");
    expect(client.send("XINFO STREAM s FULL")).toContain("nacked-count :2");
  });
});

describe("XREADGROUP CLAIM", () => {
  test("stands anywhere before STREAMS, and the last one counts", () => {
    const { client } = fiveEntries();
    for (const options of [
      "CLAIM 0 GROUP slow cid COUNT 1",
      "GROUP slow cid COUNT 1 CLAIM 0",
      "GROUP slow cid CLAIM 100000 COUNT 1 CLAIM 0",
    ]) {
      expect(client.send(`XREADGROUP ${options} STREAMS s >`)).toContain("*4 $3 2-0");
    }
  });

  test("is no matter to a history, whose entries have two parts", () => {
    const { client } = fiveEntries();
    expect(client.send("XREADGROUP GROUP slow ann CLAIM 0 NOACK BLOCK 0 STREAMS s 2-0")).toBe(
      "*1 *2 $1 s *1 *2 $3 3-0 *2 $1 f $1 v",
    );
  });

  test("with NOACK: what was pending stays so, what is new does not become so", () => {
    const { client } = fiveEntries();
    const claimed = client.send("XREADGROUP GROUP slow cid NOACK CLAIM 0 STREAMS s >");
    expect([...claimed.matchAll(/ (\d-0)/g)].map(([, id]) => id)).toEqual([
      ...["2-0", "3-0", "4-0", "5-0"],
    ]);
    expect(shown(client)).toBe(UNCHANGED);
  });
});

test("XSETID does not go below what was deleted", () => {
  const { client } = fiveEntries();
  client.send("XDEL s 4-0 5-0");
  expect(client.send("XSETID s 4-0")).toBe(
    "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
  );
  expect(client.send("XSETID s 5-0")).toBe("+OK");
});

test("XIDMPRECORD, XCFGSET and IDMP tell XINFO STREAM", () => {
  const client = new SocketlessNode().connect();
  client.send("XADD s IDMP p1 m1 * f v", "XADD s IDMP p1 m1 * f v", "XADD s IDMPAUTO p2 * f v");
  const told =
    "$13 idmp-duration :100 $12 idmp-maxsize :100 $12 pids-tracked :2 $12 iids-tracked :2 $10 iids-added :2 $15 iids-duplicates :1";
  expect(client.send("XINFO STREAM s")).toContain(told);
  vi.setSystemTime(NOW_MS + 100_000);
  expect(client.send("XINFO STREAM s FULL")).toContain("pids-tracked :0 $12 iids-tracked :0");
});

test("COMMAND DOCS knows every command that is newer than 7.0", () => {
  const client = new SocketlessNode().connect();
  for (const name of ["xdelex", "xackdel", "xnack", "xcfgset", "xidmprecord"]) {
    expect(client.send(`COMMAND DOCS ${name}`)).toContain("since $5 8.");
  }
});

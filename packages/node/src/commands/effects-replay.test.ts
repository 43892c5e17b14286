import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SocketlessNode } from "./socketless-node.ts";

// Goal: the effects of whatever happened make the same keyspace: what replication and the append log rest on.
// Method: random commands of several clients on one node, some waiting, some in transactions, with the clock held by
// hand. After each step its effects are executed on a second node, which must then have the same digest.

const NOW_MS = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

const key = fc.constantFrom("a", "b", "c");
/** Two keys hold nothing but streams, so that most of what is done to them succeeds. */
const streamKey = fc.constantFrom("s", "s", "s", "t", "a");
const word = fc.constantFrom("v", "w", "12", "3.5", "a-longer-word-than-the-others");
const number = fc.constantFrom("-2", "-1", "0", "1", "2", "3");
const count = fc.constantFrom("1", "2", "3");
const ms = fc.constantFrom("1", "20", "300");
const id = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(2)).map((parts) => parts.join("-")),
  fc.constantFrom("0", "5", "18446744073709551615-18446744073709551615"),
);
const group = fc.constantFrom("g", "g", "h");
const consumer = fc.constantFrom("ann", "bob", "cid");
const trim = fc.oneof(
  fc.constantFrom("MAXLEN 3", "MAXLEN ~ 2", "MAXLEN = 0", "MINID 4", "MINID = 7-1", "MAXLEN ~ 0 LIMIT 2"),
);
const references = fc.constantFrom("KEEPREF", "DELREF", "ACKED");
const end = fc.constantFrom("LEFT", "RIGHT");
const maybe = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(fc.constant(""), text.map((some) => ` ${some}`));

/** A command with its holes filled. */
function say(parts: TemplateStringsArray, ...holes: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...holes).map((words) => String.raw({ raw: parts }, ...words));
}

const newId = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }).map((each) => `${each}-*`) },
  { weight: 2, arbitrary: id },
  { weight: 2, arbitrary: fc.constant("*") },
);
const adding = fc.oneof(
  say`XADD ${streamKey} ${newId} f ${word}`,
  say`XADD ${streamKey} ${trim} ${newId} f ${word}`,
  say`XADD ${streamKey} ${references} ${trim} ${newId} f ${word} g x`,
  say`XADD ${streamKey} IDMP web ${word} * f ${word}`,
  say`XADD ${streamKey} IDMPAUTO web * f ${word}`,
);
const policy = fc.constantFrom(
  "OFF",
  "AUTOCLAIM 20",
  "AUTOCLAIM 20 RETRYDELAY 30",
  "AUTOCLAIM 300 RETRYDELAY 1 MAXRETRYDELAY 20",
  "DELIVERYLIMIT 1 DEADLETTER dead",
  "DELIVERYLIMIT 2 DEADLETTER a AUTOCLAIM 1",
  "DEADLETTER dead",
  "CONSUMERTTL 20",
  "CONSUMERTTL 300 AUTOCLAIM 20 RETRYDELAY 20 DELIVERYLIMIT 2 DEADLETTER t",
);
const read = fc.tuple(
  ...[group, consumer, maybe(say`COUNT ${count}`), maybe(fc.constantFrom("CLAIM 0", "CLAIM 20", "NOACK"))],
  maybe(say`BLOCK ${ms}`),
  fc.oneof(say`${streamKey} >`, say`${streamKey} >`, say`s t > >`, say`${streamKey} ${id}`),
);
const reading = read.map(
  ([name, reader, limit, option, block, streams]) =>
    `XREADGROUP GROUP ${name} ${reader}${limit}${option}${block} STREAMS ${streams}`,
);
const grouping = fc.oneof(
  say`XGROUP CREATE ${streamKey} ${group} ${id} MKSTREAM`,
  say`XGROUP CREATE ${streamKey} ${group} $ MKSTREAM ENTRIESREAD 2`,
  say`XGROUP SETID ${streamKey} ${group} ${id}`,
  say`XGROUP SETPOLICY ${streamKey} ${group} ${policy}`,
  say`XGROUP SETPOLICY s g ${policy}`,
  say`XGROUP DELCONSUMER ${streamKey} ${group} ${consumer}`,
  say`XGROUP CREATECONSUMER ${streamKey} ${group} ${consumer}`,
  say`XGROUP DESTROY ${streamKey} ${group}`,
);
const mode = fc.constantFrom("SILENT", "FAIL", "FATAL");
const holding = fc.oneof(
  say`XACK ${streamKey} ${group} ${id} ${id}`,
  say`XACKDEL ${streamKey} ${group} ${references} IDS 2 ${id} ${id}`,
  say`XNACK ${streamKey} ${group} ${mode} IDS 2 ${id} ${id}${maybe(say`RETRYCOUNT ${count}`)}`,
  say`XNACK ${streamKey} ${group} ${mode} IDS 1 ${id} FORCE`,
  say`XCLAIM ${streamKey} ${group} ${consumer} ${ms} ${id} ${id}${maybe(fc.constantFrom("JUSTID", "FORCE", "IDLE 500"))}`,
  say`XCLAIM ${streamKey} ${group} ${consumer} 0 ${id} FORCE RETRYCOUNT 9223372036854775806 LASTID ${id}`,
  say`XAUTOCLAIM ${streamKey} ${group} ${consumer} ${ms} ${id} COUNT ${count}${maybe(fc.constant("JUSTID"))}`,
);
const deleting = fc.oneof(
  say`XDEL ${streamKey} ${id} ${id}`,
  say`XDELEX ${streamKey} ${references} IDS 2 ${id} ${id}`,
  say`XTRIM ${streamKey} ${trim}${maybe(references)}`,
  say`XSETID ${streamKey} ${id}${maybe(say`ENTRIESADDED ${count}`)}`,
  say`XCFGSET ${streamKey} IDMP-MAXSIZE ${count}`,
  say`XDEADLETTER REDRIVE ${fc.constantFrom("dead", "t", "a")}${maybe(say`COUNT ${count}`)}`,
);
const lists = fc.oneof(
  say`LPUSH ${key} ${word} ${word}`,
  say`RPUSHX ${key} ${word}`,
  say`LPOP ${key}${maybe(count)}`,
  say`LMOVE ${key} ${key} ${end} ${end}`,
  say`LREM ${key} ${number} ${word}`,
  say`LTRIM ${key} ${number} ${number}`,
  say`LSET ${key} ${number} ${word}`,
  say`LINSERT ${key} BEFORE ${word} ${word}`,
  say`LMPOP 2 ${key} ${key} ${end} COUNT ${count}`,
  say`BLPOP ${key} ${key} ${fc.constantFrom("0.02", "0.3")}`,
  say`BLMOVE ${key} ${key} ${end} ${end} 0.3`,
  say`SORT ${key} ALPHA STORE ${key}`,
);
const sets = fc.oneof(
  say`SADD ${key} ${word} ${word}`,
  say`SREM ${key} ${word}`,
  say`SPOP ${key}${maybe(count)}`,
  say`SMOVE ${key} ${key} ${word}`,
  say`SUNIONSTORE ${key} ${key} ${key}`,
  say`SDIFFSTORE ${key} ${key} ${key}`,
);
const strings = fc.oneof(
  say`SET ${key} ${word}${maybe(fc.oneof(say`PX ${ms}`, fc.constantFrom("KEEPTTL", "NX", "XX GET")))}`,
  say`GETEX ${key}${maybe(fc.oneof(say`PX ${ms}`, fc.constant("PERSIST")))}`,
  say`GETDEL ${key}`,
  say`INCRBY ${key} ${number}`,
  say`INCRBYFLOAT ${key} 0.1`,
  say`APPEND ${key} ${word}`,
  say`SETRANGE ${key} ${count} ${word}`,
  say`MSETNX ${key} ${word} ${key} ${word}`,
);
const anyKey = fc.oneof(key, streamKey);
const keys = fc.oneof(
  say`DEL ${key}`,
  say`DEL ${anyKey}`,
  say`RENAME ${anyKey} ${anyKey}`,
  say`COPY ${anyKey} ${anyKey} REPLACE`,
  say`PEXPIRE ${key} ${ms}${maybe(fc.constantFrom("NX", "GT", "LT"))}`,
  say`PERSIST ${key}`,
  say`EXPIRE ${anyKey} -1`,
  say`FLUSHALL`,
);
const command = fc.oneof(
  { weight: 5, arbitrary: adding },
  { weight: 6, arbitrary: reading },
  { weight: 2, arbitrary: grouping },
  { weight: 5, arbitrary: holding },
  { weight: 2, arbitrary: deleting },
  { weight: 2, arbitrary: lists },
  { weight: 1, arbitrary: sets },
  { weight: 1, arbitrary: strings },
  { weight: 1, arbitrary: keys },
);
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ client: fc.nat(3), requests: command.map((each) => [each]) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      client: fc.constant(0),
      requests: fc.array(command, { maxLength: 4 }).map((some) => ["MULTI", ...some, "EXEC"]),
    }),
  },
  { weight: 4, arbitrary: fc.record({ passMs: fc.constantFrom(1, 20, 300, 1100) }) },
);

test("effects make the same keyspace elsewhere", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const node = new SocketlessNode();
      const clients = Array.from({ length: 4 }, () => node.connect());
      const other = new SocketlessNode().connect();
      const digest = (): string => clients[3]?.connection === undefined ? "" : node.connect().send("DEBUG DIGEST");
      node.connect().send("XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 f v", "XADD s 2-1 f v", "XADD s 4-1 f v");
      for (const each of steps) {
        if ("passMs" in each) {
          vi.advanceTimersByTime(each.passMs);
          node.sweepConsumers();
        } else {
          clients[each.client]?.send(...each.requests);
        }
        const answers = other.replay(node.effects.splice(0));
        expect(answers).not.toMatch(/(^| )-(?!1\b)[A-Z]/);
        expect(other.send("DEBUG DIGEST")).toBe(digest());
      }
    }),
    { numRuns: Number(process.env.EFFECT_RUNS ?? 150) },
  );
});

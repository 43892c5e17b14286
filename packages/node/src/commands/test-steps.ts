import * as fc from "fast-check";

// Commands of all families on few keys, for tests of what has to hold whatever happens.

/** One key may hold anything; the others are nearly always of one type, so that most of what is done succeeds. */
const streamKey = fc.constantFrom("s", "s", "s", "t", "a");
const list = fc.constantFrom("l", "l", "m", "a");
const set = fc.constantFrom("u", "u", "v", "a");
const text = fc.constantFrom("k", "k", "n", "a");
const key = fc.oneof(streamKey, list, set, text);
const word = fc.constantFrom("v", "w", "12", "3.5", "a-longer-word-than-the-others");
const number = fc.constantFrom("-2", "-1", "0", "1", "2", "3");
const count = fc.constantFrom("1", "2", "3");
const ms = fc.constantFrom("1", "20", "300");
/** `@3`: the fourth of the newest ids. */
const known = fc.nat(7).map((age) => `@${age}`);
const id = fc.oneof(
  { weight: 20, arbitrary: known },
  { weight: 1, arbitrary: fc.constantFrom("0", "5", "18446744073709551615-18446744073709551614") },
);
const group = fc.constantFrom("g", "g", "h");
const consumer = fc.constantFrom("ann", "bob", "cid");
const trim = fc.oneof(
  fc.constantFrom("MAXLEN 3", "MAXLEN ~ 2", "MAXLEN = 5", "MAXLEN ~ 0 LIMIT 2"),
  say`MINID ${known}`,
);
const references = fc.constantFrom("KEEPREF", "DELREF", "ACKED");
const end = fc.constantFrom("LEFT", "RIGHT");
const maybe = (some: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(""),
    some.map((words) => ` ${words}`),
  );

/** A command with its holes filled. */
function say(parts: TemplateStringsArray, ...holes: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...holes).map((words) => String.raw({ raw: parts }, ...words));
}

const newId = fc.oneof(
  { weight: 20, arbitrary: fc.constant("*") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("1800000000500-*", "1800000000900-18446744073709551615"),
  },
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
  "CONSUMERTTL 100",
  "CONSUMERTTL 300 AUTOCLAIM 20 RETRYDELAY 20 DELIVERYLIMIT 2 DEADLETTER t",
);
const read = fc.tuple(
  ...[
    group,
    consumer,
    maybe(say`COUNT ${count}`),
    maybe(fc.constantFrom("CLAIM 0", "CLAIM 20", "NOACK")),
  ],
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
  say`LPUSH ${list} ${word} ${word}`,
  say`RPUSHX ${list} ${word}`,
  say`LPOP ${list}${maybe(count)}`,
  say`LMOVE ${list} ${list} ${end} ${end}`,
  say`LREM ${list} ${number} ${word}`,
  say`LTRIM ${list} ${number} ${number}`,
  say`LSET ${list} ${number} ${word}`,
  say`LINSERT ${list} BEFORE ${word} ${word}`,
  say`LMPOP 2 ${list} ${list} ${end} COUNT ${count}`,
  say`BLPOP ${list} ${list} ${fc.constantFrom("0.02", "0.3")}`,
  say`BLMOVE ${list} ${list} ${end} ${end} 0.3`,
  say`SORT ${list} ALPHA STORE ${list}`,
);
const sets = fc.oneof(
  say`SADD ${set} ${word} ${word}`,
  say`SREM ${set} ${word}`,
  say`SPOP ${set}${maybe(count)}`,
  say`SMOVE ${set} ${set} ${word}`,
  say`SUNIONSTORE ${set} ${set} ${set}`,
  say`SDIFFSTORE ${set} ${set} ${set}`,
);
const strings = fc.oneof(
  say`SET ${text} ${word}${maybe(fc.oneof(say`PX ${ms}`, fc.constantFrom("KEEPTTL", "NX", "XX GET")))}`,
  say`GETEX ${text}${maybe(fc.oneof(say`PX ${ms}`, fc.constant("PERSIST")))}`,
  say`GETDEL ${text}`,
  say`INCRBY ${text} ${number}`,
  say`INCRBYFLOAT ${text} 0.1`,
  say`APPEND ${text} ${word}`,
  say`SETRANGE ${text} ${count} ${word}`,
  say`MSETNX ${text} ${word} ${text} ${word}`,
);
const keys = fc.oneof(
  say`DEL ${key}`,
  say`RENAME ${key} ${key}`,
  say`COPY ${key} ${key} REPLACE`,
  say`PEXPIRE ${key} ${ms}${maybe(fc.constantFrom("NX", "GT", "LT"))}`,
  say`PERSIST ${key}`,
  say`EXPIRE ${key} -1`,
  fc.constantFrom("FLUSHALL", "DBSIZE", "DBSIZE", "DBSIZE", "DBSIZE", "DBSIZE"),
);
const command = fc.oneof(
  { weight: 5, arbitrary: adding },
  { weight: 6, arbitrary: reading },
  { weight: 2, arbitrary: grouping },
  { weight: 5, arbitrary: holding },
  { weight: 2, arbitrary: deleting },
  { weight: 4, arbitrary: lists },
  { weight: 2, arbitrary: sets },
  { weight: 1, arbitrary: strings },
  { weight: 1, arbitrary: keys },
);
/**
 * What happens next: requests of one of four clients, or time that passes. `@3` in a request stands for the fourth of
 * the newest ids of streams.
 */
export const randomStep = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ client: fc.nat(3), requests: command.map((each) => [each]) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      client: fc.constant(0),
      requests: fc.array(command, { maxLength: 4 }).map((some) => ["MULTI", ...some, "EXEC"]),
    }),
  },
  { weight: 4, arbitrary: fc.record({ passMs: fc.constantFrom(1, 20, 300, 1100) }) },
);

/** Which ids `@3` may stand for: those that clients were told, in the order in which they were. */
export class KnownIds {
  readonly #ids = new Set<string>();

  /** What a client received. */
  learn(replies: string): void {
    for (const [told] of replies.matchAll(/\b\d{13}-\d+\b/g)) this.#ids.add(told);
  }

  fill(requests: readonly string[]): string[] {
    const ids = [...this.#ids];
    return requests.map((request) =>
      request.replace(/@(\d)/g, (_, age) => ids.at(-1 - Number(age)) ?? "0-1"),
    );
  }
}

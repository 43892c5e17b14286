import { describe, expect, test } from "vitest";
import { ascii } from "./bytes.ts";
import type { CommandSpec, KeySpec } from "./command-spec.ts";
import { COMMANDS } from "./command-table.ts";
import { CROSS_SLOT, keyAccess, slotOf } from "./key-access.ts";
import { keyPositions, mayHaveKeys } from "./key-positions.ts";
import { plainKeyRange } from "./plain-key-range.ts";
import { hashSlot } from "./slot.ts";

function words(line: string) {
  return line === "" ? [] : line.split(" ").map(ascii);
}

function specWith(...keySpecs: KeySpec[]): CommandSpec {
  return { arity: -2, flags: [], categories: [], tips: [], keySpecs };
}

function oneAt(index: number): KeySpec {
  return {
    flags: ["RW"],
    begin: { type: "index", index },
    find: { type: "range", lastKey: 0, keyStep: 1, limit: 0 },
  };
}

/** As XREADGROUP GROUP group consumer … STREAMS key [key …] id [id …]. */
const afterStreamsFrom4 = specWith({
  flags: ["RO"],
  begin: { type: "keyword", keyword: "STREAMS", startFrom: 4 },
  find: { type: "range", lastKey: -1, keyStep: 1, limit: 2 },
});
/** As LMPOP numkeys key [key …] LEFT|RIGHT, with a destination before: ZUNIONSTORE. */
const counted: KeySpec = {
  flags: ["RO"],
  begin: { type: "index", index: 2 },
  find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
};
/** As MIGRATE … KEYS key [key …], looked for from the end. */
const afterKeysFromTheEnd = specWith({
  flags: ["RW"],
  begin: { type: "keyword", keyword: "KEYS", startFrom: -2 },
  find: { type: "range", lastKey: -1, keyStep: 1, limit: 0 },
});
/** As MSET key value [key value …]. */
const everySecond = specWith({
  flags: ["OW"],
  begin: { type: "index", index: 1 },
  find: { type: "range", lastKey: -1, keyStep: 2, limit: 0 },
});

describe("the keys of a request", () => {
  test.each<[string, CommandSpec, number[] | undefined]>([
    ["GET a", COMMANDS.get, [1]],
    ["PING a", COMMANDS.ping, []],
    ["DEL a b a", COMMANDS.del, [1, 2, 3]],
    ["BLPOP a b 0", COMMANDS.blpop, [1, 2]],
    ["XREAD STREAMS a b 0 0", COMMANDS.xread, [2, 3]],
    ["xread count 1 streams a 0", COMMANDS.xread, [4]],
    ["XREAD STREAMS streams 0", COMMANDS.xread, [2]],
    ["XREAD STREAMS STREAMS streams 0 0", COMMANDS.xread, [2, 3]],
    ["XREAD COUNT 1 STREAMS", COMMANDS.xread, []],
    ["XREAD STREAMS a b 0", COMMANDS.xread, [2]],
    ["XREAD BLOCK 0 STREAMS a", COMMANDS.xread, undefined],
    ["XREADGROUP GROUP STREAMS c STREAMS a >", afterStreamsFrom4, [5]],
    ["XREADGROUP GROUP g STREAMS STREAMS STREAMS >", afterStreamsFrom4, [5]],
    ["XREADGROUP GROUP g", afterStreamsFrom4, []],
    ["MIGRATE h p KEYS x KEYS a", afterKeysFromTheEnd, [6]],
    ["MIGRATE h p KEYS a b", afterKeysFromTheEnd, [4, 5]],
    ["KEYS a", afterKeysFromTheEnd, []],
    ["MSET a 1 b 2", everySecond, [1, 3]],
    ["ZUNIONSTORE d 2 a b WEIGHTS", specWith(oneAt(1), counted), [1, 3, 4]],
    ["ZUNION d 0 a", specWith(counted), undefined],
    ["ZUNION d 2 a", specWith(counted), undefined],
    ["ZUNION d -1 a", specWith(counted), undefined],
    ["ZUNION d x a", specWith(counted), undefined],
    ["ZUNION d", specWith(counted), undefined],
    ["ZUNION d 99999999999999999999 a", specWith(counted), undefined],
    ["LMOVE a b", specWith(oneAt(1), oneAt(2)), [1, 2]],
    ["LMOVE a", specWith(oneAt(1), oneAt(2)), undefined],
    ["SORT a BY b GET c STORE d", COMMANDS.sort, [1, 7]],
    ["sort a store x store y", COMMANDS.sort, [1, 5]],
    ["SORT a STORE", COMMANDS.sort, [1]],
    ["SORT a GET STORE x", COMMANDS.sort, [1]],
    ["SORT a LIMIT STORE x STORE y", COMMANDS.sort, [1, 6]],
    ["SORT a BY STORE STORE store", COMMANDS.sort, [1, 5]],
    ["SORT_RO a BY b GET c", COMMANDS.sort_ro, [1]],
    ["MIGRATE a BY b", specWith({ ...oneAt(1), flags: ["RO", "incomplete"] }), undefined],
  ])("%s", (request, spec, positions) => {
    expect(keyPositions(spec, words(request))).toEqual(positions);
  });

  test("shard channels are found only when asked for", () => {
    const request = words("SSUBSCRIBE a b");
    expect(keyPositions(COMMANDS.ssubscribe, request)).toEqual([]);
    expect(keyPositions(COMMANDS.ssubscribe, request, { withShardChannels: true })).toEqual([1, 2]);
    expect(mayHaveKeys(COMMANDS.ssubscribe)).toBe(false);
  });
});

describe("the slot of a request", () => {
  const foo = hashSlot(ascii("foo"));

  test.each<[string, CommandSpec, number | undefined]>([
    ["PING", COMMANDS.ping, undefined],
    ["GET foo", COMMANDS.get, foo],
    ["SPUBLISH foo m", COMMANDS.spublish, foo],
    ["SSUBSCRIBE foo {foo}2", COMMANDS.ssubscribe, foo],
    ["SSUBSCRIBE foo bar", COMMANDS.ssubscribe, CROSS_SLOT],
    ["SUNSUBSCRIBE", COMMANDS.sunsubscribe, undefined],
    ["DEL foo {foo}", COMMANDS.del, foo],
    ["DEL foo foo bar", COMMANDS.del, CROSS_SLOT],
    ["BLPOP foo bar", COMMANDS.blpop, foo],
    ["BLPOP foo bar 0", COMMANDS.blpop, CROSS_SLOT],
    ["XREAD STREAMS foo bar", COMMANDS.xread, foo],
    ["XREAD COUNT 1 STREAMS foo x{foo} bar baz", COMMANDS.xread, foo],
    ["XREAD STREAMS foo bar 0 0", COMMANDS.xread, CROSS_SLOT],
    ["XREAD STREAMS foo bar 0", COMMANDS.xread, undefined], // unbalanced: a syntax error, answered here
    ["XREAD COUNT 1 STREAMS", COMMANDS.xread, undefined],
    ["xread block 0 maxcount 2 maxsize 3 streams foo 0", COMMANDS.xread, foo],
    ["XREAD COUNT STREAMS foo bar 0 0", COMMANDS.xread, undefined], // the count is wrong
    ["XREAD BOGUS 1 STREAMS foo bar 0 0", COMMANDS.xread, undefined],
    ["XREADGROUP GROUP STREAMS STREAMS STREAMS foo >", COMMANDS.xreadgroup, foo],
    ["XREADGROUP NOACK CLAIM 1 GROUP STREAMS bar STREAMS foo >", COMMANDS.xreadgroup, foo],
    ["XREADGROUP COUNT 1 GROUP g STREAMS STREAMS foo bar > >", COMMANDS.xreadgroup, CROSS_SLOT],
    ["MSET foo bar {foo}a baz", everySecond, foo],
    ["LMOVE foo {foo}a", specWith(oneAt(1), oneAt(2)), foo],
    ["LMOVE foo bar", specWith(oneAt(1), oneAt(2)), CROSS_SLOT],
    ["X foo a {foo}", specWith(oneAt(1), oneAt(3)), foo],
    ["X foo a bar", specWith(oneAt(1), oneAt(3)), CROSS_SLOT],
    ["ZUNIONSTORE foo 1 {foo}", specWith(oneAt(1), counted), foo],
    ["ZUNIONSTORE foo 1 bar", specWith(oneAt(1), counted), CROSS_SLOT],
    ["ZUNIONSTORE foo 9 bar", specWith(oneAt(1), counted), undefined],
    ["RENAME foo {foo}a", COMMANDS.rename, foo],
    ["RENAME foo bar", COMMANDS.rename, CROSS_SLOT],
    ["COPY foo {foo}a DB bar", COMMANDS.copy, foo],
    ["LMPOP 2 foo {foo}a LEFT", COMMANDS.lmpop, foo],
    ["LMPOP 2 foo bar LEFT", COMMANDS.lmpop, CROSS_SLOT],
    ["LMPOP 1 foo bar", COMMANDS.lmpop, foo],
    ["LMPOP 9 foo bar", COMMANDS.lmpop, undefined],
    ["LMPOP 0 foo bar", COMMANDS.lmpop, undefined],
    ["LMPOP x foo bar", COMMANDS.lmpop, undefined],
    ["BLMPOP 0 2 foo bar LEFT", COMMANDS.blmpop, CROSS_SLOT],
    ["MSETEX 2 foo bar {foo}a bar", COMMANDS.msetex, foo],
    ["MSETEX 2 foo a bar b", COMMANDS.msetex, CROSS_SLOT],
    ["SORT foo BY bar* GET baz*", COMMANDS.sort, foo],
    ["SORT foo STORE {foo}a", COMMANDS.sort, foo],
    ["SORT foo STORE foo STORE bar", COMMANDS.sort, CROSS_SLOT],
    ["SORT_RO foo BY STORE bar", COMMANDS.sort_ro, foo],
  ])("%s", (request, spec, slot) => {
    expect(slotOf(keyAccess(spec), words(request))).toBe(slot);
  });

  test("no row of the table needs the slow way", () => {
    const slow = Object.entries(COMMANDS).filter(([, spec]) => keyAccess(spec).kind === "specs");
    expect(slow).toEqual([]);
  });
});

describe("first key, last key and step", () => {
  test.each<[string, readonly KeySpec[], [number, number, number, boolean]]>([
    ["no keys", [], [0, 0, 0, false]],
    ["GET", COMMANDS.get.keySpecs, [1, 1, 1, true]],
    ["BLPOP", COMMANDS.blpop.keySpecs, [1, -2, 1, true]],
    ["XREAD", COMMANDS.xread.keySpecs, [0, 0, 0, false]],
    ["MSET", everySecond.keySpecs, [1, -1, 2, true]],
    ["LMOVE: neighbours join", [oneAt(1), oneAt(2)], [1, 2, 1, true]],
    ["a gap is left out", [oneAt(1), oneAt(3)], [1, 1, 1, false]],
    ["ZUNIONSTORE: only the destination", [oneAt(1), counted], [1, 1, 1, false]],
  ])("%s", (_, keySpecs, [first, last, step, complete]) => {
    expect(plainKeyRange(keySpecs)).toEqual({ first, last, step, complete });
  });
});

import { ascii, bytesOfSpan, RequestDecoder, type ByteSpan, type Bytes } from "@slotcast/protocol";
import { Keyspace, type KeyTable } from "@slotcast/store";
import { expect, test } from "vitest";
import { EffectEncoder, encodeEffect } from "./effect-encoder.ts";
import { EffectLog } from "./effect-log.ts";
import { UNIT_BYTES_MAX } from "./limits.ts";
import { Dice } from "./scripted-events.ts";

const keyspace = new Keyspace({ tables: 16, hashSeed: { low: 1, high: 2 } });

function encoderOf(options: { isCluster: boolean }): {
  encoder: EffectEncoder;
  units: string[];
  now: { ms: number; table: KeyTable };
  scheduled: () => number;
} {
  const units: string[] = [];
  const now = { ms: 7, table: keyspace.table(0) };
  let scheduled = 0;
  let end = 0;
  const encoder = new EffectEncoder({
    append: (added) => {
      const unit = typeof added === "string" ? added : bytesOfSpan(added);
      units.push(unit.replaceAll("\r\n", " ").trimEnd());
      end += unit.length;
      return end;
    },
    nowMs: () => now.ms,
    table: options.isCluster ? undefined : () => now.table,
    schedule: () => {
      scheduled += 1;
    },
  });
  return { encoder, units, now, scheduled: () => scheduled };
}

function words(text: string): Bytes[] {
  return text.split(" ").map(ascii);
}

const SET = "*3 $3 SET $1 k $1 v";
const AT_7 = "*2 $2 AT $1 7";

test("the effects of one command are one unit, and one without is none", () => {
  const { encoder, units, scheduled } = encoderOf({ isCluster: true });
  expect(encoder.endUnit()).toBe(false);
  encoder.append(words("SET k v"));
  encoder.append(words("SET k v"));
  expect(units).toEqual([]);
  expect(encoder.endUnit()).toBe(true);
  encoder.append(words("SET k v"));
  encoder.endUnit();
  expect(units).toEqual([`${AT_7} ${SET} ${SET}`, SET]);
  expect(scheduled()).toBe(2);
});

test("the clock is said when it is another one, also within a unit, and at the beginning of a reign", () => {
  const { encoder, units, now } = encoderOf({ isCluster: true });
  encoder.append(words("SET k v"));
  now.ms = 9;
  encoder.append(words("SET k v"));
  encoder.endUnit();
  expect(encoder.toldMs).toBe(9);
  encoder.beginReign();
  encoder.append(words("SET k v"));
  encoder.endUnit();
  expect(units).toEqual([`${AT_7} ${SET} *2 $2 AT $1 9 ${SET}`, `*2 $2 AT $1 9 ${SET}`]);
});

test("a unit begins and ends in database 0", () => {
  const { encoder, units, now } = encoderOf({ isCluster: false });
  now.table = keyspace.table(3);
  encoder.append(words("SET k v"));
  encoder.append(words("SET k v"), keyspace.table(5));
  encoder.endUnit();
  encoder.append(words("SET k v"), keyspace.table(0));
  encoder.endUnit();
  const select = (database: number): string => `*2 $6 SELECT $1 ${database}`;
  expect(units).toEqual([`${AT_7} ${select(3)} ${SET} ${select(5)} ${SET} ${select(0)}`, SET]);
});

test("in a cluster there is one database, whatever the slot", () => {
  const { encoder, units } = encoderOf({ isCluster: true });
  encoder.append(words("SET k v"), keyspace.table(5));
  encoder.endUnit();
  expect(units).toEqual([`${AT_7} ${SET}`]);
});

test("a unit that becomes too large is handed over in parts, and no effect is torn", () => {
  const { encoder, units } = encoderOf({ isCluster: true });
  const value = "x".repeat(UNIT_BYTES_MAX / 2 - 100);
  for (let index = 0; index < 3; index += 1)
    encoder.append([ascii("SET"), ascii("k"), ascii(value)]);
  encoder.append([ascii("SET"), ascii("k"), ascii("x".repeat(UNIT_BYTES_MAX))]);
  encoder.endUnit();
  expect(units.map((unit) => unit.split("SET").length - 1)).toEqual([2, 1, 1]);
});

test("each part of a unit that is too large begins and ends in database 0", () => {
  const { encoder, units, now } = encoderOf({ isCluster: false });
  const value = "x".repeat(UNIT_BYTES_MAX / 2);
  for (const database of [5, 5, 0, 5]) {
    now.table = keyspace.table(database);
    encoder.append([ascii("SET"), ascii("k"), ascii(value)]);
  }
  expect(encoder.endUnit()).toBe(true);
  const set = `*3 $3 SET $1 k $${value.length} `;
  const [select5, select0] = [5, 0].map((database) => `*2 $6 SELECT $1 ${database}`);
  const heads = units.map((unit) => unit.replaceAll(value, ""));
  expect(heads).toEqual([
    `${AT_7} ${select5} ${set} ${select0}`,
    `${select5} ${set} ${select0}`,
    set,
    `${select5} ${set} ${select0}`,
  ]);
});

test("any byte may be in an effect", () => {
  const { encoder, units } = encoderOf({ isCluster: true });
  encoder.append([ascii("SET"), ascii("\u0000\u00ff"), ascii("")]);
  encoder.endUnit();
  expect(units).toEqual([`${AT_7} *3 $3 SET $2 \u0000\u00ff $0`]);
});

test("requests that are their own effects are in the log as if they had been written again", () => {
  const dice = new Dice(7);
  const decoder = new RequestDecoder({ bulkBytesMax: 1000 });
  const clock = { ms: 1, table: keyspace.table(0) };
  const [taken, written] = [new EffectLog(), new EffectLog()].map((log) => {
    log.restart({ historyId: "h", offset: 0, hash: 0, marks: [{ epoch: 1, offset: 0 }] });
    const append = (unit: Bytes | ByteSpan): number => log.append(unit);
    const parts = { nowMs: () => clock.ms, table: () => clock.table, schedule: () => {} };
    return { log, encoder: new EffectEncoder({ ...parts, append }) };
  });
  if (taken === undefined || written === undefined) throw new Error("two logs");
  for (let chunk = 0; chunk < 300; chunk += 1) {
    const requests = Array.from({ length: dice.between(1, 6) }, () => [
      "SET",
      "k",
      "v".repeat(dice.between(0, 8)),
    ]);
    decoder.push(requests.map((request) => encodeEffect(request.map(ascii))).join(""));
    for (let argv = decoder.next(); argv !== undefined; argv = decoder.next()) {
      if (dice.chance(0.1)) clock.ms += 1;
      if (dice.chance(0.1)) clock.table = keyspace.table(dice.between(0, 2));
      for (const { encoder } of [taken, written]) {
        // A list that is no request is written.
        const effect = encoder === taken.encoder ? argv : [...argv];
        if (argv[2] !== "") encoder.append(effect);
        if (argv[2] === "vv") encoder.append([ascii("DEL"), ascii("k")]);
        if (argv[2] === "vvv") encoder.append(effect);
        encoder.endUnit();
      }
      expect(taken.log.endOffset).toBe(written.log.endOffset);
    }
    if (dice.chance(0.3)) expect(taken.log.hash).toBe(written.log.hash);
  }
  expect(taken.log.slice(0, Infinity)).toEqual(written.log.slice(0, Infinity));
});

import { formatCount } from "../src/format-number.ts";
import { makePending } from "./group-reads.ts";
import { measureInTurns } from "./measure-in-turns.ts";
import type { Row } from "./measurement.ts";
import { growthScene, MEMORY_SERVER, type Growth } from "./memory-growth.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { fillStream } from "./stream-entries.ts";

const PENDING = 1_000_000;
const LIST_ELEMENTS = 1_000_000;
const SMALL_SETS = 100_000;
const MEMBERS_OF_SMALL_SET = 10;
const MEMBERS_OF_LARGE_SET = 1_000_000;
const INTEGER_SETS = 1_000;
const INTEGERS_OF_SET = 1_000;
/** Values of one command, where a key gets more. */
const VALUES_PER_REQUEST = 100;

/** Item 6 of the surface: growth of redis' used_memory, growth of our RSS after a collection. */
export async function measureSurfaceMemory(context: PerfContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const growth of growths(context)) {
    // Each in servers of its own.
    rows.push(...(await measureInTurns([growthScene(growth)], MEMORY_SERVER, context)));
  }
  return rows;
}

function growths(context: PerfContext): readonly Growth[] {
  const scaled = (full: number): number => volume(full, context);
  const entries = scaled(PENDING);
  const elements = scaled(LIST_ELEMENTS);
  const sets = scaled(SMALL_SETS);
  const members = scaled(MEMBERS_OF_LARGE_SET);
  const integerSets = scaled(INTEGER_SETS);
  return [
    {
      what: `${formatCount(entries)} pending entries of one group, without the stream's own`,
      atMost: 1.2,
      prepare: (contender) => fillStream(contender, entries),
      fill: (contender) => makePending(contender, { group: "workers", entries }, context),
    },
    {
      what: `one list of ${formatCount(elements)} elements of 64 B`,
      atMost: 1.3,
      fill: (contender) => contender.requestAll(valuesOfKey("RPUSH", elements, element)),
    },
    {
      what: `${formatCount(sets)} sets of ${MEMBERS_OF_SMALL_SET} members like member:17`,
      atMost: 1.5,
      fill: (contender) => contender.requestAll(setsOf(sets, smallMembers)),
    },
    {
      what: `one set of ${formatCount(members)} members of 10 B`,
      atMost: 1.5,
      fill: (contender) => contender.requestAll(valuesOfKey("SADD", members, member)),
    },
    {
      what: `${formatCount(integerSets)} sets of ${formatCount(INTEGERS_OF_SET)} integers`,
      atMost: 1.5,
      fill: (contender) => contender.requestAll(setsOf(integerSets, integers)),
    },
  ];
}

function* valuesOfKey(
  command: string,
  count: number,
  valueOf: (index: number) => string,
): Generator<readonly string[]> {
  for (let from = 0; from < count; from += VALUES_PER_REQUEST) {
    const length = Math.min(VALUES_PER_REQUEST, count - from);
    yield [command, "key", ...Array.from({ length }, (_, index) => valueOf(from + index))];
  }
}

function* setsOf(
  sets: number,
  membersOf: (set: number) => readonly string[],
): Generator<readonly string[]> {
  for (let set = 0; set < sets; set += 1) yield ["SADD", `set:${set}`, ...membersOf(set)];
}

/** 64 bytes, no two alike. */
function element(index: number): string {
  return String(index).padStart(12, "0").padEnd(64, "x");
}

/** 10 bytes. */
function member(index: number): string {
  return `m${String(index).padStart(9, "0")}`;
}

/** Ten of a hundred, another ten in the next set. */
function smallMembers(set: number): readonly string[] {
  return Array.from(
    { length: MEMBERS_OF_SMALL_SET },
    (_, index) => `member:${10 + ((set + 7 * index) % 90)}`,
  );
}

function integers(set: number): readonly string[] {
  return Array.from({ length: INTEGERS_OF_SET }, (_, index) =>
    String(set * INTEGERS_OF_SET + index),
  );
}

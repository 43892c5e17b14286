import type { Attempt, Journal } from "./journal.ts";
import type { Keyspace } from "./keyspace.ts";
import type { RequestKind } from "./request.ts";
import { expectThat } from "./violation.ts";

const ACKED = "acknowledged writes are there, once and in order";
const LINEARIZABLE = "reads and writes are linearizable";

/** Holds what clients were told about a key against what the key holds in the end. */
export function checkKey(key: number, journal: Journal, keyspace: Keyspace): void {
  const list = keyspace.list(key);
  const appends = journal.ofKind("append", key);
  checkList(key, list, appends);
  const reads = journal.ofKind("read", key).filter(({ outcome }) => outcome === "ok");
  const copies = journal.ofKind("read-copy", key).filter(({ outcome }) => outcome === "ok");
  for (const read of [...reads, ...copies]) {
    expectThat(
      read.value === 0 || list[read.value - 1] === read.last,
      LINEARIZABLE,
      () => `key ${key}: ${describe(read)} saw what is not in the list at ${read.value}`,
    );
  }
  checkLinearizable(key, [...appends.flatMap((each) => placed(each, list)), ...reads.map(readAt)]);
  checkCounter(key, keyspace.counter(key), journal);
}

function checkList(key: number, list: readonly number[], appends: readonly Attempt[]): void {
  const known = new Map(appends.map((attempt) => [attempt.request.id, attempt]));
  const seen = new Set<number>();
  for (const [index, id] of list.entries()) {
    const attempt = known.get(id);
    expectThat(!seen.has(id), ACKED, () => `key ${key}: ${id} is there twice`);
    seen.add(id);
    expectThat(
      attempt !== undefined && attempt.outcome !== "not-executed",
      ACKED,
      () => `key ${key}: ${id} is there, and its client was told to ask again`,
    );
    expectThat(
      attempt.outcome !== "ok" || attempt.value === index + 1,
      ACKED,
      () => `key ${key}: ${describe(attempt)} is at ${index + 1}`,
    );
  }
  const lost = appends.find(({ outcome, request }) => outcome === "ok" && !seen.has(request.id));
  expectThat(lost === undefined, ACKED, () => `key ${key}: ${lost && describe(lost)} is lost`);
}

/** An operation that took effect between its two times, behind all of lower rank. */
interface Ranked {
  readonly attempt: Attempt;
  readonly rank: number;
}

/** The list tells the order of all writes: the one at position n has rank 2n, who saw n of them 2n + 1. */
function placed(attempt: Attempt, list: readonly number[]): Ranked[] {
  const position = attempt.outcome === "ok" ? attempt.value : list.indexOf(attempt.request.id) + 1;
  return position === 0 ? [] : [{ attempt, rank: 2 * position }];
}

function readAt(attempt: Attempt): Ranked {
  return { attempt, rank: 2 * attempt.value + 1 };
}

/**
 * Is there a time within each operation's interval, such that times follow ranks? There is when no operation ended
 * before another one of lower rank began. Cost: O(n log n).
 */
function checkLinearizable(key: number, operations: readonly Ranked[]): void {
  const ordered = operations.toSorted((left, right) => left.rank - right.rank);
  let latest: Ranked | undefined;
  let pending: Ranked | undefined;
  let rank = -1;
  for (const operation of ordered) {
    if (operation.rank !== rank) {
      latest = laterStart(latest, pending);
      pending = undefined;
      rank = operation.rank;
    }
    const before = latest;
    expectThat(
      before === undefined || operation.attempt.endedMs >= before.attempt.sentMs,
      LINEARIZABLE,
      () =>
        `key ${key}: ${describe(operation.attempt)} had ended before ${before && describe(before.attempt)}`,
    );
    pending = laterStart(pending, operation);
  }
}

function laterStart(left: Ranked | undefined, right: Ranked | undefined): Ranked | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.attempt.sentMs > left.attempt.sentMs ? right : left;
}

function checkCounter(key: number, value: number, journal: Journal): void {
  const kind: RequestKind = "count";
  const attempts = journal.ofKind(kind, key);
  const acked = attempts.filter(({ outcome }) => outcome === "ok");
  const unknown = attempts.filter(({ outcome }) => outcome === "unknown" || outcome === "open");
  expectThat(
    new Set(acked.map((attempt) => attempt.value)).size === acked.length,
    ACKED,
    () => `counter ${key}: two clients were told the same number`,
  );
  expectThat(
    value >= acked.length && value <= acked.length + unknown.length,
    ACKED,
    () => `counter ${key} is ${value}: ${acked.length} were counted, ${unknown.length} maybe`,
  );
  const ranked = acked.map((attempt) => ({ attempt, rank: attempt.value }));
  checkLinearizable(key, ranked);
}

function describe({ request, client, sentMs, endedMs, value }: Attempt): string {
  const times = `${sentMs.toFixed(1)}–${endedMs.toFixed(1)}`;
  return `${request.kind} ${request.id} of ${client} (${times}, answer ${value})`;
}

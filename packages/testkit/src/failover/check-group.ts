import { compareIds, type StreamContents } from "./contents.ts";
import { describe, type Findings } from "./findings.ts";
import { untoldOf, type Entry } from "./journal.ts";

/** Most entries that one XREADGROUP of the workload asks for. */
export const TAKEN_AT_ONCE_MAX = 8;

/** What readers of a group were told of one entry. */
interface Told {
  /** Whoever got it. */
  consumer: string | undefined;
  settled: "no" | "maybe" | "yes";
}

/**
 * The pending entries of a group are those that were delivered and not acknowledged, each for the consumer that got
 * it; the group goes on behind the last one it delivered. An answer that was lost leaves entries pending that nobody
 * has: as many as it could have held.
 */
export function checkGroup(
  findings: Findings,
  key: string,
  journal: readonly Entry[],
  contents: StreamContents,
): void {
  const told = collectTold(findings, key, journal);
  for (const [id, { consumer, settled }] of told) {
    const holder = contents.pending.get(id);
    if (settled === "no" && consumer !== undefined && holder !== consumer) {
      findings.add("pending", key, `${id}, taken by ${consumer}, is ${holder ?? "not there"}`);
    }
    if (settled === "yes" && holder !== undefined) {
      findings.add("pending", key, `${id} was settled and is still pending for ${holder}`);
    }
    if (consumer !== undefined && compareIds(id, contents.lastDeliveredId) > 0) {
      findings.add("lost", key, `${id} was taken; the group stands at ${contents.lastDeliveredId}`);
    }
  }
  checkNotTold(findings, key, { journal, told, contents });
}

function collectTold(
  findings: Findings,
  key: string,
  journal: readonly Entry[],
): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>();
  const of = (id: string): Told => {
    const known = told.get(id) ?? { consumer: undefined, settled: "no" };
    told.set(id, known);
    return known;
  };
  for (const entry of journal) {
    if (entry.kind === "take" && Array.isArray(entry.answer)) {
      for (const id of entry.answer.map(String)) {
        const one = of(id);
        if (one.consumer !== undefined)
          findings.add("redelivered", key, `${id}: ${describe(entry)}`);
        one.consumer = entry.value;
      }
    }
    if (entry.kind === "settle") collectSettled(findings, key, entry, of(entry.value));
  }
  return told;
}

function collectSettled(findings: Findings, key: string, entry: Entry, one: Told): void {
  if (entry.outcome === "acknowledged") {
    one.settled = "yes";
    // It was sent once, and somebody else is said to have settled the entry: it had not been pending.
    if (entry.answer === 0 && untoldOf(entry) === 0) findings.add("pending", key, describe(entry));
  } else if (untoldOf(entry) > 0 && one.settled === "no") one.settled = "maybe";
}

/** Entries up to the group's position that no reader reported: pending, since somebody's answer got lost. */
function checkNotTold(
  findings: Findings,
  key: string,
  {
    journal,
    told,
    contents,
  }: {
    readonly journal: readonly Entry[];
    readonly told: ReadonlyMap<string, Told>;
    readonly contents: StreamContents;
  },
): void {
  let untoldMax = 0;
  for (const entry of journal) {
    if (entry.kind === "take") untoldMax += untoldOf(entry) * TAKEN_AT_ONCE_MAX;
  }
  let untold = 0;
  for (const { id } of contents.entries) {
    if (compareIds(id, contents.lastDeliveredId) > 0) break;
    if (told.has(id)) continue;
    untold += 1;
    if (!contents.pending.has(id))
      findings.add("pending", key, `${id} was passed by, and is not pending`);
  }
  const surplus = untold - untoldMax;
  findings.add("pending", key, `${untold} delivered to nobody, ${untoldMax} maybe`, surplus);
}

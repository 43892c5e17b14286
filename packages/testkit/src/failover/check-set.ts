import { checkCopies, placesOf } from "./check-copies.ts";
import { describe, type Findings } from "./findings.ts";
import { untoldOf, type Entry } from "./journal.ts";

/** Every member that was added is there. `0` for a member that its client sent once: the cluster executed it twice. */
export function checkSet(
  findings: Findings,
  key: string,
  entries: readonly Entry[],
  members: ReadonlySet<string>,
): void {
  checkCopies(findings, key, entries, placesOf([...members]));
  for (const entry of entries) {
    const isTwice = entry.outcome === "acknowledged" && entry.answer === 0 && untoldOf(entry) === 0;
    if (isTwice) findings.add("duplicated", key, describe(entry));
  }
}

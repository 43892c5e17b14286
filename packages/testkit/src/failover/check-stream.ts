import { checkCopies, placesOf, resentCopies } from "./check-copies.ts";
import { checkGroup } from "./check-group.ts";
import { outOfOrder } from "./check-order.ts";
import { compareIds, type StreamContents } from "./contents.ts";
import { describe, type Findings } from "./findings.ts";
import type { Entry } from "./journal.ts";

/** Each entry under the id that its writer was told, ids in the order of time, and its group. Returns copies re-sent. */
export function checkStream(
  findings: Findings,
  key: string,
  journal: readonly Entry[],
  contents: StreamContents,
): number {
  const writes = journal.filter(({ kind }) => kind === "write");
  const places = placesOf(contents.entries.map(({ value }) => value));
  checkCopies(findings, key, writes, places);
  checkIdsAscend(findings, key, contents);
  const placeOfId = new Map(contents.entries.map(({ id }, place) => [id, place]));
  const ranked = writes.flatMap((entry) => {
    if (entry.outcome !== "acknowledged") return [];
    const place = placeOfId.get(String(entry.answer));
    const isThere = place !== undefined && contents.entries[place]?.value === entry.value;
    if (isThere) return [{ entry, rank: place }];
    if (places.has(entry.value)) findings.add("reordered", key, `other id: ${describe(entry)}`);
    return [];
  });
  for (const [ended, later] of outOfOrder(ranked)) {
    findings.add("reordered", key, `${describe(ended)} stands behind ${describe(later)}`);
  }
  checkGroup(findings, key, journal, contents);
  return resentCopies(writes, places);
}

function checkIdsAscend(findings: Findings, key: string, { entries }: StreamContents): void {
  for (const [place, { id }] of entries.entries()) {
    const before = entries[place - 1]?.id ?? "0-0";
    if (compareIds(before, id) >= 0) findings.add("reordered", key, `id ${id} follows ${before}`);
  }
}

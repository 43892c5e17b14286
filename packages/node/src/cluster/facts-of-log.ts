import { applyLogCommand, NO_FACTS, type Facts, type StoredState } from "@slotcast/control";

/** What the facts would be if every entry of a voter's log counted. Good for finding other nodes, and for nothing else. */
export function factsOfLog(stored: StoredState | undefined): Facts {
  let facts = stored?.snapshot?.facts ?? NO_FACTS;
  for (const { index, command } of stored?.entries ?? []) {
    const outcome = applyLogCommand(facts, command, index);
    if ("facts" in outcome) ({ facts } = outcome);
  }
  return facts;
}

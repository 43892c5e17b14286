import { expect, test } from "vitest";
import { runStorm } from "./test-storm.ts";

// Goal: Raft's promises hold whatever network, disks and processes do, and it goes on when they behave again.
// Method: a seed decides everything. The checks run after each step of each node; a run that ends has passed them:
// one leader a term, log matching, leader completeness, state machine safety, terms and votes never go back, voters
// change one at a time; then a leader and a commit within 5 s, and nobody disturbs it. A failing seed is named, and
// replayed by `runStorm(seed, voters)`.

const SEEDS = 250;
/** A third of it on a machine without other work: it only ends what hangs. */
const STORMS_TIMEOUT_MS = 120_000;

test.each([3, 5])(
  "%i voters and two bystanders keep Raft's promises in every storm",
  { timeout: STORMS_TIMEOUT_MS },
  (voters) => {
    const outcomes = Array.from({ length: SEEDS }, (_, at) => runStorm(at + 1, voters));
    // A storm that never did this would prove nothing about it.
    const often = [
      "elections",
      "committed",
      "votersChanges",
      "snapshotsInstalled",
      "cuts",
    ] as const;
    for (const what of often) {
      const total = outcomes.reduce((sum, outcome) => sum + outcome[what], 0);
      expect({ what, isFrequent: total > SEEDS / 3 }).toEqual({ what, isFrequent: true });
    }
    expect(outcomes.some((outcome) => outcome.tornWrites > 0)).toBe(true);
    expect(outcomes.some((outcome) => outcome.lostWrites > 0)).toBe(true);
  },
);

test("the same seed is the same storm", () => {
  expect(runStorm(7, 5)).toEqual(runStorm(7, 5));
});

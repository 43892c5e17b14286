import { describe, expect, test } from "vitest";
import { P, R, S, TestPrimary } from "./test-primary.ts";

const PAUSE_MS = 10_000;

/** For how long after that a silent replica is still in the set. */
function removedAfterMs(primary: TestPrimary, withinMs = 30_000): number {
  for (let ms = 20; ms <= withinMs; ms += 20) {
    if (primary.tick(20).proposed() !== undefined) return ms;
  }
  return Infinity;
}

// What came while the process was stopped, or during a long turn, may be handled before its timers.
describe("after a pause of the primary, before its first tick", () => {
  test.each([
    ["facts come", (primary: TestPrimary) => primary.learn({ isr: [P, R] })],
    [
      "another replica asks",
      (primary: TestPrimary) => primary.ask(S, 0, { historyId: "9".repeat(40) }),
    ],
  ])("%s: nobody is blamed for it", (_, happen) => {
    const primary = new TestPrimary({ isr: [P, R] }).follow(R).write("ab").link(S);
    primary.nowMs += PAUSE_MS;
    happen(primary);
    expect(primary.proposed()).toBeUndefined();
    primary.tick(20).ack(R).tick(20);
    expect(primary.proposed()).toBeUndefined();
  });

  test.each([
    ["a link breaks", (primary: TestPrimary) => primary.unlink(R), 200],
    ["something is written", (primary: TestPrimary) => primary.write("abc"), 1100],
  ])("%s: what follows from it takes no longer than ever", (_, happen, withinMs) => {
    const primary = new TestPrimary().follow(R).tick(100);
    primary.nowMs += PAUSE_MS;
    happen(primary);
    expect(removedAfterMs(primary)).toBeLessThan(withinMs);
  });

  test("a new link is as patient as ever", () => {
    const primary = new TestPrimary({ isr: [P, S] }).tick(100);
    primary.nowMs += PAUSE_MS;
    primary.link(S);
    expect(removedAfterMs(primary)).toBeLessThan(1100);
  });
});

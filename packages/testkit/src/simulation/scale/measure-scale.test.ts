import { expect, test } from "vitest";
import { measureScale } from "./measure-scale.ts";

// Goal: what docs/scale.md says of large clusters is true of one that a test can bear, and stays within the design's
// goals: 300 ms after a death, the node timeout and a second after a silence.
test("twenty nodes hear and replace each other in time", () => {
  const figures = measureScale(20);
  expect(figures.factMsMax).toBeLessThan(50);
  expect(figures.suspicionMs).toBeGreaterThan(1300);
  expect(figures.suspicionMs).toBeLessThan(1700);
  expect(figures.killedMs.last).toBeLessThan(300);
  expect(figures.silentMs.last).toBeLessThan(2500);
  expect(figures.bytesPerSecond / 19).toBeLessThan(2000);
});

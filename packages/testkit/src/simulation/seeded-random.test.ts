import { expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";

function draw(random: SeededRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

test("a seed draws the same numbers each time, and another seed others", () => {
  expect(draw(new SeededRandom(7), 20)).toEqual(draw(new SeededRandom(7), 20));
  expect(draw(new SeededRandom(7), 20)).not.toEqual(draw(new SeededRandom(8), 20));
});

test("a fork does not depend on what was drawn before it", () => {
  const early = new SeededRandom(7);
  const late = new SeededRandom(7);
  draw(late, 100);
  expect(draw(late.fork("disk"), 20)).toEqual(draw(early.fork("disk"), 20));
  expect(draw(early.fork("disk"), 20)).not.toEqual(draw(early.fork("network"), 20));
});

test("numbers spread over their range", () => {
  const random = new SeededRandom(1);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 10_000; index += 1) {
    const at = random.below(10);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

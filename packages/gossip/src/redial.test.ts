import { expect, test } from "vitest";
import { LINK_STABLE_MS, REDIAL_MS_MAX, REDIAL_MS_MIN } from "./limits.ts";
import { Redial } from "./redial.ts";

/** The pauses that follow each other when every attempt fails at once. */
function pauses(redial: Redial, count: number): number[] {
  const found: number[] = [];
  for (let attempt = 0; attempt < count; attempt += 1) {
    redial.lost({ nowMs: 0, livedMs: 0 });
    let waitMs = 0;
    while (!redial.isDue(waitMs)) waitMs += 1;
    found.push(waitMs);
  }
  return found;
}

test("pauses double up to the maximum, between half and all of it", () => {
  expect(pauses(new Redial(() => 0), 8)).toEqual([50, 100, 200, 400, 800, 1000, 1000, 1000]);
  const longest = pauses(new Redial(() => 0.999_999), 8);
  expect(longest[0]).toBe(REDIAL_MS_MIN);
  expect(longest.at(-1)).toBe(REDIAL_MS_MAX);
});

test("only a link that lived for a while makes the next pause short again", () => {
  const redial = new Redial(() => 0);
  pauses(redial, 5);
  redial.lost({ nowMs: 0, livedMs: LINK_STABLE_MS - 1 });
  expect(redial.isDue(REDIAL_MS_MIN)).toBe(false);
  redial.lost({ nowMs: 0, livedMs: LINK_STABLE_MS });
  expect(redial.isDue(REDIAL_MS_MIN)).toBe(true);
});

test("a peer that shows up is dialled at once", () => {
  const redial = new Redial(() => 0);
  pauses(redial, 5);
  redial.hurry();
  expect(redial.isDue(0)).toBe(true);
});

import { expect, test } from "vitest";
import { LINK_STABLE_MS, REDIAL_MS_MAX, REDIAL_MS_MIN } from "./limits.ts";
import { Redial } from "./redial.ts";

/** The pauses that follow each other when every attempt fails. */
function pauses(redial: Redial, count: number): number[] {
  const found: number[] = [];
  for (let attempt = 0; attempt < count; attempt += 1) {
    redial.failed(0);
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

test("the loss of a link is looked into at once, and again soon, until somebody refuses", () => {
  const redial = new Redial(() => 0.999_999);
  redial.lost({ nowMs: 5000, livedMs: LINK_STABLE_MS });
  expect(redial.isDue(5000)).toBe(true);
  expect(pauses(redial, 5)).toEqual([2, 4, 8, 16, 32]);
  redial.refused(0);
  expect(redial.isDue(REDIAL_MS_MIN - 1)).toBe(false);
  expect(redial.isDue(REDIAL_MS_MIN)).toBe(true);
});

test("a peer that accepts and closes again and again is not hammered", () => {
  const redial = new Redial(() => 0);
  let dials = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += 1) {
    if (!redial.isDue(nowMs)) continue;
    dials += 1;
    redial.lost({ nowMs, livedMs: 1 });
  }
  expect(dials).toBeLessThan(80);
});

test("a process that was gone and came back is dialled at once when it is lost again", () => {
  const redial = new Redial(() => 0.999_999);
  redial.lost({ nowMs: 0, livedMs: 1 });
  redial.refused(1);
  expect(redial.isDue(2)).toBe(false);
  redial.lost({ nowMs: 300, livedMs: 50 });
  expect(redial.isDue(300)).toBe(true);
  redial.lost({ nowMs: 301, livedMs: 1 });
  expect(redial.isDue(301)).toBe(false);
});

test("only a link that lived for a while makes the next pause short again", () => {
  const redial = new Redial(() => 0);
  redial.lost({ nowMs: 0, livedMs: LINK_STABLE_MS });
  pauses(redial, 9);
  redial.lost({ nowMs: 0, livedMs: LINK_STABLE_MS - 1 });
  expect(redial.isDue(REDIAL_MS_MIN)).toBe(false);
  redial.lost({ nowMs: 0, livedMs: LINK_STABLE_MS });
  expect(redial.isDue(0)).toBe(true);
});

test("a peer that shows up is dialled at once", () => {
  const redial = new Redial(() => 0);
  pauses(redial, 5);
  redial.hurry();
  expect(redial.isDue(0)).toBe(true);
});

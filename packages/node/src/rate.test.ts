import { expect, test } from "vitest";
import { Rate } from "./rate.ts";

test("a steady counter shows its rate once all samples are taken", () => {
  const rate = new Rate();
  for (let tick = 0; tick <= 16; tick += 1) rate.record(1000 + tick * 50, 1 + tick * 100);
  expect(rate.perSecond).toBe(500);
});

test("the first reading is no growth, and a burst fades away", () => {
  const rate = new Rate();
  rate.record(1_000_000, 1);
  expect(rate.perSecond).toBe(0);
  rate.record(1_000_160, 101);
  expect(rate.perSecond).toBe(100);
  for (let tick = 2; tick < 18; tick += 1) rate.record(1_000_160, 1 + tick * 100);
  expect(rate.perSecond).toBe(0);
});

test("a clock that was set back makes no negative or infinite rate", () => {
  const rate = new Rate();
  rate.record(0, 10_000);
  rate.record(100, 10_000);
  rate.record(200, 5000);
  rate.record(300, 5100);
  expect(rate.perSecond).toBe(1000 / 16);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

function recorded(valuesUs: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of valuesUs) histogram.record(value);
  return histogram;
}

describe("LatencyHistogram", () => {
  test("has no percentiles before something is recorded", () => {
    expect(new LatencyHistogram().percentileUs(0.5)).toBeUndefined();
  });

  test("knows values below 128 exactly", () => {
    const histogram = recorded(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(histogram.percentileUs(0.5)).toBe(50);
    expect(histogram.percentileUs(0.99)).toBe(99);
    expect(histogram.percentileUs(1)).toBe(100);
  });

  test("never reports a percentile below the true one, nor more than 1.6 % above it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (valuesUs, share) => {
          const sorted = valuesUs.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
          const reported = recorded(valuesUs).percentileUs(share) ?? -1;
          expect(reported).toBeGreaterThanOrEqual(exact);
          expect(reported).toBeLessThanOrEqual(exact * 1.016);
        },
      ),
    );
  });

  test("counts negative values as zero and endless ones as its maximum", () => {
    const histogram = recorded([-5, 1e12]);
    expect(histogram.percentileUs(0.5)).toBe(0);
    expect(histogram.percentileUs(1)).toBe(2 ** 31 - 1);
  });

  test("adds up: two histograms together are the histogram of all values", () => {
    const sum = recorded([10, 20]);
    sum.add(new LatencyHistogram(recorded([30, 40_000]).counts));
    expect(sum.counts).toEqual(recorded([10, 20, 30, 40_000]).counts);
    expect(sum.total).toBe(4);
  });

  test("is empty again after clear", () => {
    const histogram = recorded([1, 2, 3]);
    histogram.clear();
    expect(histogram.total).toBe(0);
    expect(histogram.percentileUs(0.5)).toBeUndefined();
  });
});

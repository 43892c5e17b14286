import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

// Goal: percentiles and cumulative steps are those of Redis 7.0, which keeps an HdrHistogram of two digits. The pairs
// were read from redis-server 7.0.15 (INFO latencystats, percentiles 50 and 0).

function histogramOf(...microseconds: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const one of microseconds) histogram.record(one / 1000, 1);
  return histogram;
}

test.each([
  [2, 2.007, 2],
  [7, 7.007, 6.976],
  [9, 9.023, 8.96],
  [14, 14.015, 13.952],
  [23, 23.039, 22.912],
  [60, 60.159, 59.904],
  [94, 94.207, 93.696],
  [8454, 8454.143, 8388.608],
])("a call of %d µs is shown as %d, and its bucket begins at %d", (microseconds, middle, least) => {
  const histogram = histogramOf(microseconds);
  expect([histogram.percentile(50), histogram.percentile(0)]).toEqual([middle, least]);
});

test("a percentile is the end of the bucket in which the call of that rank lies", () => {
  const histogram = histogramOf(...Array.from({ length: 100 }, (_, at) => at + 1));
  expect([1, 50, 99, 100].map((percent) => Math.floor(histogram.percentile(percent)))).toEqual([
    1, 50, 99, 100,
  ]); // prettier-ignore
});

test("every duration lies in its bucket, which is at most a hundredth of it wide", () => {
  for (let nanoseconds = 1; nanoseconds < 2 ** 31; nanoseconds = Math.ceil(nanoseconds * 1.07)) {
    const histogram = histogramOf(nanoseconds / 1000);
    const [least, most] = [histogram.percentile(0) * 1000, histogram.percentile(100) * 1000];
    expect(least).toBeLessThanOrEqual(nanoseconds);
    // One less when the milliseconds in between were rounded down.
    expect(most).toBeGreaterThanOrEqual(nanoseconds - 1);
    expect(most - least).toBeLessThanOrEqual(nanoseconds / 100);
  }
});

test("steps double, and only those with more calls are there", () => {
  const histogram = histogramOf(0.3, 1, 3, 3.5, 33, 66, 130, 5000, 1_000_000);
  expect(histogram.cumulative()).toEqual([
    [1, 2],
    [4, 4],
    [33, 5],
    [66, 6],
    [132, 7],
    [8454, 8],
    [1_082_130, 9],
  ]);
});

test("what is longer than the scale counts at its end, and nothing gives nothing", () => {
  const histogram = histogramOf(3_600_000_000);
  expect(histogram.calls).toBe(1);
  expect(histogram.percentile(50)).toBeGreaterThan(2_000_000);
  expect(histogram.cumulative()).toHaveLength(1);
  expect(histogramOf().percentile(99)).toBe(0);
  expect(histogramOf().cumulative()).toEqual([]);
});

test("several calls may be recorded at once", () => {
  const histogram = histogramOf(100);
  histogram.record(0.001, 99);
  expect([histogram.calls, histogram.percentile(99), histogram.percentile(100)]).toEqual([
    100, 1.003, 100.351,
  ]); // prettier-ignore
});

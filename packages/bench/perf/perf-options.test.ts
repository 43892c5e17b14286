import { describe, expect, test } from "vitest";
import { BenchError } from "../src/bench-error.ts";
import type { FigureList } from "./figure-list.ts";
import { parsePerfOptions, perfUsage } from "./perf-options.ts";

const LIST: FigureList = {
  name: "cellar",
  items: [
    { number: 5, what: "speed", measure: () => Promise.resolve([]) },
    { number: 6, what: "memory", measure: () => Promise.resolve([]) },
  ],
};

function parse(line: string): unknown {
  const options = parsePerfOptions(line.split(" ").filter(Boolean), LIST);
  if (options === "help") return options;
  return { ...options, items: options.items.map(({ number }) => number) };
}

describe("parsePerfOptions", () => {
  test.each([
    ["", { items: [5, 6], repeats: 5, isQuick: false }],
    ["--quick", { items: [5, 6], repeats: 1, isQuick: true }],
    ["--quick --repeats 3", { items: [5, 6], repeats: 3, isQuick: true }],
    ["--only 6 --repeats=50", { items: [6], repeats: 50, isQuick: false }],
    ["--only=6,5", { items: [5, 6], repeats: 5, isQuick: false }],
    ["--only 6 --help", "help"],
  ])("reads '%s'", (line, options) => {
    expect(parse(line)).toEqual(options);
  });

  test.each(["--only 8", "--only", "--only 5,x", "--repeats 0", "--repeats 51", "--repeats", "-q"])(
    "refuses '%s'",
    (line) => {
      expect(() => parse(line)).toThrow(BenchError);
    },
  );

  test("says what the list has: to who asks, and to who errs", () => {
    expect(perfUsage(LIST)).toContain("5 speed, 6 memory");
    expect(() => parse("--only 8")).toThrow("--only 8: cellar has 5,6");
  });
});

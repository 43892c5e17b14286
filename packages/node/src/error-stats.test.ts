import { expect, test } from "vitest";
import { ErrorStats } from "./error-stats.ts";
import { ERROR_PREFIXES_MAX } from "./limits.ts";

test("errors are counted by prefix, and listed in their order", () => {
  const errors = new ErrorStats();
  for (const prefix of ["WRONGTYPE", "ERR", "MOVED", "ERR"]) errors.count(prefix);
  expect(errors.entries()).toEqual([
    ["ERR", 2],
    ["MOVED", 1],
    ["WRONGTYPE", 1],
  ]);
});

test("one kind too many, and only that is told", () => {
  const errors = new ErrorStats();
  for (let at = 0; at < ERROR_PREFIXES_MAX; at += 1) errors.count(`E${at}`);
  errors.count("E0");
  expect(errors.entries()).toHaveLength(ERROR_PREFIXES_MAX);
  errors.count("ONE_MORE");
  errors.count("E0");
  expect(errors.entries()).toEqual([["ERRORSTATS_DISABLED", 1]]);
});

import { afterEach, expect, test, vi } from "vitest";
import type { LogFields, Logger } from "../logger.ts";
import { exitOnDiskFailure } from "./exit-on-disk-failure.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a disk that fails ends the process, after one line that says why", () => {
  const lines: (readonly [LogFields, string])[] = [];
  const logger: Logger = {
    debug: () => {},
    verbose: () => {},
    info: () => {},
    warn: () => {},
    fatal: (fields, message) => lines.push([fields, message]),
    child: () => logger,
  };
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("ended");
  });
  const failure = new Error("EIO: i/o error, fsync");
  expect(() => {
    exitOnDiskFailure(logger)(failure);
  }).toThrow("ended");
  expect(exit).toHaveBeenCalledExactlyOnceWith(74);
  expect(lines).toEqual([[{ err: failure }, "the disk failed: what this node voted may be lost"]]);
});

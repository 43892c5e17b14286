import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeLogger, type RootLogger } from "./logger.ts";
import { prettyLogLine } from "./pretty-log-line.ts";

/** What `use` logged. */
function logged(format: "json" | "pretty", use: (logger: RootLogger) => void): string {
  const dir = mkdtempSync(join(tmpdir(), "slotcast-"));
  try {
    const logFile = join(dir, "log");
    use(makeLogger({ level: "notice", format, logFile, hasColor: false }));
    return readFileSync(logFile, "utf8");
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("a line is on disk when the call returns, with pino's level numbers", () => {
  const text = logged("json", (logger) => {
    logger.child({ component: "bus" }).info({ port: 17_000 }, "listening");
  });
  expect(JSON.parse(text)).toMatchObject({
    level: 30,
    component: "bus",
    port: 17_000,
    msg: "listening",
  });
});

test("turning the level turns children that exist already", () => {
  const text = logged("pretty", (logger) => {
    const child = logger.child({});
    child.verbose({}, "one");
    logger.setLevel("debug");
    child.debug({}, "two");
    logger.setLevel("warning");
    child.info({}, "three");
    child.warn({}, "four");
  });
  expect(text.match(/one|two|three|four/g)).toEqual(["two", "four"]);
});

test("a pretty line has time, level, message and fields, and the stack of an error below", () => {
  const time = new Date(2026, 0, 2, 3, 4, 5, 67).getTime();
  const record = { level: 40, time, pid: 1, hostname: "h", port: 7000, name: "a b", msg: "bad" };
  expect(prettyLogLine(JSON.stringify(record), { hasColor: false })).toBe(
    '03:04:05.067 warning bad port=7000 name="a b"\n',
  );
  const withError = { ...record, err: { message: "m", stack: "Error: m\n    at x" } };
  expect(prettyLogLine(JSON.stringify(withError), { hasColor: false })).toContain(
    '"a b"\n  Error: m\n      at x\n',
  );
  expect(prettyLogLine("no json\n", { hasColor: true })).toBe("no json\n");
});

import { expect, test } from "vitest";
import { BusCounters } from "./bus-stats.ts";
import { LinkEndings } from "./link-endings.ts";

function levelOf(reason: Parameters<LinkEndings["count"]>[0], kind: string): string {
  const levels: string[] = [];
  const logger = {
    debug: () => levels.push("debug"),
    info: () => levels.push("info"),
    warn: () => levels.push("warn"),
  };
  const endings = new LinkEndings({ counters: new BusCounters(), logger, nowMs: () => 1000 });
  endings.count(reason, { peer: "a".repeat(40), kind });
  return levels.join();
}

test.each([
  // Nobody has anything more to say, and that is all.
  ["silent", "meet", "debug"],
  ["not-welcome", "meet", "debug"],
  ["peer-closed", "control", "info"],
  // It was let in a moment ago, and we have not heard so yet.
  ["unknown-peer", "control", "info"],
  ["silent", "control", "warn"],
  ["bad-mac", "meet", "warn"],
] as const)(
  "the end of a link by %s, of kind %s, is for the log's level %s",
  (reason, kind, level) => {
    expect(levelOf(reason, kind)).toBe(level);
  },
);

test("what ends while the bus closes is counted, and no news", () => {
  const counters = new BusCounters();
  const logger = { debug: fail, info: fail, warn: fail };
  const endings = new LinkEndings({ counters, logger, nowMs: () => 1000 });
  endings.silence();
  endings.count("bad-mac", { peer: undefined });
  expect(counters.closes["bad-mac"]).toBe(1);
});

function fail(): never {
  throw new Error("logged");
}

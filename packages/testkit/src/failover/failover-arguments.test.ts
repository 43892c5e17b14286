import { describe, expect, test } from "vitest";
import { parseFailoverArguments } from "./failover-arguments.ts";

describe("the arguments of a run", () => {
  test("say which clusters, and which faults", () => {
    const words = "--kills 200 --against redis --restart mixed --pauses 3 --json out.json".split(
      " ",
    );
    expect(parseFailoverArguments(words)).toMatchObject({
      clusters: ["slotcast", "redis"],
      plan: { kills: 200, restart: "mixed", pausesInTimeouts: [1, 10.5, 20], handOvers: 0 },
      json: "out.json",
    });
    expect(parseFailoverArguments(["--probes-only"]).plan.applications).toBe(false);
    expect(parseFailoverArguments([]).plan.applications).toBe(true);
  });

  test.each(["--kills many", "--against valkey", "--restart never", "--kill 3"])(
    "are refused: %s",
    (words) => {
      expect(() => parseFailoverArguments(words.split(" "))).toThrow(Error);
    },
  );
});

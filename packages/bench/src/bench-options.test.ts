import { describe, expect, test } from "vitest";
import { OPTIONS, parseBenchOptions, type BenchOptions } from "./bench-options.ts";
import { helpText } from "./help-text.ts";

function parse(line: string, env: Record<string, string> = {}): BenchOptions {
  const options = parseBenchOptions(line.split(" ").filter(Boolean), env);
  if (options === "help") throw new Error("no help was asked for");
  return options;
}

describe("parseBenchOptions", () => {
  test("measures 1, 2, 3 and 5 nodes in all modes when nothing is said", () => {
    expect(parse("")).toMatchObject({
      nodeCounts: [1, 2, 3, 5],
      modes: ["all", "interest", "sharded"],
      payloadsBytes: [64],
      target: [],
      versus: [],
      ratePerS: undefined,
    });
  });

  test("reads lists, both spellings of a value, and repeated --versus", () => {
    const argv = [
      "--nodes",
      "1,3",
      "--payload=64,1024",
      "--modes",
      "sharded,all",
      "--seconds",
      "0.5",
    ];
    const options = parseBenchOptions([...argv, "--versus", "a b", "--versus=c"], {});
    expect(options).toMatchObject({
      nodeCounts: [1, 3],
      payloadsBytes: [64, 1024],
      modes: ["all", "sharded"],
      seconds: 0.5,
      versus: ["a b", "c"],
    });
  });

  test("reads targets with IPv6 addresses", () => {
    expect(parse("--target localhost:7000,[::1]:7001").target).toEqual([
      { host: "localhost", port: 7000 },
      { host: "::1", port: 7001 },
    ]);
  });

  test("takes the password from the environment as redis-cli does, the option before it", () => {
    expect(parse("", { REDISCLI_AUTH: "from-env" }).password).toBe("from-env");
    expect(parse("--password typed", { REDISCLI_AUTH: "from-env" }).password).toBe("typed");
  });

  test.each([
    ["--pyload 64", "unknown option --pyload: did you mean --payload?"],
    ["--zzz", "unknown option --zzz: see slotcast bench --help"],
    ["extra", "unknown option extra: see slotcast bench --help"],
    ["--nodes 0", "--nodes 0: not a whole number from 1 to 64"],
    ["--nodes 1,x", "--nodes x: not a whole number from 1 to 64"],
    ["--pipeline 1.5", "--pipeline 1.5: not a whole number from 1 to 1000000"],
    ["--seconds 0", "--seconds 0: not a number above 0 and up to 86400"],
    ["--modes all,some", "--modes some: known are all, interest, sharded"],
    ["--target 7000", "--target 7000: not host:port"],
    ["--target a:99999", "--target a:99999: not host:port"],
    ["--json", "--json needs a value: file"],
    ["--threads 1 --threads 2", "--threads is given twice"],
    ["--target a:1 --nodes 2", "--nodes and --target: a running cluster has the nodes it has"],
    ["--json - --csv -", "--json - and --csv -: only one can have stdout"],
  ])("answers %s with one clear line", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  test("shows help whatever else is said", () => {
    expect(parseBenchOptions(["--nodes", "x", "--help"], {})).toBe("help");
  });

  test("explains every option in the help", () => {
    for (const name of Object.keys(OPTIONS)) expect(helpText()).toContain(`  ${name}`);
  });
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "@slotcast/protocol";
import { expect, expectTypeOf, test } from "vitest";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";

function configOf(...argv: string[]): Config {
  return loadConfig({
    argv,
    env: {},
    cwd: "/",
    readStdin: () => {
      throw new Error("no stdin");
    },
  });
}

/** The reply of CONFIG SET, as redis-cli shows it. */
function set(config: Config, ...words: string[]): string {
  const pairs = words.flatMap((word, at): [string, string][] =>
    at % 2 === 0 ? [[word, words[at + 1] ?? ""]] : [],
  );
  try {
    config.set(pairs);
    return "OK";
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${error.prefix} ${error.message}`;
  }
}

function get(config: Config, ...globs: string[]): string {
  return config.getMatching(globs).flat().join(" ");
}

test("get returns the type of the directive", () => {
  const config = configOf("--port", "7000", "--cluster-enabled", "yes");
  expectTypeOf(config.get("port")).toEqualTypeOf<number>();
  expectTypeOf(config.get("cluster-publish-mode")).toEqualTypeOf<"all" | "interest">();
  expect(config.get("port")).toBe(7000);
  expect(config.get("cluster-enabled")).toBe(true);
  expect(config.get("client-output-buffer-limit").pubsub).toEqual({
    hardBytes: 33_554_432,
    softBytes: 8_388_608,
    softSeconds: 60,
  });
});

// Every reply below was given by redis-server 7.0.15.
const failed = (name: string): string =>
  `ERR CONFIG SET failed (possibly related to argument '${name}') -`;
const range = (name: string, ends: string): string =>
  `${failed(name)} argument must be between ${ends} inclusive`;
const noInteger = (name: string): string =>
  `${failed(name)} argument couldn't be parsed into an integer`;
const noMemory = `${failed("maxmemory")} argument must be a memory value`;
const limit = "client-output-buffer-limit";

test.each([
  ["foo", "bar", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
  ["timeout", "x", noInteger("timeout")],
  ["timeout", "05", noInteger("timeout")],
  ["timeout", " 5", noInteger("timeout")],
  ["timeout", "", noInteger("timeout")],
  ["timeout", "-1", range("timeout", "0 and 2147483647")],
  ["timeout", "99999999999999999999", noInteger("timeout")],
  ["slowlog-max-len", "-1", range("slowlog-max-len", "0 and 9223372036854775807")],
  ["slowlog-log-slower-than", "-5", range("slowlog-log-slower-than", "-1 and 9223372036854775807")],
  ["TIMEOUT", "5", "OK"],
  ["maxmemory", "1x", noMemory],
  ["maxmemory", "-1", noMemory],
  ["maxmemory", "1.5mb", noMemory],
  ["maxmemory", "5 mb", noMemory],
  ["maxmemory", "", "OK"],
  ["maxmemory", "1MB", "OK"],
  ["proto-max-bulk-len", "1", range("proto-max-bulk-len", "1048576 and 9223372036854775807")],
  [
    "maxmemory-clients",
    "200%",
    `${failed("maxmemory-clients")} percentage argument must be less or equal to 100`,
  ],
  ["protected-mode", "1", `${failed("protected-mode")} argument must be 'yes' or 'no'`],
  ["protected-mode", "NO", "OK"],
  [
    "loglevel",
    "foo",
    `${failed("loglevel")} argument(s) must be one of the following: debug, verbose, notice, warning`,
  ],
  ["databases", "3", `${failed("databases")} can't set immutable config`],
  ["dir", "/tmp", `${failed("dir")} can't set protected config`],
  [
    limit,
    "normal 1 2",
    `${failed(limit)} Wrong number of arguments in buffer limit configuration.`,
  ],
  [
    limit,
    "master 1 2 3",
    `${failed(limit)} Invalid client class specified in buffer limit configuration.`,
  ],
  [
    limit,
    "pubsub 1 -1k 1",
    `${failed(limit)} Error in hard, soft or soft_seconds setting in buffer limit configuration.`,
  ],
  [limit, "", "OK"],
  ["save", "60", `${failed("save")} Invalid save parameters`],
  ["save", "0 1", `${failed("save")} Invalid save parameters`],
  [
    "notify-keyspace-events",
    "xyz",
    `${failed("notify-keyspace-events")} Invalid event class character. Use 'Ag$lshzxeKEtmdn'.`,
  ],
  [
    "cluster-announce-hostname",
    "a_b",
    `${failed("cluster-announce-hostname")} Hostnames may only contain alphanumeric characters, hyphens or dots`,
  ],
  [
    "latency-tracking-info-percentiles",
    "50 x",
    `${failed("latency-tracking-info-percentiles")} Invalid latency-tracking-info-percentiles parameters`,
  ],
])("CONFIG SET %s '%s' answers as Redis", (name, value, reply) => {
  expect(set(configOf(), name, value)).toBe(reply);
});

test.each([
  ["maxmemory", "1mb", "1048576"],
  ["maxmemory", "18446744073709551615", "18446744073709551615"],
  ["maxmemory-clients", "10%", "10%"],
  ["hz", "1000", "500"],
  ["loglevel", "WARNING", "warning"],
  ["save", "60 100 300 10", "60 100 300 10"],
  ["notify-keyspace-events", "KEA", "AKE"],
  ["notify-keyspace-events", "g$lshzxetdnKEmA", "AnKEm"],
  ["shutdown-on-sigterm", "force now", "now force"],
  [
    limit,
    "normal 1mb 2mb 3 replica 1 2 3",
    "normal 1048576 2097152 3 slave 1 2 3 pubsub 33554432 8388608 60",
  ],
])("after CONFIG SET %s '%s', CONFIG GET prints %s", (name, value, shown) => {
  const config = configOf();
  expect(set(config, name, value)).toBe("OK");
  expect(get(config, name)).toBe(`${name} ${shown}`);
});

test("CONFIG SET reports names before values, and values in the order given", () => {
  const config = configOf();
  expect(set(config, "timeout", "x", "foo", "1")).toMatch(/^ERR Unknown option .* 'foo'$/);
  expect(set(config, "timeout", "x", "hz", "1", "HZ", "2")).toBe(
    `${failed("hz")} duplicate parameter`,
  );
  expect(set(config, "timeout", "x", "hz", "x")).toBe(noInteger("timeout"));
  expect(set(config, "slave-priority", "1", "replica-priority", "2")).toBe("OK");
});

test("CONFIG SET changes nothing when one of its values is bad", () => {
  const config = configOf();
  expect(set(config, "timeout", "5", "hz", "x")).toBe(noInteger("hz"));
  expect(config.get("timeout")).toBe(0);
});

test("a listener that vetoes takes every value of the CONFIG SET back", () => {
  const config = configOf();
  const timeouts: number[] = [];
  config.onChange("timeout", (seconds) => timeouts.push(seconds));
  config.onChange("maxclients", (clients) => {
    if (clients > 20_000) throw new Error("too many files");
  });
  expect(set(config, "timeout", "5", "maxclients", "30000")).toBe(
    `${failed("maxclients")} too many files`,
  );
  expect(timeouts).toEqual([5, 0]);
  expect(get(config, "timeout", "maxclients")).toBe("timeout 0 maxclients 10000");
});

test("a listener is called only when its value changed", () => {
  const config = configOf();
  const seen: number[] = [];
  config.onChange("maxmemory", (bytes) => seen.push(bytes));
  set(config, "maxmemory", "1kb", "timeout", "1");
  set(config, "maxmemory", "1024");
  expect(seen).toEqual([1024]);
});

test("CONFIG GET knows aliases, globs and the spelling that was asked for", () => {
  const config = configOf();
  expect(get(config, "TimeOut", "timeout")).toBe("TimeOut 0");
  expect(get(config, "slave-prio*", "replica-prio*")).toBe(
    "slave-priority 100 replica-priority 100",
  );
  expect(get(config, "[Pp]ort", "port")).toBe("port 6379");
  expect(get(config, "nothing", "no*such")).toBe("");
});

test("the cluster's secret is never shown", () => {
  expect(get(configOf("--cluster-secret", "s3cret"), "*secret*")).toBe("cluster-secret (hidden)");
});

test("directives without effect are named when they were set to something", () => {
  expect(configOf("--appendonly", "yes", "--hz", "10", "--port", "1").withoutEffect()).toEqual([
    "appendonly",
  ]);
});

test("CONFIG REWRITE without a file is an error", () => {
  expect(() => {
    configOf().rewrite();
  }).toThrow("The server is running without a config file");
});

test("CONFIG REWRITE writes behind the last include, which would win otherwise", () => {
  const dir = mkdtempSync(join(tmpdir(), "slotcast-"));
  try {
    const path = join(dir, "a.conf");
    writeFileSync(join(dir, "more.conf"), "maxclients 600\n");
    writeFileSync(path, "maxclients 500\nport 7001\ninclude more.conf\ntimeout 3\n");
    const config = configOf(path);
    expect(set(config, "maxclients", "900", "timeout", "4")).toBe("OK");
    config.rewrite();
    expect(readFileSync(path, "utf8")).toBe(
      "port 7001\ninclude more.conf\ntimeout 4\n\n# Generated by CONFIG REWRITE\nmaxclients 900\n",
    );
    expect(configOf(path).getMatching(["*"])).toEqual(config.getMatching(["*"]));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("CONFIG REWRITE keeps comments and order, changes values, and appends the rest", () => {
  const dir = mkdtempSync(join(tmpdir(), "slotcast-"));
  try {
    const path = join(dir, "a.conf");
    const text = "# mine\nport 7001\n\nsave 900 1\nsave 300 10\n# end\nmaxmemory 10mb\nhz 20\n";
    writeFileSync(path, text);
    chmodSync(path, 0o640);
    const config = configOf(path, "--timeout", "7");
    expect(set(config, "maxmemory", "2gb", "save", "60 5", "requirepass", 'a "b\u00e9')).toBe("OK");
    config.rewrite();
    const rewritten = readFileSync(path, "utf8");
    expect(rewritten).toBe(
      "# mine\nport 7001\n\nsave 60 5\n# end\nmaxmemory 2gb\nhz 20\n\n" +
        '# Generated by CONFIG REWRITE\ntimeout 7\nrequirepass "a \\"b\\xc3\\xa9"\n',
    );
    expect(configOf(path).getMatching(["*"])).toEqual(config.getMatching(["*"]));
    config.rewrite();
    expect(readFileSync(path, "utf8")).toBe(rewritten);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

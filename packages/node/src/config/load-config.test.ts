import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromText } from "@slotcast/protocol";
import { afterAll, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const dir = mkdtempSync(join(tmpdir(), "slotcast-"));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

function load(from: {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}): Config {
  const { argv = [], env = {}, stdin = "" } = from;
  return loadConfig({ argv, env, cwd: dir, readStdin: () => fromText(stdin) });
}

function fileWith(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** The message of the ConfigError. */
function errorOf(from: Parameters<typeof load>[0]): string {
  try {
    load(from);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "no error";
}

test("the command line wins over the environment, and that over the file", () => {
  const path = fileWith("a.conf", "port 1\ntimeout 1\nhz 1\nmaxclients 1\n");
  const env = { SLOTCAST_TIMEOUT: "2", SLOTCAST_HZ: "2", SLOTCAST_MAXCLIENTS: "" };
  const config = load({ argv: [path, "--hz", "3"], env });
  const shown = config.getMatching(["port", "timeout", "hz", "maxclients", "tcp-backlog"]);
  expect(shown.map(([, value]) => value)).toEqual(["1", "2", "3", "1", "511"]);
  expect(config.file).toBe(path);
});

test("a file has comments, quotes, escapes, repeated directives and includes", () => {
  mkdirSync(join(dir, "parts"));
  fileWith("parts/1.conf", "timeout 5\n");
  fileWith("parts/2.conf", "timeout 6\ntcp-keepalive 7");
  const path = fileWith(
    "b.conf",
    [
      "  # comment",
      'requirepass "a b\\x41\\n"',
      "masterauth 'it\\'s'",
      "INCLUDE parts/*.conf",
      "include nothing/*.conf",
      "save 900 1",
      "save 300 10",
      "client-output-buffer-limit pubsub 1mb 0 0",
      "client-output-buffer-limit normal 2mb 0 0",
      "listener a=7001",
      "listener b=[::1]:7002\r",
    ].join("\n"),
  );
  const config = load({ argv: [path] });
  expect(config.get("requirepass")).toBe("a bA\n");
  expect(config.get("masterauth")).toBe("it's");
  expect(config.get("timeout")).toBe(6);
  expect(config.get("tcp-keepalive")).toBe(7);
  expect(config.get("save")).toEqual([
    { seconds: 900, changes: 1 },
    { seconds: 300, changes: 10 },
  ]);
  const { pubsub, normal, replica } = config.get("client-output-buffer-limit");
  expect([pubsub.hardBytes, normal.hardBytes]).toEqual([2 ** 20, 2 ** 21]);
  expect(replica.hardBytes).toBe(268_435_456);
  expect(config.get("listener")).toEqual([
    { name: "a", bind: undefined, port: 7001 },
    { name: "b", bind: "::1", port: 7002 },
  ]);
});

test("an empty save forgets the ones before it", () => {
  const path = fileWith("save.conf", 'save 900 1\nsave ""\nsave 5 5\n');
  expect(load({ argv: [path] }).get("save")).toEqual([{ seconds: 5, changes: 5 }]);
  expect(load({ argv: [path, "--save", ""] }).get("save")).toEqual([]);
});

test("a dash reads the file from standard input, which CONFIG REWRITE cannot write", () => {
  const config = load({ argv: ["-", "--hz", "20"], stdin: "port 7003\n" });
  expect([config.get("port"), config.get("hz"), config.file]).toEqual([7003, 20, undefined]);
});

test("options may take several words, negative numbers, or a value behind an equals sign", () => {
  const config = load({
    argv: [
      "--bind",
      "127.0.0.1",
      "-::1",
      "--port=7000",
      "--slowlog-log-slower-than",
      "-1",
      "--requirepass=--x",
    ],
  });
  expect(config.get("bind")).toEqual(["127.0.0.1", "-::1"]);
  expect(config.get("port")).toBe(7000);
  expect(config.get("slowlog-log-slower-than")).toBe(-1);
  expect(config.get("requirepass")).toBe("--x");
});

test("several words may come as one", () => {
  const path = fileWith("one-word.conf", 'save "900 1 300 10"\n');
  const limits = "normal 1mb 0 0 pubsub 2mb 0 0";
  const config = load({
    argv: [path, "--client-output-buffer-limit", limits, "--bind=127.0.0.1 -::1"],
  });
  const { normal, pubsub } = config.get("client-output-buffer-limit");
  expect([normal.hardBytes, pubsub.hardBytes]).toEqual([2 ** 20, 2 ** 21]);
  expect(config.get("bind")).toEqual(["127.0.0.1", "-::1"]);
  expect(config.get("save")).toHaveLength(2);
});

test("a secret may come from a file, without the line break at its end", () => {
  const path = fileWith("secret", " s3cret \n");
  expect(load({ env: { SLOTCAST_REQUIREPASS_FILE: path } }).get("requirepass")).toBe(" s3cret ");
  expect(errorOf({ env: { SLOTCAST_REQUIREPASS_FILE: path, SLOTCAST_REQUIREPASS: "x" } })).toBe(
    "set SLOTCAST_REQUIREPASS or SLOTCAST_REQUIREPASS_FILE, not both",
  );
  expect(errorOf({ env: { SLOTCAST_CLUSTER_SECRET_FILE: join(dir, "none") } })).toContain(
    "cannot read",
  );
});

test("variables of Kubernetes for a Service named slotcast are not taken for directives", () => {
  const env = {
    SLOTCAST_PORT: "tcp://10.0.0.1:6379",
    SLOTCAST_PORT_6379_TCP_ADDR: "10.0.0.1",
    SLOTCAST_SERVICE_HOST: "10.0.0.1",
    SLOTCAST_BIND: "0.0.0.0 ::1",
  };
  expect(load({ env }).get("port")).toBe(6379);
  expect(load({ env }).get("bind")).toEqual(["0.0.0.0", "::1"]);
});

test.each([
  [["--prot", "7000"], "unknown directive 'prot' (command line); did you mean 'port'?"],
  [
    ["--slave-priorty", "7"],
    "unknown directive 'slave-priorty' (command line); did you mean 'slave-priority'?",
  ],
  [["--port", "70000"], "port: '70000' is not allowed: a number from 0 to 65535 (command line)"],
  [
    ["--cluster-enabled", "--port", "1"],
    "cluster-enabled: a value is missing: yes or no (command line)",
  ],
  [["--appendonly", "maybe"], "appendonly: 'maybe' is not allowed: yes or no (command line)"],
  [
    ["--timeout", "5", "6"],
    "timeout: '5 6' is not allowed: a number from 0 to 2147483647 (command line)",
  ],
  [
    ["--tls-port", "1"],
    "tls-port: '1' is not allowed: TLS is not supported yet, only 0 (command line)",
  ],
  [["--user", "a", "on"], "user: access control lists are not supported yet (command line)"],
  [
    ["--listener", "7001"],
    "listener: '7001' is not allowed: name=bind:port or name=port (command line)",
  ],
  [["--listener", "a=6379"], "listener: 'a' uses the port 6379 of 'port'"],
  [
    ["--cluster-size", "6"],
    "cluster-size: needs cluster-seeds: the nodes that a new node asks first",
  ],
  [
    ["--cluster-seeds", "a"],
    "cluster-seeds: 'a' is not allowed: host:port or host:port@busport, several with commas (command line)",
  ],
  [
    ["--cluster-announce-client", "a=h:1"],
    "cluster-announce-client: there is no listener 'a': add listener a=<port>",
  ],
  [["a", "b"], "unexpected argument 'b': directives are --name value"],
])("%j is refused in one line", (argv, message) => {
  const real = argv[0] === "a" ? [fileWith("empty.conf", ""), "b"] : argv;
  expect(errorOf({ argv: real })).toBe(message);
});

test("errors in a file name the file and the line, also behind an include", () => {
  const inner = fileWith("inner.conf", "\nmaxmemory 5x\n");
  const outer = fileWith("outer.conf", `include ${inner}\n`);
  expect(errorOf({ argv: [outer] })).toBe(
    `maxmemory: '5x' is not allowed: a size such as 100mb, 0 or more (${inner}:2)`,
  );
  expect(errorOf({ argv: [fileWith("q.conf", 'port "7\n')] })).toBe(
    `unbalanced quotes (${join(dir, "q.conf")}:1)`,
  );
  expect(errorOf({ argv: ["none.conf"] })).toBe(
    `cannot read the configuration file ${join(dir, "none.conf")}: no such file or directory`,
  );
  const loop = join(dir, "loop.conf");
  fileWith("loop.conf", `include ${loop}\n`);
  expect(errorOf({ argv: [loop] })).toBe(`include: more than 16 files deep (${loop}:1)`);
});

test("a bad secret is not repeated in the error", () => {
  const argv = ["--cluster-secret", "s3cret", "word"];
  expect(errorOf({ argv })).not.toContain("s3cret");
});

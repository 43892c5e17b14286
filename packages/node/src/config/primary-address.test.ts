import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EMPTY } from "@slotcast/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "slotcast-config-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function load(...argv: readonly string[]): Config {
  return loadConfig({ argv, env: {}, cwd: directory, readStdin: () => EMPTY });
}

test.each([
  [["--replicaof", "10.0.0.1", "6379"], { host: "10.0.0.1", port: 6379 }],
  [["--replicaof", "10.0.0.1 6379"], { host: "10.0.0.1", port: 6379 }],
  [["--slaveof", "fe80::1 0"], { host: "fe80::1", port: 0 }],
  [["--replicaof", "no", "ONE"], undefined],
  [["--replicaof", ""], undefined],
  [[], undefined],
])("%j says whom to follow", (argv, address) => {
  expect(load(...argv).get("replicaof")).toEqual(address);
});

test.each([
  [["--replicaof", "host"]],
  [["--replicaof", "host", "65536"]],
  [["--replicaof", "host", "-1"]],
  [["--replicaof", "host", "x"]],
  [["--replicaof", "a", "1", "2"]],
])("%j is refused", (argv) => {
  expect(() => load(...argv)).toThrow(/^replicaof: .* is not allowed: host and port, or "" \(/);
});

test("a node of a cluster follows nobody by a directive", () => {
  expect(() => load("--cluster-enabled", "yes", "--replicaof", "host 1")).toThrow(
    "replicaof: not allowed in cluster mode",
  );
});

test("CONFIG REWRITE keeps what REPLICAOF said, and nothing of a primary", () => {
  const file = join(directory, "slotcast.conf");
  writeFileSync(file, "port 1\nreplicaof old 1\n");
  const config = load(file);
  config.put("replicaof", ["new", "2"]);
  config.rewrite();
  expect(readFileSync(file, "utf8")).toBe("port 1\nreplicaof new 2\n");
  config.put("replicaof", ["a\nport 3", "2"]);
  config.rewrite();
  expect(readFileSync(file, "utf8")).toBe('port 1\nreplicaof "a\\nport 3" 2\n');
  expect(load(file).get("replicaof")).toEqual({ host: "a\nport 3", port: 2 });
  config.put("replicaof", []);
  config.rewrite();
  expect(readFileSync(file, "utf8")).toBe("port 1\n");
  expect(load(file).get("replicaof")).toBeUndefined();
});

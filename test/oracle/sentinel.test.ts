import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, RespClient, startNode, until, type NodeProcess } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import { redisServerVersion } from "./redis-server.ts";

// Goal: Redis' own sentinel watches over our servers as over its own: it finds the replicas, promotes one when the primary
// dies, and points the other at it.

const TEST_TIMEOUT_MS = 120_000;
const FOUND_WITHIN_MS = 40_000;

/** Asks for the primary, without a majority, soon. */
function configOf(port: number, primaryPort: number): string {
  return [
    `port ${port}`,
    `sentinel monitor ours 127.0.0.1 ${primaryPort} 1`,
    "sentinel down-after-milliseconds ours 1000",
    "sentinel failover-timeout ours 10000",
    "",
  ].join("\n");
}

async function startSentinel(primaryPort: number): Promise<AsyncDisposable & { port: number }> {
  const [port = 0] = await freePorts(1);
  const directory = await mkdtemp(join(tmpdir(), "redis-sentinel-"));
  const file = join(directory, "sentinel.conf");
  await writeFile(file, configOf(port, primaryPort));
  const sentinel = spawn("redis-server", [file, "--sentinel"], { cwd: directory, stdio: "ignore" });
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(sentinel, "exit");
      sentinel.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

async function ask(port: number, ...words: readonly string[]): Promise<string> {
  await using client = await RespClient.connect(port);
  const reply = await client.callRaw(...words);
  return reply.toString();
}

async function roleOf({ port }: NodeProcess): Promise<string> {
  const info = await ask(port, "INFO", "replication");
  return /role:(\w+)/.exec(info)?.[1] ?? "";
}

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)("redis-sentinel 7.0", () => {
  test("promotes a replica of ours", { timeout: TEST_TIMEOUT_MS }, async () => {
    await using primary = await startNode();
    const replicaof = ["127.0.0.1", String(primary.port)];
    await using one = await startNode({ directives: { replicaof } });
    await using two = await startNode({ directives: { replicaof } });
    await using sentinel = await startSentinel(primary.port);
    await until(
      async () => {
        const replicas = await ask(sentinel.port, "SENTINEL", "REPLICAS", "ours");
        const known = [one, two].every(({ port }) => replicas.includes(String(port)));
        return known && !replicas.includes("\r\nerr\r\n");
      },
      { withinMs: FOUND_WITHIN_MS, what: "both replicas, linked" },
    );
    await ask(primary.port, "SET", "kept", "1");
    await primary.kill();
    await until(async () => (await Promise.all([roleOf(one), roleOf(two)])).includes("master"), {
      withinMs: FOUND_WITHIN_MS,
      what: "a new primary",
    });
    const heir = (await roleOf(one)) === "master" ? one : two;
    const other = heir === one ? two : one;
    await until(
      async () => {
        const info = await ask(other.port, "INFO", "replication");
        return info.includes(`master_port:${heir.port}`) && info.includes("link_status:up");
      },
      { withinMs: FOUND_WITHIN_MS, what: "the other replica at the new primary" },
    );
    expect(await ask(heir.port, "GET", "kept")).toBe("$1\r\n1\r\n");
    await ask(heir.port, "SET", "more", "2");
    await until(async () => (await ask(other.port, "GET", "more")) === "$1\r\n2\r\n", {
      withinMs: FOUND_WITHIN_MS,
    });
  });
});

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, NodeProcess, until } from "@slotcast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { redisCliVersion } from "../clients/redis-cli.ts";

/** `redis-cli --cluster` of Debian's redis-tools, unchanged, on nodes that know nothing of each other. */

const run = promisify(execFile);
const nodes: NodeProcess[] = [];
let dir = "";

async function manage(...words: readonly string[]): Promise<string> {
  try {
    // It waits for the nodes to agree, however long that takes.
    const { stdout } = await run("redis-cli", ["--cluster", ...words], { timeout: 60_000 });
    return stdout;
  } catch (error) {
    const { stdout = "" } = error as { stdout?: string }; // execFile adds it
    throw new Error(`redis-cli --cluster ${words.join(" ")}:\n${stdout}`, { cause: error });
  }
}

async function ask(index: number, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run("redis-cli", ["-p", String(nodes[index]?.port), ...words]);
  return stdout.trim();
}

function at(index: number): string {
  return `127.0.0.1:${nodes[index]?.port}`;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "redis-cli-cluster-"));
  for (const port of await freePorts(8)) {
    const directives = {
      dir,
      "cluster-enabled": "yes",
      "cluster-config-file": `nodes-${port}.conf`,
      "cluster-node-timeout": "1500",
    };
    nodes.push(new NodeProcess({ port, directives, env: {}, cleanUp: async () => {} }));
  }
  await Promise.all(nodes.map(async (node) => node.start()));
});
afterAll(async () => {
  await Promise.all(nodes.map(async (node) => node[Symbol.asyncDispose]()));
  await rm(dir, { recursive: true, force: true });
});

test.skipIf(redisCliVersion() === undefined)(
  "redis-cli creates, checks, describes, extends and shrinks a cluster (skipped only without redis-cli)",
  async () => {
    const six = [0, 1, 2, 3, 4, 5];
    const created = await manage(
      "create",
      ...six.map(at),
      "--cluster-replicas",
      "1",
      "--cluster-yes",
    );
    expect(created).toContain("[OK] All nodes agree about slots configuration.");
    expect(created).toContain("[OK] All 16384 slots covered.");

    const checked = await manage("check", at(3));
    expect(checked).toContain("[OK] All 16384 slots covered.");
    expect(checked.match(/1 additional replica/g)).toHaveLength(3);

    await ask(0, "-c", "SET", "colour", "blue");
    expect(await manage("info", at(5))).toMatch(/\[OK\] 1 keys in 3 masters\./);

    // Its own shard, then a replica of the first primary.
    expect(await manage("add-node", at(6), at(0))).toContain("[OK] New node added correctly.");
    const first = await ask(0, "CLUSTER", "MYID");
    const followed = ["--cluster-slave", "--cluster-master-id", first];
    expect(await manage("add-node", at(7), at(1), ...followed)).toContain("[OK] New node added");
    await until(
      async () => (await ask(7, "INFO", "replication")).includes("repl_in_sync_nodes:3"),
      {
        withinMs: 20_000,
        what: "the new replica in sync",
      },
    );
    expect((await ask(2, "CLUSTER", "NODES")).split("\n")).toHaveLength(8);

    const pongs = await manage("call", at(0), "PING");
    expect(pongs.match(/: PONG/g)).toHaveLength(8);

    // CONFIG REWRITE needs a file, here as there: the timeout is set, and redis-cli says that it is not kept.
    await manage("set-timeout", at(0), "2000");
    expect(await ask(4, "CONFIG", "GET", "cluster-node-timeout")).toContain("2000");

    for (const index of [7, 6]) {
      const id = await ask(index, "CLUSTER", "MYID");
      expect(await manage("del-node", at(0), id)).toContain("Sending CLUSTER RESET SOFT");
      await until(async () => (await ask(index, "CLUSTER", "NODES")).split("\n").length === 1, {
        withinMs: 20_000,
        what: "the removed node is alone",
      });
    }
    expect((await ask(2, "CLUSTER", "NODES")).split("\n")).toHaveLength(6);
    expect(await ask(0, "-c", "GET", "colour")).toBe("blue");
    expect(await manage("check", at(0))).toContain("[OK] All 16384 slots covered.");
  },
  180_000,
);

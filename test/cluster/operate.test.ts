import { freePorts, startCluster, startNode, until } from "@slotcast/testkit";
import { expect, test } from "vitest";
import { readStatus, runSlotcast, type CommandResult } from "./slotcast-command.ts";

// Goal: an operator sees how a cluster is, and changes it, with one command each.

const TEST_TIMEOUT_MS = 120_000;
const CHANGED_WITHIN_MS = 30_000;
const SECRET = { SLOTCAST_CLUSTER_SECRET: "known to all nodes of this test" };
const DIRECTIVES = { "cluster-node-timeout": "1500" };

function slotcast(port: number): (...args: readonly string[]) => Promise<CommandResult> {
  return (verb = "", ...args) => runSlotcast("cluster", verb, "--port", `${port}`, ...args);
}

/** `node-1` and so on, as the cluster sees them: a primary first, then those that follow it. */
async function shardsBy(port: number): Promise<string[]> {
  const { shards } = await readStatus(port);
  return shards.map(({ nodes }) =>
    nodes.map(({ name, isInSync }) => `${name}${isInSync ? "" : "?"}`).join(" "),
  );
}

test("status, failover, remove, add and forget", { timeout: TEST_TIMEOUT_MS }, async () => {
  await using cluster = await startCluster({
    ...{ nodes: 2, replicas: 1, directives: DIRECTIVES, env: SECRET },
  });
  const { port } = cluster.node(1);
  const run = slotcast(port);
  const untilShards = async (...shards: readonly string[]): Promise<void> => {
    await until(async () => expect(await shardsBy(port)).toEqual(shards), {
      withinMs: CHANGED_WITHIN_MS,
      what: `the shards ${shards.join(", ")}`,
    });
  };

  const well = await run("status");
  expect(well).toMatchObject({ code: 0, stderr: "" });
  expect(well.stdout).toMatch(/^cluster [0-9a-f]{8} is ok: 16384 of 16384 slots have an owner/);
  expect(well.stdout).toMatch(/node-1 +127\.0\.0\.1:\d+ +primary +yes .* 0-8191$/m);
  expect(well.stdout).not.toContain("\u001b");
  const forPrograms = await run("status", "--json");
  expect(JSON.parse(forPrograms.stdout)).toMatchObject({ state: "ok", problems: [] });
  await untilShards("node-1 node-3", "node-2 node-4");

  expect(await run("failover", "--shard", "node-1")).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^node-3 leads shard [0-9a-f]{8} now\n$/),
    stderr: "",
  });
  await untilShards("node-3 node-1", "node-2 node-4");
  expect((await run("failover", "--node", "node-1")).code).toBe(0);
  await untilShards("node-1 node-3", "node-2 node-4");

  // A primary that has a replica hands over before it goes.
  expect(await run("remove", "node-1")).toEqual({
    code: 0,
    stdout: "node-3 leads its shard now\nnode-1 is no member any more\n",
    stderr: "",
  });
  await untilShards("node-3", "node-2 node-4");
  const degraded = await run("status");
  expect(degraded.code).toBe(2);
  expect(degraded.stdout).toContain("no replica: this shard has one copy of its data");
  const refused = await run("remove", "node-3");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^slotcast: node-3 has slots and no replica [^\n]+\n$/);
  await untilShards("node-3", "node-2 node-4");

  await using fresh = await startNode({
    directives: {
      ...DIRECTIVES,
      "cluster-enabled": "yes",
      "cluster-announce-human-nodename": "node-5",
    },
    env: SECRET,
  });
  const address = `127.0.0.1:${fresh.port}`;
  expect(await run("add", address, "--replica-of", "node-3")).toEqual({
    code: 0,
    stdout: `${address} follows node-3, in sync\n`,
    stderr: "",
  });
  await untilShards("node-3 node-5", "node-2 node-4");
  expect((await run("status")).code).toBe(0);
  expect((await run("add", address)).stderr).toBe(`slotcast: ${address} is a member already\n`);

  await cluster.kill(3);
  await until(async () => expect((await run("status")).stdout).toContain("node-4 has failed"), {
    withinMs: CHANGED_WITHIN_MS,
    what: "a failed node-4",
  });
  expect(await run("forget", "node-4")).toEqual({
    code: 0,
    stdout: "node-4 is no member any more\n",
    stderr: "",
  });
  await untilShards("node-3 node-5", "node-2");
});

test("what cannot be is one line and exit code 1", { timeout: TEST_TIMEOUT_MS }, async () => {
  const [port = 0] = await freePorts(1);
  const run = slotcast(port);
  const nobody = `slotcast: 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}\n`;
  for (const args of [["status"], ["failover"], ["forget", "x"], ["remove", "x"], ["add", "a:1"]]) {
    expect(await run(...args)).toEqual({ code: 1, stdout: "", stderr: nobody });
  }
  for (const [args, text] of [
    [["add", "x"], "'x' is not of the form host:port"],
    [["forget"], "which node?"],
    [["status", "x"], "unexpected argument 'x'"],
    [["failover", "--force", "--takeover"], "--force or --takeover, not both"],
  ] as const) {
    expect(await run(...args)).toEqual({ code: 1, stdout: "", stderr: `slotcast: ${text}\n` });
  }
  await using alone = await startNode();
  expect((await slotcast(alone.port)("status")).stderr).toBe(
    `slotcast: 127.0.0.1:${alone.port}: This instance has cluster support disabled\n`,
  );
});

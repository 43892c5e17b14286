import { randomBytes } from "node:crypto";
import { startCluster, startNode, until, type NodeProcess } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: a node that was removed stays out, though it knows the secret, remembers its peers and goes on dialling them.

const WITHIN_MS = 20_000;
const TIMEOUT_MS = 120_000;

test(
  "a forgotten node stays out: it is in no list, hears no message, is heard by nobody and has no vote, also after a restart, until CLUSTER MEET",
  { timeout: TIMEOUT_MS },
  async () => {
    const env = { SLOTCAST_CLUSTER_SECRET: randomBytes(32).toString("hex") };
    await using cluster = await startCluster({ env });
    await using fourth = await startNode({ env, directives: { "cluster-enabled": "yes" } });
    await using first = await cluster.node(0).connect();
    await using own = await fourth.connect();
    const id = await own.callText("CLUSTER", "MYID");
    await first.call("CLUSTER", "MEET", "127.0.0.1", String(fourth.port));
    await untilInfo(fourth, "cluster_links_connected:3");
    for (const node of cluster.nodes) await untilInfo(node, "cluster_links_connected:3");
    await using inside = await cluster.node(1).connect();
    await inside.subscribe("SUBSCRIBE", "news");
    await own.subscribe("SUBSCRIBE", "news");
    await first.call("PUBLISH", "news", "to all four");
    expect(await inside.nextPush()).toEqual(["message", "news", "to all four"]);
    expect(await own.nextPush()).toEqual(["message", "news", "to all four"]);

    expect(await first.call("CLUSTER", "FORGET", id)).toBe("OK");
    for (const node of cluster.nodes) await untilInfo(node, "cluster_known_nodes:3");
    await untilRefused(cluster.node(0));
    await first.call("PUBLISH", "news", "to the three");
    expect(await inside.nextPush()).toEqual(["message", "news", "to the three"]);
    await using outside = await fourth.connect();
    await outside.call("PUBLISH", "news", "from outside");
    // Each would have heard the other's message first.
    expect(await own.nextPush()).toEqual(["message", "news", "from outside"]);
    await first.call("PUBLISH", "news", "to the three again");
    expect(await inside.nextPush()).toEqual(["message", "news", "to the three again"]);

    await fourth.restart();
    await untilRefused(cluster.node(0));
    for (const node of cluster.nodes) {
      await using client = await node.connect();
      expect(await client.callText("CLUSTER", "NODES")).not.toContain(id);
      expect(await client.callText("CLUSTER", "STATUS")).not.toContain(id);
    }

    await using again = await fourth.connect();
    expect(await again.call("CLUSTER", "MEET", "127.0.0.1", String(cluster.node(0).port))).toBe(
      "OK",
    );
    for (const node of [...cluster.nodes, fourth])
      await untilInfo(node, "cluster_links_connected:3");
    expect(await again.callText("CLUSTER", "MYID")).toBe(id);
    await again.subscribe("SUBSCRIBE", "news");
    await first.call("PUBLISH", "news", "to all four again");
    expect(await again.nextPush()).toEqual(["message", "news", "to all four again"]);
  },
);

async function untilInfo(node: NodeProcess, line: string): Promise<void> {
  await until(async () => (await clusterInfo(node)).includes(line), {
    withinMs: WITHIN_MS,
    what: `${line} on port ${node.port}`,
  });
}

/** The node has turned somebody away who is none of its peers, some times from now on. */
async function untilRefused(node: NodeProcess): Promise<void> {
  const before = refusedIn(await clusterInfo(node));
  await until(async () => refusedIn(await clusterInfo(node)) >= before + 3, {
    withinMs: WITHIN_MS,
    what: `refused dials on port ${node.port}`,
  });
}

async function clusterInfo(node: NodeProcess): Promise<string[]> {
  await using client = await node.connect();
  return (await client.callText("CLUSTER", "INFO")).split("\r\n");
}

function refusedIn(lines: readonly string[]): number {
  const line = lines.find((each) => each.startsWith("cluster_bus_closed_unknown_peer:"));
  return Number(line?.split(":")[1] ?? 0);
}

import { ascii, makeReplyWriter } from "@slotcast/protocol";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { controlPaths, ControlStore } from "./cluster/control-store.ts";
import { TestClusterNode, type TestNodeOptions } from "./cluster/test-cluster-node.ts";
import { founded, id, joined, nodeFact } from "./cluster/test-facts.ts";
import { clusterLinks } from "./commands/cluster/cluster-links.ts";
import type { CommandContext } from "./commands/handler.ts";
import { RecordingLogger } from "./recording-logger.ts";

const READ = { isWrite: false, isShardChannel: false };
const CLIENT = { readsReplica: false };

/** Every node a test made, stopped after it. */
let nodes: TestClusterNode[] = [];

afterEach(async () => {
  const all = nodes;
  nodes = [];
  await Promise.all(all.map(async (node) => node[Symbol.asyncDispose]()));
});

async function make(options?: TestNodeOptions): Promise<TestClusterNode> {
  const node = await TestClusterNode.make(options);
  nodes.push(node);
  return node;
}

async function start(options?: TestNodeOptions): Promise<TestClusterNode> {
  const node = await make(options);
  await node.cluster.start();
  return node;
}

/** A has the first half of the slots, B the second. */
async function startPair(
  flags: { a?: string; b?: string } = {},
): Promise<readonly [TestClusterNode, TestClusterNode]> {
  const [a, b] = [await start({ flags: flags.a ?? "" }), await start({ flags: flags.b ?? "" })];
  await a.addSlots(0, 8191);
  await b.addSlots(8192, 16_383);
  await b.meet(a);
  for (const node of [a, b]) {
    await vi.waitFor(() => {
      expect([node.line("cluster_links_connected"), node.line("cluster_state")]).toEqual([1, "ok"]);
    }, 5000);
  }
  return [a, b];
}

describe("a request is routed", () => {
  test("here, to its owner, or nowhere", async () => {
    const flags = "--cluster-require-full-coverage no";
    const [a, b] = [await start({ flags }), await start({ flags })];
    await a.addSlots(0, 99);
    await b.addSlots(100, 199);
    await a.meet(b);
    await vi.waitFor(() => {
      expect(a.cluster.route(99, READ, CLIENT)).toEqual({ to: "here" });
      expect(a.cluster.route(100, READ, CLIENT)).toEqual({ to: "moved", slot: 100, nodeId: b.id });
      expect(b.cluster.route(99, READ, CLIENT)).toEqual({ to: "moved", slot: 99, nodeId: a.id });
    }, 5000);
    expect(a.cluster.route(200, READ, CLIENT)).toMatchObject({ to: "refuse" });
    expect(a.cluster.route(-1, READ, CLIENT)).toMatchObject({ error: { prefix: "CROSSSLOT" } });
  });

  test("by what the directives say at that moment", async () => {
    const node = await start();
    await node.addSlots(0, 99);
    const { cluster, config } = node;
    const write = { ...READ, isWrite: true };
    expect(cluster.route(0, READ, CLIENT)).toMatchObject({
      error: { message: "The cluster is down" },
    });
    config.set([["cluster-allow-reads-when-down", "yes"]]);
    expect(cluster.route(0, READ, CLIENT)).toEqual({ to: "here" });
    expect(cluster.route(0, write, CLIENT)).toMatchObject({ error: { prefix: "CLUSTERDOWN" } });
    config.set([["cluster-require-full-coverage", "no"]]);
    expect(cluster.route(0, write, CLIENT)).toEqual({ to: "here" });
    config.set([["cluster-require-full-coverage", "yes"]]);
    expect(cluster.route(0, write, CLIENT)).toMatchObject({ error: { prefix: "CLUSTERDOWN" } });
  });
});

describe("the text of a redirect", () => {
  const names = "--cluster-announce-ip 127.0.0.9 --cluster-announce-hostname one.example";

  test.each([
    ["ip", "127.0.0.9"],
    ["hostname", "one.example"],
    ["unknown-endpoint", ""],
  ])("with cluster-preferred-endpoint-type %s has '%s'", async (type, host) => {
    const flags = `${names} --cluster-preferred-endpoint-type ${type}`;
    const { cluster, id: selfId, port } = await make({ flags });
    expect(cluster.endpointText(selfId, "default")).toBe(`${host}:${port}`);
  });

  test("has an IPv6 address as it is, before the last colon", async () => {
    const { cluster, id: selfId, port } = await make({ flags: "--cluster-announce-ip ::1" });
    expect(cluster.endpointText(selfId, "default")).toBe(`::1:${port}`);
  });
});

describe("two nodes", () => {
  test("tell each other their addresses for clients", async () => {
    const external = (port: number): string =>
      `--listener external=${port} --cluster-announce-client external=localhost:${port}`;
    const [a, b] = await startPair({
      a: external(7100),
      b: `${external(7101)} --cluster-announce-hostname two.example`,
    });
    await vi.waitFor(() => {
      expect(a.cluster.endpointText(b.id, "external")).toBe("localhost:7101");
      expect(b.cluster.endpointText(a.id, "external")).toBe("localhost:7100");
    });
    a.config.set([["cluster-preferred-endpoint-type", "hostname"]]);
    expect(a.cluster.endpointText(b.id, "default")).toMatch(/^two\.example:/);
    b.config.set([["cluster-announce-hostname", "renamed.example"]]);
    await vi.waitFor(() => {
      expect(a.cluster.endpointText(b.id, "default")).toMatch(/^renamed\.example:/);
    });
  });

  test("pass on what the other wants, and with publish mode all everything", async () => {
    const [a, b] = await startPair();
    const seqs = [
      b.cluster.interestAdded("channel", ascii("news")),
      b.cluster.interestAdded("pattern", ascii("log.*")),
    ];
    await vi.waitFor(() => {
      expect(b.cluster.acknowledgedInterestSeq).toBeGreaterThanOrEqual(Math.max(...seqs));
    });
    const publish = (channel: string): void => {
      a.cluster.publish(ascii(channel), ascii("hello"));
    };
    for (const channel of ["weather", "news", "log.error"]) publish(channel);
    await vi.waitFor(() => {
      expect(b.received).toEqual(["news hello", "log.error hello"]);
    });
    b.cluster.interestRemoved("channel", ascii("news"));
    a.config.set([["cluster-publish-mode", "all"]]);
    expect(a.line("cluster_publish_mode")).toBe("all");
    publish("weather");
    await vi.waitFor(() => {
      expect(b.received.at(-1)).toBe("weather hello");
    });
    expect(a.line("cluster_stats_messages_publish_sent")).toBe(3);
    expect(b.line("cluster_stats_messages_publish_received")).toBe(3);
    expect(b.line("cluster_stats_bytes_publish_received")).toBeGreaterThan(3 * 5);
  });

  test("shard channels are no interest of the bus", async () => {
    const { cluster } = await start();
    expect(cluster.interestAdded("shardChannel", ascii("orders"))).toBe(0);
    cluster.interestRemoved("shardChannel", ascii("orders"));
  });

  test("show their links as CLUSTER LINKS of Redis does, two for each of its one", async () => {
    const [a, b] = await startPair();
    const reply = makeReplyWriter(3);
    reply.to = { out: "" };
    clusterLinks({ reply, broker: { cluster: a.cluster } } as CommandContext); // it uses nothing else
    const link = (direction: string): string =>
      `%6 $9 direction ${direction} $4 node $40 ${b.id} $11 create-time :0 $6 events $1 r ` +
      "$21 send-buffer-allocated :0 $16 send-buffer-used :0 ";
    expect(reply.to.out.replaceAll("\r\n", " ").replace(/:\d{13} /g, ":0 ")).toBe(
      `*4 ${link("$2 to").repeat(2)}${link("$4 from").repeat(2)}`,
    );
  });

  test("see each other as connected, and suspect who is silent too long", async () => {
    const [a, b] = await startPair();
    const { id: peerId } = b;
    expect(a.cluster.peerState(peerId)).toMatchObject({ isConnected: true, isSuspected: false });
    expect(a.cluster.links().map(({ nodeId }) => nodeId)).toEqual([peerId, peerId, peerId, peerId]);
    a.config.set([["cluster-node-timeout", "1"]]);
    await b.stop();
    // It is the only voter, so what it suspects is agreed.
    await vi.waitFor(() => {
      const down = { isConnected: false, isSuspected: true, isFailed: true };
      expect(a.cluster.peerState(peerId)).toMatchObject(down);
    }, 20_000);
    expect(a.line("cluster_slots_fail")).toBe(8192);
    expect(a.line("cluster_slots_ok")).toBe(8192);
  });
});

describe("a node cannot start", () => {
  test("when its bus port is in use", async () => {
    const { busPort } = await start();
    const rival = await make({ flags: `--cluster-port ${busPort}` });
    await expect(rival.cluster.start()).rejects.toThrow(
      `cluster-port: cannot listen on 127.0.0.1 port ${busPort}: the port is in use`,
    );
  });

  test("without a secret when a peer, or a seed, is on another machine", async () => {
    const needed = /^cluster-secret: needed, since the node at 10\.0\.0\.2/;
    const dir = mkdtempSync(join(tmpdir(), "cluster-node-"));
    const store = new ControlStore({
      paths: controlPaths(join(dir, "nodes.conf")),
      logger: new RecordingLogger(),
      newNodeId: () => id("b1"),
      diskFailed: () => {},
    });
    const remote = joined(founded(nodeFact("a1", { host: "10.0.0.2" })), "b1");
    store.saveFacts(remote);
    await store.close();
    const open = (flags: string): TestClusterNode => {
      const node = new TestClusterNode({ dir, port: 7000, flags });
      nodes.push(node);
      return node;
    };
    expect(() => open("")).toThrow(needed);
    const { cluster } = open("--cluster-secret 0123456789abcdef");
    expect([...cluster.view.nodes.keys()]).toEqual([id("a1"), id("b1")]);
    await expect(make({ flags: "--cluster-seeds 10.0.0.2:7000" })).rejects.toThrow(needed);
  });
});

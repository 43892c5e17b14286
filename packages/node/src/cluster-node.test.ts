import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ascii, EMPTY, makeReplyWriter } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClusterNode } from "./cluster-node.ts";
import { Turn } from "./turn.ts";
import { clusterLinks } from "./commands/cluster/cluster-links.ts";
import type { CommandContext } from "./commands/handler.ts";
import type { Config } from "./config/config.ts";
import { loadConfig } from "./config/load-config.ts";
import { makeLogger } from "./logger.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const READ = { isWrite: false, isShardChannel: false };
const CLIENT = { readsReplica: false };

let directory = "";
/** Every node a test made, stopped after it. */
let nodes: ClusterNode[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cluster-node-"));
  nodes = [];
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(directory, { recursive: true });
});

interface Member {
  readonly node: ClusterNode;
  readonly config: Config;
  /** `channel payload` of each message from the bus. */
  readonly received: string[];
}

function makeMember(file: string, flags = ""): Member {
  const name = `nodes-${nodes.length}.conf`;
  writeFileSync(join(directory, name), file);
  const argv = `--port 0 --dir ${directory} --cluster-config-file ${name} ${flags}`
    .trim()
    .split(" ");
  const config = loadConfig({ argv, env: {}, cwd: directory, readStdin: () => EMPTY });
  const received: string[] = [];
  const turn = new Turn([
    () => {
      node.flush();
    },
  ]);
  const node: ClusterNode = new ClusterNode({
    config,
    logger: makeLogger({
      level: "warning",
      format: "json",
      logFile: join(directory, "log"),
      hasColor: false,
    }),
    callbacks: {
      published: (channel, payload) => received.push(`${channel} ${payload}`),
      interestAcknowledged: () => {},
      schedule: () => {
        turn.schedule();
      },
    },
  });
  nodes.push(node);
  return { node, config, received };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/** A shared the first half of the slots, B the second, each with a file that says who it is. */
async function startPair(
  flags: { a?: string; b?: string } = {},
): Promise<readonly [Member, Member]> {
  const [portA, portB] = [await freePort(), await freePort()];
  const lineOf = (id: string, busPort: number, slots: string): string =>
    `${id} 127.0.0.1:${busPort - 1}@${busPort} FLAGS - 0 0 1 connected ${slots}`;
  const lines = [lineOf(A, portA, "0-8191"), lineOf(B, portB, "8192-16383")];
  const fileOf = (self: string): string =>
    lines
      .map((text) => text.replace("FLAGS", text.startsWith(self) ? "myself,master" : "master"))
      .join("\n");
  const pair = [makeMember(fileOf(A), flags.a), makeMember(fileOf(B), flags.b)] as const;
  await Promise.all(pair.map(({ node }) => node.start()));
  for (const { node } of pair) {
    await vi.waitFor(() => {
      expect(line(node, "cluster_links_connected")).toBe(1);
    }, 5000);
  }
  return pair;
}

function line(node: ClusterNode, name: string): string | number | undefined {
  return [...node.stateLines(), ...node.infoLines()].find(([found]) => found === name)?.[1];
}

const HALF = [
  `${A} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-99`,
  `${B} 127.0.0.1:7001@17001 master - 0 0 2 connected 100-199`,
].join("\n");

describe("a request is routed", () => {
  test("here, to its owner, or nowhere", () => {
    const { node } = makeMember(HALF, "--cluster-require-full-coverage no");
    expect(node.route(99, READ, CLIENT)).toEqual({ to: "here" });
    expect(node.route(100, READ, CLIENT)).toEqual({ to: "moved", slot: 100, nodeId: B });
    expect(node.route(200, READ, CLIENT)).toMatchObject({ to: "refuse" });
    expect(node.route(-1, READ, CLIENT)).toMatchObject({ error: { prefix: "CROSSSLOT" } });
  });

  test("by what the directives say at that moment", () => {
    const { node, config } = makeMember(HALF);
    const write = { ...READ, isWrite: true };
    expect(node.route(0, READ, CLIENT)).toMatchObject({
      error: { message: "The cluster is down" },
    });
    config.set([["cluster-allow-reads-when-down", "yes"]]);
    expect(node.route(0, READ, CLIENT)).toEqual({ to: "here" });
    expect(node.route(0, write, CLIENT)).toMatchObject({ error: { prefix: "CLUSTERDOWN" } });
    config.set([["cluster-require-full-coverage", "no"]]);
    expect(node.route(0, write, CLIENT)).toEqual({ to: "here" });
    config.set([["cluster-require-full-coverage", "yes"]]);
    expect(node.route(0, write, CLIENT)).toMatchObject({ error: { prefix: "CLUSTERDOWN" } });
  });
});

describe("the text of a redirect", () => {
  const withNames = HALF.replace("17001", "17001,two.example");

  test.each([
    ["ip", "127.0.0.1:7001"],
    ["hostname", "two.example:7001"],
    ["unknown-endpoint", ":7001"],
  ])("with cluster-preferred-endpoint-type %s is %s", (type, text) => {
    const { node } = makeMember(withNames, `--cluster-preferred-endpoint-type ${type}`);
    expect(node.endpointText(B, "default")).toBe(text);
  });

  test("has an IPv6 address as it is, before the last colon", () => {
    const { node } = makeMember(HALF.replace("127.0.0.1:7001", "::1:7001"));
    expect(node.endpointText(B, "default")).toBe("::1:7001");
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
      expect(a.node.endpointText(B, "external")).toBe("localhost:7101");
      expect(b.node.endpointText(A, "external")).toBe("localhost:7100");
    });
    a.config.set([["cluster-preferred-endpoint-type", "hostname"]]);
    expect(a.node.endpointText(B, "default")).toMatch(/^two\.example:/);
    b.config.set([["cluster-announce-hostname", "renamed.example"]]);
    await vi.waitFor(() => {
      expect(a.node.endpointText(B, "default")).toMatch(/^renamed\.example:/);
    });
  });

  test("pass on what the other wants, and with publish mode all everything", async () => {
    const [a, b] = await startPair();
    const seqs = [
      b.node.interestAdded("channel", ascii("news")),
      b.node.interestAdded("pattern", ascii("log.*")),
    ];
    await vi.waitFor(() => {
      expect(b.node.acknowledgedInterestSeq).toBeGreaterThanOrEqual(Math.max(...seqs));
    });
    const publish = (channel: string): void => {
      a.node.publish(ascii(channel), ascii("hello"));
    };
    for (const channel of ["weather", "news", "log.error"]) publish(channel);
    await vi.waitFor(() => {
      expect(b.received).toEqual(["news hello", "log.error hello"]);
    });
    b.node.interestRemoved("channel", ascii("news"));
    a.config.set([["cluster-publish-mode", "all"]]);
    expect(line(a.node, "cluster_publish_mode")).toBe("all");
    publish("weather");
    await vi.waitFor(() => {
      expect(b.received.at(-1)).toBe("weather hello");
    });
    expect(line(a.node, "cluster_stats_messages_publish_sent")).toBe(3);
    expect(line(b.node, "cluster_stats_messages_publish_received")).toBe(3);
    expect(line(b.node, "cluster_stats_bytes_publish_received")).toBeGreaterThan(3 * 5);
  });

  test("shard channels are no interest of the bus", async () => {
    const [, b] = await startPair();
    expect(b.node.interestAdded("shardChannel", ascii("orders"))).toBe(0);
    b.node.interestRemoved("shardChannel", ascii("orders"));
  });

  test("show their links as CLUSTER LINKS of Redis does, two for each of its one", async () => {
    const [a] = await startPair();
    const reply = makeReplyWriter(3);
    reply.to = { out: "" };
    clusterLinks({ reply, broker: { cluster: a.node } } as CommandContext); // it uses nothing else
    const link = (direction: string): string =>
      `%6 $9 direction ${direction} $4 node $40 ${B} $11 create-time :0 $6 events $1 r ` +
      "$21 send-buffer-allocated :0 $16 send-buffer-used :0 ";
    expect(reply.to.out.replaceAll("\r\n", " ").replace(/:\d{13} /g, ":0 ")).toBe(
      `*4 ${link("$2 to").repeat(2)}${link("$4 from").repeat(2)}`,
    );
  });

  test("see each other as connected, and suspect who is silent too long", async () => {
    const [a, b] = await startPair();
    expect(a.node.peerState(B)).toMatchObject({ isConnected: true, isSuspected: false });
    expect(a.node.links().map(({ nodeId }) => nodeId)).toEqual([B, B, B, B]);
    a.config.set([["cluster-node-timeout", "1"]]);
    await b.node.stop();
    await vi.waitFor(() => {
      expect(a.node.peerState(B)).toMatchObject({ isConnected: false, isSuspected: true });
    });
    expect(line(a.node, "cluster_slots_pfail")).toBe(8192);
    expect(line(a.node, "cluster_slots_ok")).toBe(8192);
  });
});

describe("a node cannot start", () => {
  test("when its bus port is in use", async () => {
    const [{ node }] = await startPair();
    const { busPort } = node.view.self;
    const alone = `${A} 127.0.0.1:7000@${busPort} myself,master - 0 0 1 connected 0-16383`;
    const rival = makeMember(alone);
    await expect(rival.node.start()).rejects.toThrow(
      `cluster-port: cannot listen on 127.0.0.1 port ${busPort}: the port is in use`,
    );
  });

  test("without a secret when a peer is on another machine", () => {
    const remote = HALF.replace("127.0.0.1:7001", "10.0.0.2:7001");
    expect(() => makeMember(remote)).toThrow(
      /^cluster-secret: needed, since the node at 10\.0\.0\.2/,
    );
    expect(() => makeMember(remote, "--cluster-secret 0123456789abcdef")).not.toThrow();
  });

  test("when a peer has no address", () => {
    expect(() => makeMember(HALF.replace("127.0.0.1:7001", ":7001"))).toThrow(
      `cluster-config-file: '' is not an address, of node ${B}`,
    );
  });
});

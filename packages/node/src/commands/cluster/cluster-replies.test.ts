import { ascii, EMPTY } from "@slotcast/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClusterNode } from "../../cluster/test-cluster-node.ts";
import {
  applied,
  founded,
  id,
  joined,
  nodeFact,
  replicating,
  shardId,
  withSlots,
} from "../../cluster/test-facts.ts";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";
import { FactsCluster } from "./facts-cluster.ts";

// Goal: the three topology replies and their kin are those of Redis 7.0.15, byte for byte. The expected ones
// were recorded from a cluster of three; test/oracle/cluster-forms.test.ts compares with a live one.

const A = id("a1");
const B = id("b1");
const C = id("b2");

/** The node A of three. B has two ranges and a replica, and was there before A: replies are in the order of slots. */
class Asker {
  readonly cluster: FactsCluster;

  constructor({ endpointType = "ip" }: { readonly endpointType?: string } = {}) {
    let facts = withSlots(
      founded(nodeFact("b1", { port: 21_002, busPort: 31_002 })),
      "b",
      101,
      199,
    );
    facts = withSlots(facts, "b", 16_383, 16_383);
    facts = joined(facts, "a1", "a", { port: 21_001, busPort: 31_001, hostname: "h1.example" });
    facts = withSlots(withSlots(facts, "a", 0, 100), "a", 200, 16_382);
    facts = joined(facts, "b2", "f", { host: "::1", port: 21_003, busPort: 31_003 });
    facts = replicating(facts, "b2", "b");
    facts = applied(facts, { kind: "set-epoch", shardId: shardId("a"), epoch: 3 });
    this.cluster = new FactsCluster(
      "a1",
      facts,
      ...["--cluster-announce-hostname", "h1.example"],
      ...["--cluster-preferred-endpoint-type", endpointType],
      ...["--listener", "external=22001", "--cluster-announce-client", "external=localhost:22001"],
    );
    const external = { name: "external", host: "localhost", port: 22_002 };
    this.cluster.addresses.learn(B, { listeners: [external], hostname: "", version: "" });
    // They know each other, and just now nobody else is there.
    for (const peer of [B, C]) this.cluster.states.set(peer, { isConnected: false });
  }

  /** The reply with a space for each CRLF. */
  ask(
    line: string,
    options: { readonly protocol?: 2 | 3; readonly listener?: string } = {},
  ): string {
    const { protocol = 2, listener = "default" } = options;
    return askOn(this.cluster.node.connect(listener), line, protocol);
  }
}

function askOn(client: SocketlessClient, line: string, protocol: 2 | 3 = 2): string {
  if (protocol === 3) client.send("HELLO 3");
  return client.send(`CLUSTER ${line}`);
}

describe("CLUSTER SLOTS", () => {
  const nodeA = `$9 127.0.0.1 :21001 $40 ${A} `;
  const nodeB = `$9 127.0.0.1 :21002 $40 ${B} `;
  const nodeC = `$3 ::1 :21003 $40 ${C} `;

  test.each([
    { protocol: 2, hostname: "*2 $8 hostname $10 h1.example ", none: "*0 " },
    { protocol: 3, hostname: "%1 $8 hostname $10 h1.example ", none: "%0 " },
  ] as const)("lists ranges in order, primary before replica (RESP$protocol)", (form) => {
    const { protocol, hostname, none } = form;
    const both = `*4 ${nodeB}${none}*4 ${nodeC}${none}`;
    expect(new Asker().ask("SLOTS", { protocol })).toBe(
      `*4 *3 :0 :100 *4 ${nodeA}${hostname}*4 :101 :199 ${both}*3 :200 :16382 *4 ${nodeA}${hostname}*4 :16383 :16383 ${both}`.trimEnd(),
    );
  });

  test("names hosts when those are preferred, and gives the address besides", () => {
    const reply = new Asker({ endpointType: "hostname" }).ask("SLOTS");
    expect(reply).toContain(`*4 $10 h1.example :21001 $40 ${A} *2 $2 ip $9 127.0.0.1 `);
    expect(reply).toContain(`*4 $1 ? :21002 $40 ${B} *2 $2 ip $9 127.0.0.1 `);
  });

  test("has null for an unknown endpoint", () => {
    const asker = new Asker({ endpointType: "unknown-endpoint" });
    const metadata = "$2 ip $9 127.0.0.1 $8 hostname $10 h1.example ";
    expect(asker.ask("SLOTS")).toContain(`*4 $-1 :21001 $40 ${A} *4 ${metadata}`);
    expect(asker.ask("SLOTS", { protocol: 3 })).toContain(`*4 _ :21001 $40 ${A} %2 ${metadata}`);
  });

  test("has the addresses for the client's listener", () => {
    const asker = new Asker();
    const before = asker.ask("SLOTS");
    const external = asker.ask("SLOTS", { listener: "external" });
    expect(external).toContain(`*4 $9 localhost :22001 $40 ${A} *0 `);
    expect(external).toContain(`*4 $9 localhost :22002 $40 ${B} *0 `);
    // C announces none.
    expect(external).toContain(`*4 ${nodeC}*0`);
    expect(asker.ask("SLOTS")).toBe(before);
  });
});

describe("CLUSTER SHARDS", () => {
  const fieldsA = `$2 id $40 ${A} $4 port :21001 $2 ip $9 127.0.0.1 $8 endpoint $9 127.0.0.1 $8 hostname $10 h1.example $4 role $6 master $18 replication-offset :0 $6 health $6 online`;
  const fieldsB = `$2 id $40 ${B} $4 port :21002 $2 ip $9 127.0.0.1 $8 endpoint $9 127.0.0.1 $4 role $6 master $18 replication-offset :0 $6 health $6 online`;
  const fieldsC = `$2 id $40 ${C} $4 port :21003 $2 ip $3 ::1 $8 endpoint $3 ::1 $4 role $7 replica $18 replication-offset :0 $6 health $6 online`;

  test("lists shards with their slots and nodes (RESP2)", () => {
    expect(new Asker().ask("SHARDS")).toBe(
      `*2 *4 $5 slots *4 :101 :199 :16383 :16383 $5 nodes *2 *14 ${fieldsB} *14 ${fieldsC} *4 $5 slots *4 :0 :100 :200 :16382 $5 nodes *1 *16 ${fieldsA}`,
    );
  });

  test("lists shards with their slots and nodes (RESP3)", () => {
    expect(new Asker().ask("SHARDS", { protocol: 3 })).toBe(
      `*2 %2 $5 slots *4 :101 :199 :16383 :16383 $5 nodes *2 %7 ${fieldsB} %7 ${fieldsC} %2 $5 slots *4 :0 :100 :200 :16382 $5 nodes *1 %8 ${fieldsA}`,
    );
  });

  test.each([
    ["hostname", "$10 h1.example"],
    ["unknown-endpoint", "$0 "],
  ])("has the endpoint of type %s", (endpointType, endpoint) => {
    expect(new Asker({ endpointType }).ask("SHARDS")).toContain(`$8 endpoint ${endpoint} $8 host`);
  });

  test("has the address for the client's listener", () => {
    expect(new Asker().ask("SHARDS", { listener: "external" })).toContain(
      "$4 port :22002 $2 ip $9 localhost $8 endpoint $9 localhost $4 role",
    );
  });
});

describe("CLUSTER NODES", () => {
  const text = [
    `${B} 127.0.0.1:21002@31002 master - 0 0 1 disconnected 101-199 16383\n`,
    `${A} 127.0.0.1:21001@31001,h1.example myself,master - 0 0 3 connected 0-100 200-16382\n`,
    `${C} ::1:21003@31003 slave ${B} 0 0 1 disconnected\n`,
  ].join("");

  test("has a line per node, each with its end", () => {
    expect(new Asker().ask("NODES")).toBe(`$${text.length} ${text}`.trimEnd());
    expect(new Asker().ask("NODES", { protocol: 3 })).toBe(
      `=${text.length + 4} txt:${text}`.trimEnd(),
    );
  });

  test("has the address for the client's listener", () => {
    const reply = new Asker().ask("NODES", { listener: "external" });
    expect(reply).toContain(`${A} localhost:22001@31001 myself,master`);
    expect(reply).toContain(`${B} localhost:22002@31002 master`);
  });
});

describe("a node that is alone", () => {
  let node: TestClusterNode;

  beforeAll(async () => {
    node = await TestClusterNode.start();
    await node.addSlots(0, 16_383);
  });
  afterAll(async () => {
    await node[Symbol.asyncDispose]();
  });

  test("has the lines of Redis in CLUSTER INFO in its order, then ours", () => {
    const [, ...lines] = askOn(node.broker.connect(), "INFO").split(" ");
    expect(lines).toEqual([
      "cluster_state:ok",
      "cluster_slots_assigned:16384",
      "cluster_slots_ok:16384",
      "cluster_slots_pfail:0",
      "cluster_slots_fail:0",
      "cluster_known_nodes:1",
      "cluster_size:1",
      "cluster_current_epoch:1",
      "cluster_my_epoch:1",
      "cluster_stats_messages_sent:0",
      "cluster_stats_messages_received:0",
      "total_cluster_links_buffer_limit_exceeded:0",
      "cluster_stats_bytes_sent:0",
      "cluster_stats_bytes_received:0",
      "cluster_publish_mode:interest",
      "cluster_publish_dropped_messages:0",
      "cluster_publish_dropped_bytes:0",
      "cluster_publish_dropped_messages_link_down:0",
      "cluster_publish_dropped_messages_sendbuf_limit:0",
      "cluster_publish_dropped_messages_too_large:0",
      "cluster_links_connected:0",
      "cluster_bus_auth_failures:0",
    ]);
    expect(askOn(node.broker.connect(), "INFO", 3)).toMatch(/^=\d+ txt:cluster_state:ok /);
  });

  test("has no CLUSTER LINKS", () => {
    expect(askOn(node.broker.connect(), "LINKS")).toBe("*0");
  });
});

describe("the small ones", () => {
  test("MYID and MYSHARDID", () => {
    expect(new Asker().ask("MYID")).toBe(`$40 ${A}`);
    expect(new Asker().ask("MYSHARDID")).toBe(`$40 ${shardId("a")}`);
  });

  test("KEYSLOT hashes the tag", () => {
    expect(new Asker().ask("KEYSLOT foo")).toBe(":12182");
    expect(new Asker().ask("KEYSLOT {a}b")).toBe(":15495");
  });

  test("COUNTKEYSINSLOT and GETKEYSINSLOT tell of the keys of one slot", () => {
    const asker = new Asker();
    const { keyspace } = asker.cluster.node.broker;
    const keys = ["{a}1", "{a}2", "{a}3"].map(ascii);
    for (const key of keys) keyspace.table(15_495).set(key, EMPTY);
    expect(asker.ask("COUNTKEYSINSLOT 15495")).toBe(":3");
    expect(asker.ask("COUNTKEYSINSLOT 15494")).toBe(":0");
    expect(asker.ask("GETKEYSINSLOT 15495 2")).toBe("*2 $4 {a}1 $4 {a}2");
    expect(asker.ask("GETKEYSINSLOT 15495 9")).toBe("*3 $4 {a}1 $4 {a}2 $4 {a}3");
    expect(asker.ask("GETKEYSINSLOT 15495 0")).toBe("*0");
    expect(asker.ask("GETKEYSINSLOT 1 5")).toBe("*0");
  });

  test.each([
    ["COUNTKEYSINSLOT -1", "Invalid slot"],
    ["COUNTKEYSINSLOT 16384", "Invalid slot"],
    ["COUNTKEYSINSLOT 9223372036854775807", "Invalid slot"],
    ["COUNTKEYSINSLOT abc", "value is not an integer or out of range"],
    ["COUNTKEYSINSLOT 99999999999999999999", "value is not an integer or out of range"],
    ["GETKEYSINSLOT abc 1", "value is not an integer or out of range"],
    ["GETKEYSINSLOT 99999 abc", "value is not an integer or out of range"],
    ["GETKEYSINSLOT 1 -1", "Invalid slot or number of keys"],
    ["GETKEYSINSLOT 99999 5", "Invalid slot or number of keys"],
  ])("%s is an error", (line, text) => {
    expect(new Asker().ask(line)).toBe(`-ERR ${text}`);
  });

  test("HELP begins and ends as every HELP", () => {
    const help = new Asker().ask("HELP");
    expect(help).toMatch(
      /^\*60 \+CLUSTER <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcom/,
    );
    expect(help).toMatch(/\+HELP \+ {4}Prints this help\.$/);
  });
});

test.each([
  ...["COUNTKEYSINSLOT 1", "GETKEYSINSLOT 1 2", "HELP", "INFO", "KEYSLOT k", "LINKS", "MYID"],
  ...["MYSHARDID", "NODES", "SHARDS", "SLOTS"],
])("without a cluster, %s is an error", (line) => {
  expect(askOn(new SocketlessNode().connect(), line)).toBe(
    "-ERR This instance has cluster support disabled",
  );
});

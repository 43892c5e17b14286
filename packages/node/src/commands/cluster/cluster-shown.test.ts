import { ascii, EMPTY } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { id, joined, replicating, twoShards } from "../../cluster/test-facts.ts";
import { SocketlessNode } from "../socketless-node.ts";
import { FactsCluster } from "./facts-cluster.ts";

// Goal: what a cluster of facts and rumours looks like to clients and tools, as Redis 7.0.15 shows its own.

function nodeOfTwo(name: string): FactsCluster {
  return new FactsCluster(name, twoShards());
}

/** a3 follows a1 and is not in sync. */
function withNewReplica(): FactsCluster {
  return new FactsCluster("a1", replicating(joined(twoShards(), "a3"), "a3", "a"));
}

const A1 = `${id("a1")} 127.0.0.1:7161@17161`;
const A2 = `${id("a2")} 127.0.0.1:7162@17162`;
const B1 = `${id("b1")} 127.0.0.1:7177@17177`;

/** `*2 $1 a $1 b` as `a b`. */
function words(reply: string): string {
  return reply
    .replaceAll(/(^|(?<= ))[*$%]\d+ ?/g, "")
    .replaceAll(/(?<=^| ):/g, "")
    .trimEnd();
}

describe("CLUSTER NODES", () => {
  test("has roles, epochs and slots from the facts", async () => {
    const text = [
      `${A1} myself,master - 0 0 1 connected 0-8191`,
      `${B1} master - 0 0 2 connected 8192-16383`,
      `${A2} slave ${id("a1")} 0 0 1 connected`,
    ];
    expect(await nodeOfTwo("a1").ask("CLUSTER NODES")).toBe(
      `$${text.join("\n").length + 1} ${text.join("\n")}\n`.trim(),
    );
  });

  test("marks who is suspected, and who has failed for most", async () => {
    const cluster = nodeOfTwo("a1");
    cluster.states.set(id("b1"), { isSuspected: true });
    cluster.states.set(id("a2"), { isSuspected: true, isFailed: true, isConnected: false });
    const reply = await cluster.ask("CLUSTER NODES");
    expect(reply).toContain(`${B1} master,fail? - 0 0 2 connected 8192-16383`);
    expect(reply).toContain(`${A2} slave,fail ${id("a1")} 0 0 1 disconnected`);
  });
});

describe("CLUSTER REPLICAS", () => {
  test.each(["REPLICAS", "SLAVES"])("%s has a line for each replica", async (name) => {
    const line = `${A2} slave ${id("a1")} 0 0 1 connected`;
    expect(await nodeOfTwo("b1").ask(`CLUSTER ${name} ${id("a1")}`)).toBe(
      `*1 $${line.length} ${line}`,
    );
    expect(await nodeOfTwo("b1").ask(`CLUSTER ${name} ${id("b1")}`)).toBe("*0");
  });

  test.each([
    ["x", "Unknown node x"],
    [id("a2"), "The specified node is not a master"],
  ])("of %s is an error", async (nodeId, text) => {
    expect(await nodeOfTwo("a1").ask(`CLUSTER REPLICAS ${nodeId}`)).toBe(`-ERR ${text}`);
  });
});

describe("CLUSTER SLOTS", () => {
  const primary = `127.0.0.1 7161 ${id("a1")}`;
  const replica = `127.0.0.1 7162 ${id("a2")}`;
  const other = `8192 16383 127.0.0.1 7177 ${id("b1")}`;

  test("lists replicas that are of use", async () => {
    expect(words(await nodeOfTwo("a1").ask("CLUSTER SLOTS"))).toBe(
      `0 8191 ${primary} ${replica} ${other}`,
    );
  });

  test.each([{ isFailed: true }, { isLoading: true }])(
    "leaves out the others: %o",
    async (state) => {
      const cluster = nodeOfTwo("a1");
      cluster.states.set(id("a2"), state);
      expect(words(await cluster.ask("CLUSTER SLOTS"))).toBe(`0 8191 ${primary} ${other}`);
    },
  );

  test("keeps a primary that has failed: nobody else has its slots", async () => {
    const cluster = nodeOfTwo("a1");
    cluster.states.set(id("b1"), { isFailed: true });
    expect(words(await cluster.ask("CLUSTER SLOTS"))).toContain(other);
  });
});

describe("CLUSTER SHARDS", () => {
  test("tells role, offset and health of each node", async () => {
    const cluster = withNewReplica();
    cluster.states.set(id("a1"), { replicationOffset: 120 });
    cluster.states.set(id("a2"), { replicationOffset: 100, isFailed: true });
    cluster.states.set(id("a3"), { isLoading: true });
    const reply = words(await cluster.ask("CLUSTER SHARDS"));
    const found = [...reply.matchAll(/role (\S+) replication-offset (\d+) health (\S+)/g)];
    expect(found.map(([text]) => text)).toEqual([
      "role master replication-offset 120 health online",
      "role replica replication-offset 100 health fail",
      "role replica replication-offset 0 health loading",
      "role master replication-offset 0 health online",
    ]);
  });
});

test("CLUSTER INFO counts slots by the health of their primaries", async () => {
  const cluster = nodeOfTwo("a1");
  cluster.states.set(id("a1"), { isSuspected: true });
  cluster.states.set(id("b1"), { isFailed: true, isSuspected: true });
  const reply = await cluster.ask("CLUSTER INFO");
  expect(reply.split(" ").slice(1)).toEqual([
    "cluster_state:ok",
    "cluster_slots_assigned:16384",
    "cluster_slots_ok:0",
    "cluster_slots_pfail:8192",
    "cluster_slots_fail:8192",
    "cluster_known_nodes:3",
    "cluster_size:2",
    "cluster_current_epoch:2",
    "cluster_my_epoch:1",
  ]);
});

describe("CLUSTER SLOT-STATS", () => {
  function withKeys(name: string): FactsCluster {
    const cluster = nodeOfTwo(name);
    for (const [slot, count] of [
      [3, 1],
      [7, 4],
      [9, 4],
      [9000, 5],
    ] as const) {
      for (let key = 0; key < count; key += 1) {
        cluster.node.broker.keyspace.table(slot).set(ascii(`${key}`), EMPTY);
      }
    }
    return cluster;
  }

  test("tells of the slots of a range that are its shard's", async () => {
    expect(await withKeys("a1").ask("CLUSTER SLOT-STATS SLOTSRANGE 2 3")).toBe(
      "*2 *2 :2 *2 $9 key-count :0 *2 :3 *2 $9 key-count :1",
    );
    expect(await withKeys("a2").ask("CLUSTER SLOT-STATS SLOTSRANGE 3 3")).toBe(
      "*1 *2 :3 *2 $9 key-count :1",
    );
    expect(await withKeys("a1").ask("CLUSTER SLOT-STATS SLOTSRANGE 8191 9000")).toBe(
      "*1 *2 :8191 *2 $9 key-count :0",
    );
    expect(await withKeys("a1").ask("HELLO 3", "CLUSTER SLOT-STATS slotsrange 3 3")).toMatch(
      / \*1 \*2 :3 %1 \$9 key-count :1$/,
    );
  });

  test("orders them by what is asked for, ties by slot", async () => {
    const asked = async (rest: string): Promise<string> =>
      words(await withKeys("a1").ask(`CLUSTER SLOT-STATS ORDERBY key-count ${rest}`));
    expect(await asked("LIMIT 4")).toBe("7 key-count 4 9 key-count 4 3 key-count 1 0 key-count 0");
    expect(await asked("desc LIMIT 1")).toBe("7 key-count 4");
    expect(await asked("LIMIT 2 ASC")).toBe("0 key-count 0 1 key-count 0");
  });

  test.each([
    ["SLOTSRANGE x 1", "Invalid or out of range slot"],
    ["SLOTSRANGE 1 16384", "Invalid or out of range slot"],
    ["SLOTSRANGE 5 1", "Start slot number 5 is greater than end slot number 1"],
    ["ORDERBY cpu-usec", "Unrecognized sort metric for ORDERBY."],
    ["ORDERBY key-count LIMIT 0", "Limit has to lie in between 1 and 16384 (maximum number of slots)."],
    ["ORDERBY key-count LIMIT x", "Limit has to lie in between 1 and 16384 (maximum number of slots)."],
    ["ORDERBY key-count LIMIT 1 LIMIT 2", "Multiple filters of the same type are disallowed."],
    ["ORDERBY key-count ASC DESC", "Multiple filters of the same type are disallowed."],
    ["ORDERBY key-count LIMIT", "syntax error"],
    ["ORDERBY key-count please", "syntax error"],
    ["NO WAY", "unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP."],
    ["SLOTSRANGE 1", "unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP."],
  ])("%s is an error", async (rest, text) => {
    expect(await nodeOfTwo("a1").ask(`CLUSTER SLOT-STATS ${rest}`)).toBe(`-ERR ${text}`);
  }); // prettier-ignore
});

describe("ROLE", () => {
  test("of a node without a cluster", () => {
    expect(new SocketlessNode().connect().send("ROLE")).toBe("*3 $6 master :0 *0");
  });

  test("of a primary: those that follow it in step", async () => {
    const cluster = withNewReplica();
    cluster.replication = {
      ...cluster.replication,
      replicas: [
        { nodeId: id("a2"), state: "online", offset: 100, lagMs: 20 },
        { nodeId: id("a3"), state: "send_bulk", offset: 0, lagMs: 2400 },
      ],
    };
    expect(await cluster.ask("ROLE")).toBe("*3 $6 master :120 *1 *3 $9 127.0.0.1 $4 7162 $3 100");
  });

  test("of a replica: whom it follows", async () => {
    const cluster = nodeOfTwo("a2");
    expect(await cluster.ask("ROLE")).toBe("*5 $5 slave $9 127.0.0.1 :7161 $9 connected :120");
    cluster.replication = { ...cluster.replication, link: { state: "connect", sinceMs: 1 } };
    expect(await cluster.ask("ROLE")).toBe("*5 $5 slave $9 127.0.0.1 :7161 $7 connect :-1");
  });

  test("is what HELLO says, too", async () => {
    expect(await nodeOfTwo("a2").ask("HELLO")).toContain("$4 role $7 replica");
    expect(await nodeOfTwo("a1").ask("HELLO")).toContain("$4 role $6 master");
  });
});

describe("INFO replication", () => {
  async function linesOf(cluster: FactsCluster): Promise<readonly string[]> {
    return (await cluster.ask("INFO replication")).split(" ").slice(3);
  }

  test("of a primary", async () => {
    const cluster = withNewReplica();
    cluster.replication = {
      ...cluster.replication,
      replicas: [
        { nodeId: id("a2"), state: "online", offset: 100, lagMs: 20 },
        { nodeId: id("a3"), state: "send_bulk", offset: 0, lagMs: 2400 },
      ],
    };
    expect(await linesOf(cluster)).toEqual([
      "role:master",
      "connected_slaves:2",
      "slave0:ip=127.0.0.1,port=7162,state=online,offset=100,lag=0",
      "slave1:ip=127.0.0.1,port=7163,state=send_bulk,offset=0,lag=2",
      "master_failover_state:no-failover",
      `master_replid:${id("4000")}`,
      `master_replid2:${"0".repeat(40)}`,
      "master_repl_offset:120",
      "second_repl_offset:-1",
      "repl_backlog_active:1",
      "repl_backlog_size:1048576",
      "repl_backlog_first_byte_offset:21",
      "repl_backlog_histlen:100",
      "repl_commit_offset:100",
      "repl_in_sync_nodes:2",
    ]);
  });

  test("of a replica", async () => {
    const cluster = nodeOfTwo("a2");
    expect((await linesOf(cluster)).slice(0, 12)).toEqual([
      "role:slave",
      "master_host:127.0.0.1",
      "master_port:7161",
      "master_link_status:up",
      "master_last_io_seconds_ago:3",
      "master_sync_in_progress:0",
      "slave_read_repl_offset:120",
      "slave_repl_offset:120",
      "slave_priority:100",
      "slave_read_only:1",
      "replica_announced:1",
      "connected_slaves:0",
    ]);
    cluster.replication = { ...cluster.replication, link: { state: "sync", sinceMs: 4100 } };
    const lines = await linesOf(cluster);
    expect(lines.slice(3, 6)).toEqual([
      "master_link_status:down",
      "master_last_io_seconds_ago:-1",
      "master_sync_in_progress:1",
    ]);
    expect(lines[8]).toBe("master_link_down_since_seconds:4");
  });
});

describe("a replica", () => {
  /** Of slot 0, which is shard a's. */
  const KEY = "{06S}k";

  test("reads for those who asked for it by READONLY, until READWRITE or RESET", async () => {
    const cluster = nodeOfTwo("a2");
    const client = cluster.connect();
    const moved = /^-MOVED \d+ 127\.0\.0\.1:7161$/;
    expect(client.send(`GET ${KEY}`)).toMatch(moved);
    expect(client.send("READONLY", `GET ${KEY}`)).toBe("+OK $-1");
    expect(client.send(`SET ${KEY} v`)).toMatch(moved);
    expect(client.send("MULTI", `GET ${KEY}`, "EXEC")).toBe("+OK +QUEUED *1 $-1");
    expect(client.send("READWRITE", `GET ${KEY}`)).toMatch(/^\+OK -MOVED/);
    expect(client.send("READONLY", "RESET", `GET ${KEY}`)).toMatch(/ \+RESET -MOVED/);
  });

  test("redirects a transaction that has become one of writes", () => {
    const client = nodeOfTwo("a2").connect();
    client.send("READONLY");
    expect(client.send("MULTI", `SET ${KEY} v`, "EXEC")).toMatch(/^\+OK -MOVED .* -EXECABORT/);
  });

  test("serves shard channels without READONLY", () => {
    const client = nodeOfTwo("a2").connect();
    expect(client.send(`SPUBLISH ${KEY} m`)).toBe(":0");
    expect(client.send(`SSUBSCRIBE ${KEY}`)).toBe(`*3 $10 ssubscribe $6 ${KEY} :1`);
  });

  test("refuses what would change all keys", () => {
    const client = nodeOfTwo("a2").connect();
    const refusal = "-READONLY You can't write against a read only replica.";
    expect(client.send("FLUSHALL")).toBe(refusal);
    expect(client.send("READONLY", "FLUSHDB")).toBe(`+OK ${refusal}`);
    expect(client.send("MULTI", "FLUSHALL", "EXEC")).toMatch(/^\+OK -READONLY .* -EXECABORT /);
    expect(nodeOfTwo("a1").connect().send("FLUSHALL")).toBe("+OK");
  });
});

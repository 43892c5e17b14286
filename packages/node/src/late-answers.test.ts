import { beforeEach, describe, expect, test } from "vitest";
import { founded, nodeFact } from "./cluster/test-facts.ts";
import { decided, FactsCluster } from "./commands/cluster/facts-cluster.ts";
import type { SocketlessClient } from "./commands/socketless-node.ts";

// Goal: a command whose answer comes from elsewhere keeps its place among the replies of its connection, counts as one
// that blocks, and holds up nobody else. CLUSTER ADDSLOTS is one: the cluster has to agree first.

let cluster: FactsCluster;
let client: SocketlessClient;

beforeEach(() => {
  cluster = new FactsCluster("a1", founded(nodeFact("a1")));
  client = cluster.connect();
});

function infoLine(section: string, name: string): string | undefined {
  const lines = cluster.connect().send(`INFO ${section}`).split(" ");
  return lines.find((line) => line.startsWith(`${name}:`));
}

describe("until its answer is there", () => {
  test("what the client sent after it waits, and nobody else does", async () => {
    expect(client.send("ECHO 1", "CLUSTER ADDSLOTS 1", "ECHO 2")).toBe("$1 1");
    expect(client.send("ECHO 3")).toBe("");
    expect(cluster.connect().send("PING")).toBe("+PONG");
    await decided();
    expect(client.received()).toBe("+OK $1 2 $1 3");
  });

  test("the client is blocked, and cannot be unblocked", async () => {
    client.send("CLUSTER ADDSLOTS 1");
    expect(infoLine("clients", "blocked_clients")).toBe("blocked_clients:1");
    const other = cluster.connect();
    expect(other.send(`CLIENT LIST ID ${client.connection.id}`)).toContain("flags=b ");
    expect(other.send(`CLIENT UNBLOCK ${client.connection.id} ERROR`)).toBe(":0");
    await decided();
    expect(client.received()).toBe("+OK");
    expect(infoLine("clients", "blocked_clients")).toBe("blocked_clients:0");
  });

  test("the command is not over: it is counted then, once, with its error if there is one", async () => {
    const stats = (): string | undefined => infoLine("commandstats", "cmdstat_cluster|forget");
    const stranger = "d".repeat(40);
    client.send(`CLUSTER FORGET ${stranger}`);
    expect(stats()).toMatch(/calls=1,.*failed_calls=1/);
    cluster.outcome = { kind: "refused", reason: "no" };
    client.send("CLUSTER SAVECONFIG", "CLUSTER SAVECONFIG");
    expect(infoLine("commandstats", "cmdstat_cluster|saveconfig")).toBeUndefined();
    await decided();
    expect(infoLine("commandstats", "cmdstat_cluster|saveconfig")).toMatch(
      /calls=2,.*rejected_calls=0,failed_calls=2$/,
    );
    expect(infoLine("errorstats", "errorstat_ERR")).toBe("errorstat_ERR:count=3");
  });

  test("a client may leave: what was asked for is done, and nobody is told", async () => {
    client.send("CLUSTER ADDSLOTS 1", "ECHO 2");
    cluster.node.broker.blocking.forget(client.connection);
    client.connection.destroy();
    await decided();
    expect(client.received()).toBe("");
    expect(cluster.view.self.slots).toEqual([{ first: 1, last: 1 }]);
  });

  test("CLIENT REPLY SKIP is about that answer", async () => {
    client.send("CLIENT REPLY SKIP", "CLUSTER ADDSLOTS 1", "ECHO 2", "CLUSTER ADDSLOTS 2");
    await decided();
    expect(client.received()).toBe("$1 2 +OK");
  });
});

describe("in a transaction", () => {
  const QUEUED = "+OK +QUEUED +QUEUED +QUEUED +QUEUED";

  test("EXEC answers when all of them have, in the order of the commands", async () => {
    const lines = ["CLUSTER ADDSLOTS 1", "ECHO 1", "CLUSTER ADDSLOTS x", "CLUSTER BUMPEPOCH"];
    expect(client.send("MULTI", ...lines, "EXEC", "ECHO 2")).toBe("");
    expect(client.send("ECHO 3")).toBe("");
    expect(cluster.connect().send("PING")).toBe("+PONG");
    expect(infoLine("clients", "blocked_clients")).toBe("blocked_clients:1");
    await decided();
    expect(client.received()).toBe(
      `${QUEUED} *4 +OK $1 1 -ERR Invalid or out of range slot +BUMPED 1 $1 2 $1 3`,
    );
  });

  test("an error that comes later is one of the replies, and is counted", async () => {
    cluster.outcome = { kind: "refused", reason: "no" };
    client.send("MULTI", "CLUSTER SAVECONFIG", "ECHO 1", "EXEC");
    await decided();
    expect(client.received()).toBe("+OK +QUEUED +QUEUED *2 -ERR no $1 1");
    expect(infoLine("commandstats", "cmdstat_cluster|saveconfig")).toMatch(
      /calls=1,.*failed_calls=1$/,
    );
    expect(infoLine("commandstats", "cmdstat_exec")).toMatch(/calls=1,.*failed_calls=0$/);
  });

  test("a message to the client itself comes after the array", async () => {
    client.send("HELLO 3", "SUBSCRIBE c");
    client.send("MULTI", "PUBLISH c m", "CLUSTER ADDSLOTS 1", "EXEC");
    await decided();
    expect(client.received()).toMatch(/\*2 :1 \+OK >3 \$7 message \$1 c \$1 m$/);
  });

  test("a message that comes meanwhile does, too", async () => {
    client.send("HELLO 3", "SUBSCRIBE c");
    client.send("MULTI", "CLUSTER ADDSLOTS 1", "EXEC");
    expect(cluster.connect().send("PUBLISH c m")).toBe(":1");
    expect(client.received()).toBe("");
    await decided();
    expect(client.received()).toMatch(/\*1 \+OK >3 \$7 message \$1 c \$1 m$/);
  });

  test("a client without replies gets none", async () => {
    client.send("CLIENT REPLY OFF", "MULTI", "CLUSTER ADDSLOTS 1", "EXEC", "CLIENT REPLY ON");
    await decided();
    expect(client.received()).toBe("+OK");
  });

  test("a client may leave", async () => {
    client.send("MULTI", "CLUSTER ADDSLOTS 1", "EXEC");
    cluster.node.broker.blocking.forget(client.connection);
    client.connection.destroy();
    await decided();
    expect(client.received()).toBe("");
  });
});

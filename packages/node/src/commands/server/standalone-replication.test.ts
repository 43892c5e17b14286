import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StandaloneReplication } from "../../standalone/standalone-replication.ts";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Texts and their order: redis-server 7.0.15; test/oracle/replication.test.ts compares more of them with a running one.

const NODE = "a".repeat(40);
const READONLY = "-READONLY You can't write against a read only replica.";
const MASTERDOWN =
  "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";

let node: SocketlessNode;
let client: SocketlessClient;
let standalone: StandaloneReplication;

beforeEach(() => {
  node = new SocketlessNode();
  standalone = node.standalone();
  client = node.connect();
});

afterEach(() => {
  standalone.stop();
});

describe("on a primary", () => {
  test.each([
    ["REPLICAOF h x", "-ERR Invalid master port"],
    ["REPLICAOF h 65536", "-ERR Invalid master port"],
    ["REPLICAOF no ONE", "+OK"],
    ["FAILOVER ABORT", "-ERR No failover in progress."],
    ["FAILOVER ABORT NOW", "-ERR syntax error"],
    ["FAILOVER TIMEOUT 0", "-ERR FAILOVER timeout must be greater than 0"],
    ["FAILOVER TIMEOUT x", "-ERR value is not an integer or out of range"],
    ["FAILOVER TIMEOUT 1 TIMEOUT 1", "-ERR syntax error"],
    ["FAILOVER TO h x", "-ERR value is not an integer or out of range"],
    ["FAILOVER TO h", "-ERR syntax error"],
    ["FAILOVER FORCE", "-ERR FAILOVER requires connected replicas."],
    ["REPLCONF a", "-ERR syntax error"],
    ["REPLCONF a b", "-ERR Unrecognized REPLCONF option: a"],
    ["REPLCONF listening-port x", "-ERR value is not an integer or out of range"],
    ["REPLCONF listening-port 6380 capa eof capa psync2", "+OK"],
    ["REPLCONF ack 1", ""],
    ["REPLCONF rdb-only 2", "-ERR value is out of range, value must between 0 and 1"],
    ["REPLCONF rdb-filter-only x", "-ERR Unsupported rdb-filter-only option: x"],
    ["REPLCONF slotcast-sync 2 slotcast-node x", "-ERR replication of another version"],
    ["REPLCONF slotcast-sync 1 slotcast-node x", "-ERR this is no greeting of a replica"],
    [
      `REPLCONF slotcast-sync 1 slotcast-node ${NODE} slotcast-failover 0`,
      "-ERR a failover cannot be sent to a primary",
    ],
    ["ROLE", "*3 $6 master :0 *0"],
    ["WAIT 1 0", ""],
  ])("%s is answered %s", (request, reply) => {
    expect(client.send(request)).toBe(reply);
  });

  test("SYNC and PSYNC are told why not", () => {
    expect(client.send("SYNC")).toMatch(/^-ERR SYNC and PSYNC are not supported/);
    expect(client.send("PSYNC ? -1")).toMatch(/^-ERR SYNC and PSYNC are not supported/);
  });

  test("a replica that greets has the connection to itself, and from then on all is logged", () => {
    const answer = client.send(`REPLCONF slotcast-sync 1 slotcast-node ${NODE}`);
    expect(answer).toMatch(/^\+slotcast-sync 1 (0123456789){4} \d+ (0123456789){4}$/);
    expect(client.send("PING")).toBe("");
    const other = node.connect();
    expect(other.send("SET a 1", "ROLE")).toMatch(/^\+OK \*3 \$6 master :[1-9]\d* \*0$/);
    expect(other.send("CLIENT LIST TYPE replica")).toContain("flags=S ");
  });

  test("a replica at a port that there cannot be is not welcome", () => {
    const greeting = `REPLCONF slotcast-sync 1 slotcast-node ${NODE}`;
    const refused = "-ERR the listening-port of a replica is 0 to 65535";
    expect(client.send("REPLCONF listening-port 65536", greeting)).toBe(`+OK ${refused}`);
    expect(client.send("REPLCONF listening-port -1", greeting)).toBe(`+OK ${refused}`);
    expect(client.send("REPLCONF listening-port 65535", greeting)).toMatch(/^\+OK \+slotcast-sync/);
  });

  test("who has handed over and did not hear the answer gets it again; nobody else does", () => {
    standalone.tookOverFrom = NODE;
    const greeting = (id: string): string =>
      `REPLCONF slotcast-sync 1 slotcast-node ${id} slotcast-failover 5`;
    expect(node.connect().send(greeting("b".repeat(40)))).toMatch(/^-ERR a failover cannot be/);
    expect(client.send(greeting(NODE))).toMatch(/^\+slotcast-sync 1 /);
  });

  test("nothing is logged while nobody follows", () => {
    client.send("SET a 1");
    expect(standalone.logEnd).toBe(0);
    expect(client.send("WAIT 0 0")).toBe(":0");
  });
});

describe("a replica", () => {
  beforeEach(() => {
    client.send("SET kept 1");
    expect(client.send("REPLICAOF 127.0.0.1 1")).toBe("+OK");
  });

  test.each([
    ["REPLICAOF 127.0.0.1 1", "+OK Already connected to specified master"],
    ["SET a 1", READONLY],
    ["GET kept", "$1 1"],
    ["PUBLISH c m", ":0"],
    ["FLUSHALL", READONLY],
    ["FAILOVER", "-ERR FAILOVER is not valid when server is a replica."],
    [`REPLCONF slotcast-sync 1 slotcast-node ${NODE}`, "-REDIRECT 127.0.0.1:1"],
    ["CONFIG GET replicaof", "*2 $9 replicaof $11 127.0.0.1 1"],
  ])("answers %s with %s", (request, reply) => {
    expect(client.send(request)).toBe(reply);
  });

  test("refuses a transaction that writes, and runs one that reads", () => {
    expect(client.send("MULTI", "GET kept", "SET a 1", "EXEC")).toBe(
      `+OK +QUEUED ${READONLY} -EXECABORT Transaction discarded because of previous errors.`,
    );
    expect(client.send("MULTI", "GET kept", "EXEC")).toBe("+OK +QUEUED *1 $1 1");
  });

  test("refuses what was queued before it was one", () => {
    client.send("REPLICAOF NO ONE", "MULTI", "SET a 1");
    node.connect().send("REPLICAOF 127.0.0.1 1");
    expect(client.send("EXEC")).toBe(
      `-EXECABORT Transaction discarded because of: ${READONLY.slice(1)}`,
    );
  });

  test("shows nothing that may be stale, if asked not to", () => {
    client.send("CONFIG SET replica-serve-stale-data no");
    expect(client.send("GET kept")).toBe(MASTERDOWN);
    expect(client.send("SET a 1")).toBe(READONLY);
    expect(client.send("MULTI")).toMatch(/^\+OK/);
    expect(client.send("GET kept")).toBe(MASTERDOWN);
    expect(client.send("DISCARD")).toBe("+OK");
    expect(client.send("PING")).toBe(MASTERDOWN);
    expect(client.send("ROLE")).toMatch(/^\*5 \$5 slave \$9 127\.0\.0\.1 :1 \$\d+ connect/);
  });

  test("sends a client that can follow redirects to its primary", () => {
    client.send("CLIENT CAPA redirect");
    expect(client.send("SET a 1")).toBe("-REDIRECT 127.0.0.1:1");
    expect(client.send("GET kept")).toBe("-REDIRECT 127.0.0.1:1");
    expect(client.send("PING")).toBe("+PONG");
    expect(client.send("READONLY", "GET kept")).toBe("+OK $1 1");
    expect(client.send("READWRITE", "GET kept")).toBe("+OK -REDIRECT 127.0.0.1:1");
    expect(node.connect().send("READONLY")).toBe("-ERR This instance has cluster support disabled");
  });

  test("sends such a client there at EXEC, too, and forgets its transaction", () => {
    client.send("CLIENT CAPA redirect", "READONLY", "MULTI", "GET kept", "READWRITE");
    client.connection.readsReplica = false;
    expect(client.send("EXEC")).toBe("-REDIRECT 127.0.0.1:1");
    expect(client.send("EXEC")).toBe("-ERR EXEC without MULTI");
  });

  test("goes on with what it has when it is told to lead", () => {
    expect(client.send("SLAVEOF no one", "GET kept", "SET a 1")).toBe("+OK $1 1 +OK");
    expect(client.send("CONFIG GET slaveof")).toBe("*2 $7 slaveof $0");
  });
});

test("clients that wait when a primary becomes a replica are told so, and go, or are sent on", () => {
  const waiting = node.connect();
  waiting.send("BLPOP list 0");
  const redirected = node.connect();
  redirected.send("CLIENT CAPA redirect", "BLPOP list 0");
  const counting = node.connect();
  counting.send("WAIT 1 0");
  client.send("REPLICAOF 127.0.0.1 1");
  expect(waiting.received()).toBe(
    "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
  );
  expect(waiting.connection.isClosing).toBe(true);
  expect(redirected.received()).toBe("-REDIRECT 127.0.0.1:1");
  expect(redirected.connection.isClosing).toBe(false);
  expect(counting.received()).toBe(":0");
});

test("`min-replicas-to-write` refuses writes that too few would have", () => {
  client.send("CONFIG SET min-replicas-to-write 1");
  expect(client.send("SET a 1")).toBe("-NOREPLICAS Not enough good replicas to write.");
  client.send("CONFIG SET min-replicas-max-lag 0");
  expect(client.send("SET a 1")).toBe("+OK");
});

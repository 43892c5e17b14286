import { describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import type { Replication } from "./replication.ts";
import { TestLog } from "./test-log.ts";

/** A primary whose log is committed by hand. */
class Primary {
  readonly log = Object.assign(new TestLog(), { committedTo: 0 });
  readonly node: SocketlessNode;
  readonly replication: Replication;

  constructor(...directives: readonly string[]) {
    this.node = new SocketlessNode(...directives);
    this.replication = this.node.replicate(this.log);
    this.replication.serve();
  }

  connect(): SocketlessClient {
    return this.node.connect();
  }

  /** All that was executed so far. */
  commit(to = this.log.logEnd): void {
    this.log.committedTo = to;
    this.replication.committed();
  }
}

describe("a reply leaves when what it rests on is committed", () => {
  test("that of a write, and of whoever reads after it, in order", () => {
    const primary = new Primary();
    const [writer, reader] = [primary.connect(), primary.connect()];
    expect(writer.send("SET k 1")).toBe("");
    const first = primary.log.logEnd;
    expect(writer.send("SET k 2", "PING")).toBe("");
    expect(reader.send("GET k")).toBe("");
    primary.commit(first);
    expect(writer.received()).toBe("+OK");
    expect(reader.received()).toBe("");
    primary.commit();
    expect(writer.received()).toBe("+OK +PONG");
    expect(reader.received()).toBe("$1 2");
  });

  test("not sooner, whoever asks for a flush", () => {
    const primary = new Primary();
    const writer = primary.connect();
    writer.send("SET k 1");
    for (let flush = 0; flush < 3; flush += 1) expect(writer.received()).toBe("");
    primary.commit(primary.log.logEnd - 1);
    expect(writer.received()).toBe("");
  });

  test("at once where everything is committed, and nothing was written", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.commit();
    expect(client.received()).toBe("+OK");
    expect(client.send("GET k", "LPUSH k 1", "SET k 2 NX", "DBSIZE")).toBe(
      "$1 1 -WRONGTYPE Operation against a key holding the wrong kind of value $-1 :1",
    );
  });

  test("also of commands that look at all keys, and at those that have ended", () => {
    const primary = new Primary();
    const [writer, reader] = [primary.connect(), primary.connect()];
    writer.send("SET k 1");
    for (const request of ["DBSIZE", "KEYS *", "SCAN 0", "RANDOMKEY", "FLUSHALL"]) {
      expect(reader.send(request)).toBe("");
      primary.commit();
      expect(reader.received()).not.toBe("");
      writer.send("SET k 1");
    }
  });

  test("of a transaction: the whole array", () => {
    const primary = new Primary();
    const client = primary.connect();
    expect(client.send("MULTI", "SET k 1", "GET k")).toBe("+OK +QUEUED +QUEUED");
    expect(client.send("EXEC")).toBe("");
    expect(primary.log.take()).toMatch(/^[^]*SET[^]*$/);
    primary.commit();
    expect(client.received()).toBe("*2 +OK $1 1");
  });

  test("of a waiting client that is served", () => {
    const primary = new Primary();
    const [waiting, writer] = [primary.connect(), primary.connect()];
    waiting.send("BLPOP l 0");
    writer.send("RPUSH l 1");
    expect(waiting.received()).toBe("");
    primary.commit();
    expect(waiting.received()).toBe("*2 $1 l $1 1");
  });

  test("of a long reply, of which a part was written before the end was known", () => {
    const primary = new Primary();
    const client = primary.connect();
    const elements = Array.from({ length: 5000 }, (_, index) => `element-${index}`);
    client.send(`RPUSH l ${elements.join(" ")}`);
    primary.commit();
    client.received();
    expect(client.send("LPOP l 5000", "PING")).toBe("");
    expect(client.connection.outputBytes).toBeGreaterThan(5000 * 10);
    primary.commit();
    expect(client.received()).toMatch(/^\*5000 \$9 element-0 [^]* \$12 element-4999 \+PONG$/);
    expect(client.connection.outputBytes).toBe(0);
    expect(primary.replication.gate.heldBytes).toBe(0);
  });

  test("of a transaction with long replies, and what it publishes to its own client comes after it", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("HELLO 3", "SUBSCRIBE c", `SET k ${"x".repeat(100_000)}`);
    primary.commit();
    client.received();
    client.send("MULTI", "GET k", "PUBLISH c hello", "APPEND k y", "EXEC");
    expect(client.received()).toBe("");
    primary.commit();
    expect(client.received()).toMatch(
      /^\+OK( \+QUEUED){3} \*3 \$100000 x+ :1 :100001 >3 \$7 message \$1 c \$5 hello$/,
    );
  });
});

describe("what does not wait", () => {
  test("PING, PUBLISH and messages, for a client with nothing that waits", () => {
    const primary = new Primary();
    const [writer, subscriber] = [primary.connect(), primary.connect()];
    subscriber.send("SUBSCRIBE c");
    writer.send("SET k 1");
    const other = primary.connect();
    expect(other.send("PING", "PUBLISH c hello", "ECHO a")).toBe("+PONG :1 $1 a");
    expect(subscriber.received()).toBe("*3 $7 message $1 c $5 hello");
  });

  test("an invalidation: it makes nobody believe anything", () => {
    const primary = new Primary();
    const [writer, cache] = [primary.connect(), primary.connect()];
    cache.send("HELLO 3", "CLIENT TRACKING ON", "GET k");
    cache.received();
    writer.send("SET k 1");
    expect(cache.received()).toBe(">2 $10 invalidate *1 $1 k");
  });

  test("a message to a client whose reply waits comes behind it", () => {
    const primary = new Primary();
    const [client, other] = [primary.connect(), primary.connect()];
    client.send("HELLO 3", "SUBSCRIBE c");
    client.received();
    client.send("SET k 1");
    other.send("PUBLISH c hello");
    expect(client.received()).toBe("");
    primary.commit();
    expect(client.received()).toBe("+OK >3 $7 message $1 c $5 hello");
  });

  test("a write of a client that does not want to wait, and others still wait for it", () => {
    const primary = new Primary();
    const [hasty, careful] = [primary.connect(), primary.connect()];
    expect(hasty.send("CLIENT DURABILITY async", "SET k 1", "GET k")).toBe("+OK +OK $1 1");
    expect(careful.send("GET k")).toBe("");
    expect(hasty.send("CLIENT DURABILITY default")).toBe("+OK");
    expect(hasty.send("SET k 2", "PING")).toBe("");
    primary.commit();
    expect(hasty.received()).toBe("+OK +PONG");
    expect(careful.received()).toBe("$1 1");
  });

  test("a write where `write-ack` is async, but for a client that wants it replicated", () => {
    const primary = new Primary("--write-ack", "async");
    const client = primary.connect();
    expect(client.send("SET k 1")).toBe("+OK");
    expect(client.send("CLIENT DURABILITY replicated")).toBe("+OK");
    expect(client.send("SET k 2")).toBe("");
    primary.commit();
    expect(client.received()).toBe("+OK");
    client.send("CONFIG SET write-ack replicated", "CLIENT DURABILITY default");
    expect(client.send("SET k 3")).toBe("");
    client.send("RESET");
  });
});

describe("the lease", () => {
  test("is asked for when replies leave, of reads and writes, and of those that do not wait for a commit", () => {
    const primary = new Primary();
    const [client, hasty] = [primary.connect(), primary.connect()];
    hasty.send("CLIENT DURABILITY async");
    client.send("SET k 1");
    primary.log.hasLease = false;
    primary.commit();
    expect([client.received(), hasty.send("GET k"), client.send("GET k")]).toEqual(["", "", ""]);
    primary.log.hasLease = true;
    primary.replication.committed();
    expect([client.received(), hasty.received()]).toEqual(["+OK $1 1", "$1 1"]);
  });

  test("is nobody's business who asks for no keys", () => {
    const primary = new Primary();
    primary.log.hasLease = false;
    expect(primary.connect().send("PING", "SELECT 0", "INFO server")).toMatch(/^\+PONG \+OK \$/);
  });
});

describe("keyspace events", () => {
  test("are told when what they tell of is committed", () => {
    const primary = new Primary("--notify-keyspace-events", "KEA");
    const [writer, subscriber] = [primary.connect(), primary.connect()];
    subscriber.send("SUBSCRIBE __keyevent@0__:set");
    writer.send("SET k 1");
    const first = primary.log.logEnd;
    writer.send("SET l 1");
    expect(subscriber.received()).toBe("");
    primary.commit(first);
    expect(subscriber.received()).toBe("*3 $7 message $18 __keyevent@0__:set $1 k");
    primary.commit();
    expect(subscriber.received()).toBe("*3 $7 message $18 __keyevent@0__:set $1 l");
  });

  test("are told at once where nothing waits", () => {
    const primary = new Primary("--notify-keyspace-events", "KEA", "--write-ack", "async");
    const [writer, subscriber] = [primary.connect(), primary.connect()];
    subscriber.send("SUBSCRIBE __keyevent@0__:set");
    writer.send("SET k 1");
    expect(subscriber.received()).not.toBe("");
  });
});

describe("limits", () => {
  test("what waits counts as output of the client", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1", "GET k");
    client.received();
    expect(client.connection.outputBytes).toBe("+OK\r\n$1\r\n1\r\n".length);
    expect(primary.replication.gate.heldBytes).toBe(client.connection.outputBytes);
    primary.commit();
    client.received();
    expect([client.connection.outputBytes, primary.replication.gate.heldBytes]).toEqual([0, 0]);
  });

  test("a client that is gone counts for nothing", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.replication.forget(client.connection);
    expect(primary.replication.gate.heldBytes).toBe(0);
    expect(primary.replication.gate.heldConnections).toBe(0);
  });
});

describe("without replicas", () => {
  test("nothing is logged and nothing waits", () => {
    const primary = new Primary();
    primary.log.isReplicated = false;
    primary.replication.replicasChanged();
    const client = primary.connect();
    primary.log.hasLease = false;
    expect(client.send("SET k 1", "GET k")).toBe("+OK $1 1");
    expect(primary.log.logEnd).toBe(0);
    expect(client.connection.uncommitted).toBeUndefined();
    primary.log.isReplicated = true;
    primary.replication.replicasChanged();
    expect(client.send("SET k 2")).toBe("");
    expect(primary.log.logEnd).toBeGreaterThan(0);
  });
});

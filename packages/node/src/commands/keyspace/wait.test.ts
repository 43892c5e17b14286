import { CommandError } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TestLog } from "../../replication/test-log.ts";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

class Primary {
  readonly log = Object.assign(new TestLog(), { acked: [0, 0] });
  readonly node = new SocketlessNode();
  readonly #replication = this.node.replicate(this.log);

  constructor() {
    this.#replication.serve();
  }

  connect(): SocketlessClient {
    return this.node.connect();
  }

  ack(...offsets: readonly number[]): void {
    this.log.acked = [...offsets];
    this.#replication.acknowledged();
  }

  depose(): void {
    this.log.role = "replica";
    this.#replication.stepDown();
  }
}

describe("WAIT", () => {
  test("answers at once when enough replicas have what the client wrote", () => {
    const primary = new Primary();
    const client = primary.connect();
    expect(client.send("WAIT 2 0", "SET k 1")).toBe(":2 +OK");
    primary.ack(primary.log.logEnd, 0);
    expect(client.send("WAIT 1 0", "WAIT 0 0")).toBe(":1 :1");
  });

  test("waits for its own writes, not for those of others", () => {
    const primary = new Primary();
    const [client, other] = [primary.connect(), primary.connect()];
    client.send("SET k 1");
    const written = primary.log.logEnd;
    other.send("SET k 2");
    expect(client.send("WAIT 1 0", "PING")).toBe("");
    primary.ack(written - 1, 0);
    expect(client.received()).toBe("");
    primary.ack(written, 0);
    expect(client.received()).toBe(":1 +PONG");
  });

  test("answers how many there are when its time is over", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1", "WAIT 2 100");
    primary.ack(primary.log.logEnd, 0);
    expect(client.received()).toBe("");
    vi.advanceTimersByTime(100);
    expect(client.received()).toBe(":1");
  });

  test("waits for nothing in a transaction", () => {
    const client = new Primary().connect();
    client.send("MULTI", "SET k 1", "WAIT 2 0");
    expect(client.send("EXEC")).toBe("*2 +OK :2");
    expect(client.send("MULTI", "WAIT 2 0", "EXEC")).toMatch(/\*1 :0$/);
  });

  test("counts the write of a client that was served while it waited", () => {
    const primary = new Primary();
    const [client, other] = [primary.connect(), primary.connect()];
    client.send("BLPOP l 0");
    other.send("RPUSH l 1");
    expect(client.received()).toBe("*2 $1 l $1 1");
    client.send("WAIT 1 0");
    expect(client.received()).toBe("");
    primary.ack(primary.log.logEnd);
    expect(client.received()).toBe(":1");
  });

  test("is refused on a replica, and ends there when its primary becomes one", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1", "WAIT 1 0");
    primary.depose();
    primary.node.broker.blocking.endReplicaWaits();
    expect(client.received()).toBe(":0");
    expect(client.send("WAIT 0 0")).toMatch(/^-ERR WAIT cannot be used with replica instances\. /);
    expect(client.send("WAITAOF 0 0 0")).toMatch(
      /^-ERR WAITAOF cannot be used with replica instances\. /,
    );
  });
});

test("min-isr refuses writes while too few replicas are in sync, before they do anything", () => {
  const primary = new Primary();
  const { log, node } = primary;
  const client = primary.connect();
  const refusal = "-NOREPLICAS Not enough good replicas to write.";
  expect(client.send("CONFIG SET min-isr 3", "SET k 1", "GET k")).toBe(`+OK ${refusal} $-1`);
  expect(log.logEnd).toBe(0);
  expect(client.send("MULTI", "GET k", "EXEC", "MULTI", "SET k 1", "EXEC")).toBe(
    `+OK +QUEUED *1 $-1 +OK ${refusal} -EXECABORT Transaction discarded because of previous errors.`,
  );
  client.send("MULTI");
  log.isrSize = 3;
  node.broker.replication?.isrChanged();
  client.send("SET k 1");
  log.isrSize = 2;
  node.broker.replication?.isrChanged();
  expect(client.send("EXEC")).toBe(
    "-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.",
  );
  expect(client.send("CONFIG SET min-isr 2", "SET k 1")).toBe("+OK +OK");
});

describe("CLIENT DURABILITY", () => {
  test("takes one of four words, of which one needs what is not there", () => {
    const client = new SocketlessNode().connect();
    expect(client.send("CLIENT DURABILITY ASYNC", "CLIENT DURABILITY replicated")).toBe("+OK +OK");
    expect(client.send("CLIENT DURABILITY default")).toBe("+OK");
    expect(client.send("CLIENT DURABILITY fsynced")).toBe(
      "-ERR fsynced needs persistence, which this version does not have",
    );
    expect(client.send("CLIENT DURABILITY safe", "CLIENT DURABILITY")).toMatch(
      /^-ERR syntax error -ERR wrong number of arguments for 'client\|durability' command/,
    );
  });

  test("as `write-ack` does", () => {
    const client = new SocketlessNode().connect();
    expect(client.send("CONFIG SET write-ack fsynced")).toContain(
      "fsynced needs persistence, which this version does not have",
    );
    expect(client.send("CONFIG SET write-ack async", "CONFIG GET write-ack")).toBe(
      "+OK *2 $9 write-ack $5 async",
    );
  });

  test("ends with RESET", () => {
    const client = new SocketlessNode().connect();
    client.send("CLIENT DURABILITY async", "RESET");
    expect(client.connection.durability).toBe("default");
  });
});

test("who waits for keys that are served elsewhere is told, and keeps its connection", () => {
  const primary = new Primary();
  const [popper, reader, gone] = [primary.connect(), primary.connect(), primary.connect()];
  popper.send("BLPOP l 0", "PING");
  reader.send("XREAD BLOCK 0 STREAMS s $");
  gone.send("BLPOP l 0");
  primary.depose();
  const { blocking } = primary.node.broker;
  blocking.redirect((connection) =>
    connection === reader.connection ? undefined : new CommandError("MOVED", "1 127.0.0.1:7001"),
  );
  expect(popper.received()).toBe("-MOVED 1 127.0.0.1:7001 +PONG");
  expect(reader.received()).toBe("");
  expect(blocking.size).toBe(1);
});

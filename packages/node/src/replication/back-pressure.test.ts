import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gate } from "../gates.ts";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import type { Replication } from "./replication.ts";
import { TestLog } from "./test-log.ts";

// The clock is part of the log: its bytes are counted here.
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

class Primary {
  readonly log = Object.assign(new TestLog(), { committedTo: 0 });
  readonly node = new SocketlessNode();
  readonly replication: Replication;

  constructor(limits: { uncommittedBytes: number; heldBytes: number }) {
    this.replication = this.node.replicate(this.log, limits);
    this.replication.serve();
  }

  connect(): SocketlessClient {
    return this.node.connect();
  }

  commit(to = this.log.logEnd): void {
    this.log.committedTo = to;
    this.replication.committed();
  }

  get isCongested(): boolean {
    return (this.node.broker.gates.bits & Gate.congestion) !== 0;
  }
}

const VALUE = "x".repeat(100);
const LITTLE = { uncommittedBytes: 300, heldBytes: 1_000_000 };

test("clients that write wait when too much is not committed, and go on where they were", () => {
  const primary = new Primary(LITTLE);
  const [client, reader] = [primary.connect(), primary.connect()];
  for (let index = 0; index < 3; index += 1) client.send(`APPEND k ${VALUE}`);
  expect(primary.isCongested).toBe(true);
  const { logEnd } = primary.log;
  client.send(`APPEND k ${VALUE}`, "STRLEN k", "PING");
  expect(primary.log.logEnd).toBe(logEnd);
  expect([client.connection.isStopped, client.connection.socket.isPaused()]).toEqual([true, true]);
  expect(primary.replication.backPressure.heldConnections).toBe(1);
  // Who only reads goes on, and waits for the commit as ever.
  reader.send("STRLEN k", "PING");
  expect(reader.connection.isStopped).toBe(false);
  primary.commit();
  expect(client.connection.socket.isPaused()).toBe(false);
  expect(client.received()).toBe(":100 :200 :300");
  primary.commit();
  expect(client.received()).toBe(":400 :400 +PONG");
  expect(reader.received()).toBe(":300 +PONG");
});

test("it ends when half of it is committed", () => {
  const primary = new Primary(LITTLE);
  const client = primary.connect();
  for (let index = 0; index < 3; index += 1) client.send(`APPEND k ${VALUE}`);
  const { logEnd } = primary.log;
  primary.commit(logEnd - 151);
  expect(primary.isCongested).toBe(true);
  primary.commit(logEnd - 149);
  expect(primary.isCongested).toBe(false);
});

test("when it becomes too much again, those behind wait on, and no one overtakes himself", () => {
  const primary = new Primary(LITTLE);
  const writers = [1, 2, 3, 4, 5, 6].map(() => primary.connect());
  for (const writer of writers) {
    for (let index = 0; index < 3; index += 1) writer.send(`RPUSH l ${index} ${VALUE}`);
  }
  for (let round = 0; primary.replication.backPressure.heldConnections > 0; round += 1) {
    expect(round).toBeLessThan(20);
    expect(primary.log.logEnd - primary.log.commitOffset).toBeLessThan(600);
    primary.commit();
  }
  primary.commit();
  for (const writer of writers) {
    const replies = writer.received().split(" ");
    expect(replies).toHaveLength(3);
    expect(replies.map((reply) => Number(reply.slice(1)))).toEqual(
      replies.map((reply) => Number(reply.slice(1))).toSorted((a, b) => a - b),
    );
  }
});

test("a transaction waits at EXEC when it writes, and not while it is queued", () => {
  const primary = new Primary(LITTLE);
  const [client, looker] = [primary.connect(), primary.connect()];
  for (let index = 0; index < 3; index += 1) client.send(`APPEND k ${VALUE}`);
  const other = primary.connect();
  expect(other.send("MULTI", "SET l 1", "SET l 2")).toBe("+OK +QUEUED +QUEUED");
  other.send("EXEC");
  looker.send("MULTI", "GET k", "EXEC");
  expect([other.connection.isStopped, looker.connection.isStopped]).toEqual([true, false]);
  primary.commit();
  primary.commit();
  expect(other.received()).toBe("*2 +OK +OK");
});

test("whoever touches keys waits when replies take too much", () => {
  const primary = new Primary({ uncommittedBytes: 1_000_000, heldBytes: 500 });
  const [client, reader] = [primary.connect(), primary.connect()];
  client.send(`SET k ${VALUE}`);
  for (let index = 0; index < 6; index += 1) reader.send("GET k");
  client.send("SET l 1");
  const late = primary.connect();
  late.send("GET k");
  expect(late.connection.isStopped).toBe(true);
  expect(late.node.connect().send("PING")).toBe("+PONG");
  primary.commit();
  reader.received();
  client.received();
  primary.replication.tick();
  primary.commit();
  expect(late.received()).toMatch(/^\$100 /);
});

test("who is gone is not waited for, and who was deposed holds nobody back", () => {
  const primary = new Primary(LITTLE);
  const [client, gone, held] = [primary.connect(), primary.connect(), primary.connect()];
  for (let index = 0; index < 3; index += 1) client.send(`APPEND k ${VALUE}`);
  gone.send("SET l 1");
  held.send("SET l 2");
  gone.connection.destroy();
  primary.replication.forget(gone.connection);
  expect(primary.replication.backPressure.heldConnections).toBe(1);
  const { logEnd } = primary.log;
  primary.replication.stepDown();
  expect(held.connection.isStopped).toBe(false);
  expect(primary.log.logEnd).toBe(logEnd);
});

test("replies to readers count, too: whoever touches keys waits when they take too much", () => {
  const primary = new Primary({ uncommittedBytes: 1_000_000, heldBytes: 1000 });
  const [writer, reader, other] = [primary.connect(), primary.connect(), primary.connect()];
  writer.send(`SET k ${VALUE}`);
  for (let index = 0; index < 20; index += 1) reader.send("GET k");
  expect(primary.isCongested).toBe(true);
  expect(primary.replication.gate.heldBytes).toBeLessThan(1200);
  other.send("GET k");
  expect([other.connection.isStopped, other.received()]).toEqual([true, ""]);
  primary.commit();
  expect(reader.received()).toContain(VALUE);
  primary.commit();
  expect([primary.isCongested, other.received()]).toEqual([false, `$100 ${VALUE}`]);
});

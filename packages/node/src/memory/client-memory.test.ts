import { beforeEach, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";

// Goal: maxmemory-clients closes who takes most, and nobody else.

let node: SocketlessNode;
let admin: SocketlessClient;
let small: SocketlessClient;
let big: SocketlessClient;
let bigger: SocketlessClient;

/** Queues so many bytes in a transaction. */
function hoard(client: SocketlessClient, bytes: number): void {
  client.send("MULTI", `ECHO ${"x".repeat(bytes)}`);
}

beforeEach(() => {
  node = new SocketlessNode();
  [admin, small, big, bigger] = [node.connect(), node.connect(), node.connect(), node.connect()];
  hoard(small, 10_000);
  hoard(big, 100_000);
  hoard(bigger, 200_000);
});

const closed = (): boolean[] =>
  [admin, small, big, bigger].map(({ connection }) => connection.isClosed);

test("those that take most go, until the rest is within the limit", () => {
  admin.send("CONFIG SET maxmemory-clients 250000");
  expect(closed()).toEqual([false, false, false, true]);
  admin.send("CONFIG SET maxmemory-clients 1");
  // 128 KB at least: nobody could set it right again.
  expect(closed()).toEqual([false, false, false, true]);
  hoard(small, 100_000);
  admin.send("PING");
  expect(closed()).toEqual([false, true, false, true]);
  expect(admin.send("INFO stats")).toContain("evicted_clients:2 ");
});

test("CLIENT NO-EVICT protects", () => {
  bigger.send("DISCARD", "CLIENT NO-EVICT on");
  hoard(bigger, 200_000);
  admin.send("CONFIG SET maxmemory-clients 250000");
  expect(closed()).toEqual([false, false, true, false]);
});

test("a share is of maxmemory, and none without it", () => {
  admin.send("CONFIG SET maxmemory-clients 50%");
  expect(closed()).toEqual([false, false, false, false]);
  admin.send("CONFIG SET maxmemory 500000");
  expect(closed()).toEqual([false, false, false, true]);
});

test("a client that evicts itself is not answered", () => {
  admin.send("CONFIG SET maxmemory-clients 400000");
  expect(closed()).toEqual([false, false, false, false]);
  bigger.send(`ECHO ${"x".repeat(200_000)}`);
  expect(bigger.send("PING")).toBe("");
  expect(closed()).toEqual([false, false, false, true]);
});

test("CLIENT LIST tells what each takes", () => {
  const totals = [...admin.send("CLIENT LIST").matchAll(/ tot-mem=(\d+) /g)].map(([, bytes]) =>
    Number(bytes),
  );
  expect(totals[0]).toBeLessThan(10_000);
  expect(totals[2]).toBeGreaterThan(100_000);
  expect(totals[3]).toBeGreaterThan(200_000);
  expect(totals.reduce((sum, bytes) => sum + bytes)).toBeGreaterThan(300_000);
});

test("without a limit nothing is counted", () => {
  expect(node.broker.memory.clients.totalBytes).toBe(0);
  admin.send("CONFIG SET maxmemory-clients 1gb");
  expect(node.broker.memory.clients.totalBytes).toBeGreaterThan(310_000);
  admin.send("CONFIG SET maxmemory-clients 0");
  expect(node.broker.memory.clients.totalBytes).toBe(0);
  expect(node.broker.gates.bits).toBe(0);
});

import { ascii, EMPTY } from "@slotcast/protocol";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";

/** A machine with other work must not fail a test. */
const PATIENCE = { timeout: 10_000 };

// Goal: a key whose time has come goes although nobody asks for it, and everybody who should know is told.

function nodeWithExpiry(...directives: string[]): SocketlessNode {
  const node = new SocketlessNode(...directives);
  node.broker.expiryCycle.start();
  onTestFinished(() => {
    node.broker.expiryCycle.stop();
  });
  return node;
}

/** Without looking at keys, which would remove them. */
async function untilEmpty(node: SocketlessNode): Promise<void> {
  await vi.waitFor(() => {
    expect(node.broker.keyspace.size).toBe(0);
  }, PATIENCE);
}

describe("a key that nobody asks for", () => {
  test("is removed, counted, and deleted by an effect", async () => {
    const node = nodeWithExpiry();
    const client = node.connect();
    client.send("SET a 1 PX 1", "SELECT 3", "SET b 1 PX 1", "RPUSH c 1", "PEXPIRE c 1");
    node.effects.length = 0;
    await untilEmpty(node);
    expect(node.effects.map((effect) => effect.join(" ")).toSorted()).toEqual([
      "DEL a",
      "DEL b",
      "DEL c",
    ]);
    expect(client.send("INFO stats")).toContain("expired_keys:3 ");
  });

  test("is announced in its database", async () => {
    const node = nodeWithExpiry("--notify-keyspace-events", "Ex");
    const listener = node.connect();
    listener.send("PSUBSCRIBE *");
    node.connect().send("SELECT 3", "SET a 1 PX 1");
    await untilEmpty(node);
    expect(listener.received()).toBe("*4 $8 pmessage $1 * $22 __keyevent@3__:expired $1 a");
  });

  test("makes a transaction that watches it fail", async () => {
    const node = nodeWithExpiry();
    const client = node.connect();
    client.send("SET a 1 PX 1", "WATCH a");
    await untilEmpty(node);
    expect(client.send("MULTI", "PING", "EXEC")).toBe("+OK +QUEUED *-1");
  });

  test("ends the waiting for a consumer group of its stream", async () => {
    const node = nodeWithExpiry();
    const reader = node.connect();
    reader.send("XGROUP CREATE s g $ MKSTREAM", "PEXPIRE s 20");
    reader.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    await vi.waitFor(() => {
      expect(reader.received()).toMatch(/^-NOGROUP /);
    }, PATIENCE);
  });

  test("is left alone while active expiry is paused", async () => {
    const node = nodeWithExpiry("--hz", "500");
    node.broker.expiryCycle.isPaused = true;
    const expireSome = vi.spyOn(node.broker.keyspace, "expireSome");
    node.connect().send("SET a 1 PX 1", "CONFIG SET hz 400");
    await vi.waitFor(() => {
      expect(Date.now()).toBeGreaterThan(node.broker.startedAtMs + 50);
    });
    expect(expireSome).not.toHaveBeenCalled();
    expect(node.broker.keyspace.size).toBe(1);
  });
});

test(
  "of very many due keys all go, and others get their turn in between",
  { timeout: 15_000 },
  async () => {
    const node = nodeWithExpiry();
    const table = node.broker.keyspace.table(0);
    table.set(ascii("stays"), EMPTY);
    for (let index = 0; index < 100_000; index += 1) {
      table.set(ascii(`key-${index}`), EMPTY);
      table.expireAt(ascii(`key-${index}`), 1);
    }
    let turns = 0;
    const takeTurns = (): void => {
      if (table.size === 1) return;
      if (table.size <= 100_000) turns += 1;
      setImmediate(takeTurns);
    };
    takeTurns();
    await vi.waitFor(() => {
      expect(table.size).toBe(1);
    }, PATIENCE);
    expect(turns).toBeGreaterThan(3);
  },
);

test("CONFIG SET hz takes effect at once", async () => {
  const node = nodeWithExpiry("--hz", "1");
  const client = node.connect();
  client.send("SET a 1 PX 1", "CONFIG SET hz 100");
  await vi.waitFor(
    () => {
      expect(node.broker.keyspace.size).toBe(0);
    },
    { timeout: 800 },
  );
  expect(client.send("INFO server")).toContain(" hz:100 configured_hz:100 ");
});

test("INFO tells how long keys still live on average, by what active expiry saw", async () => {
  const node = nodeWithExpiry();
  const client = node.connect();
  client.send("SET a 1 PX 100000", "SET b 1 PX 300000", "SET c 1");
  await vi.waitFor(() => {
    expect(client.send("INFO keyspace")).toMatch(/ db0:keys=3,expires=2,avg_ttl=19\d{4}$/);
  }, PATIENCE);
  expect(client.send("PERSIST a", "PERSIST b", "INFO keyspace")).toMatch(/expires=0,avg_ttl=0$/);
});

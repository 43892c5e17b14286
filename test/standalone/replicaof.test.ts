import { until } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import {
  ask,
  follow,
  infoOf,
  startServer,
  untilInSync,
  untilLinked,
  untilSameKeys,
} from "./servers.ts";
import { missingOn, untilWritten, writeUntil } from "./writers.ts";

// Goal: a server follows another one without a cluster: all of its keys, and every change of them, and nothing that was
// acknowledged is lost when the primary dies.

const KEYS = 60_000;
/** Of 2 KB each: they take a while to load. */
const LARGE_KEYS = 30_000;
const TEST_TIMEOUT_MS = 120_000;

describe("REPLICAOF", { timeout: TEST_TIMEOUT_MS }, () => {
  test("takes over a large keyspace while it is written to", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await ask(primary, "DEBUG", "POPULATE", String(KEYS), "key", "100");
    let isOver = false;
    const writing = writeUntil(primary, { from: 0, isOver: () => isOver });
    await follow(replica, primary);
    await untilInSync(primary, 1);
    isOver = true;
    const { acknowledged, errors } = await writing;
    expect(errors).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
    await untilSameKeys(primary, replica);
    expect(await missingOn(replica, acknowledged)).toEqual([]);
  });

  test("begins again when the link is cut in the middle of it, and shows nobody half of it", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await ask(primary, "DEBUG", "POPULATE", String(LARGE_KEYS), "key", "2000");
    await ask(replica, "REPLICAOF", "127.0.0.1", String(primary.port));
    await using reader = await replica.connect();
    await until(async () => (await infoOf(replica, "persistence")).get("loading") === "1", {
      withinMs: 20_000,
    });
    const loading = "LOADING Redis is loading the dataset in memory";
    await expect(reader.call("GET", "key:0")).rejects.toThrow(loading);
    await expect(reader.call("REPLICAOF", "NO", "ONE")).rejects.toThrow(loading);
    await using other = await primary.connect();
    expect(await other.call("CLIENT", "KILL", "TYPE", "replica")).toBe(1);
    await untilLinked(replica);
    await untilInSync(primary, 1);
    await untilSameKeys(primary, replica);
    expect((await infoOf(primary, "stats")).get("sync_full")).toBe("2");
    expect(await reader.call("DBSIZE")).toBe(LARGE_KEYS);
  });

  test("carries every database, times, streams with groups, and messages", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await using writer = await primary.connect();
    const before = ["SET a 1", "SELECT 3", "XADD s 1-1 f v", "XGROUP CREATE s g 0"];
    before.push("XREADGROUP GROUP g c COUNT 1 STREAMS s >", "SELECT 15", "SET last x EX 1000");
    for (const line of before) await writer.call(...line.split(" "));
    await follow(replica, primary);
    await using subscriber = await replica.connect();
    await subscriber.subscribe("SUBSCRIBE", "news");
    const after = ["SELECT 7", "SET moved 1", "MOVE moved 8", "SELECT 8", "COPY moved copied DB 9"];
    after.push(
      "SWAPDB 9 10",
      "MULTI",
      "SET one 1",
      "SELECT 3",
      "XACK s g 1-1",
      "SPOP none",
      "EXEC",
    );
    after.push("XADD s * more f", "SELECT 0", "SET short 1 PX 200", "PUBLISH news hello");
    for (const line of after) await writer.call(...line.split(" "));
    expect(await subscriber.nextPush()).toEqual(["message", "news", "hello"]);
    await untilSameKeys(primary, replica);
    await using reader = await replica.connect();
    await reader.call("SELECT", "10");
    expect(await reader.call("GET", "copied")).toBe("1");
    await reader.call("SELECT", "0");
    // The key that expires goes by the primary's word.
    await until(async () => (await reader.call("DBSIZE")) === 1, { withinMs: 5000 });
    await writer.call("FLUSHALL");
    await untilSameKeys(primary, replica);
    expect(await ask(replica, "DEBUG", "DIGEST")).toBe("0".repeat(40));
  });

  test("goes on after a cut link with what it missed, and no more", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await ask(primary, "SET", "before", "1");
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await using writer = await primary.connect();
    expect(await writer.call("CLIENT", "KILL", "TYPE", "replica")).toBe(1);
    await writer.call("SET", "while it was away", "2");
    await untilSameKeys(primary, replica);
    const stats = await infoOf(primary, "stats");
    expect([stats.get("sync_full"), stats.get("sync_partial_ok")]).toEqual(["1", "1"]);
  });

  test("is given on the command line, with a password and a user", async () => {
    await using primary = await startServer({ requirepass: "secret" });
    await using client = await primary.connect();
    await client.call("AUTH", "secret");
    await client.call("SET", "a", "1");
    await using replica = await startServer({
      replicaof: `127.0.0.1 ${primary.port}`,
      masterauth: "secret",
      masteruser: "default",
    });
    await untilLinked(replica);
    expect(await ask(replica, "GET", "a")).toBe("1");
    await using other = await replica.connect();
    expect(await other.call("CONFIG", "GET", "replicaof")).toEqual([
      "replicaof",
      `127.0.0.1 ${primary.port}`,
    ]);
    const replicas = await client.callText("INFO", "replication");
    expect(replicas).toContain(`slave0:ip=127.0.0.1,port=${replica.port},state=online`);
  });

  test("of a replica leads to its primary", async () => {
    await using primary = await startServer();
    await using first = await startServer();
    await using second = await startServer();
    await follow(first, primary);
    await follow(second, first);
    await untilInSync(primary, 2);
    await ask(primary, "SET", "a", "1");
    await untilSameKeys(primary, first, second);
    expect((await infoOf(second, "replication")).get("master_port")).toBe(String(first.port));
  });
});

describe("A primary", { timeout: TEST_TIMEOUT_MS }, () => {
  test("that is killed leaves every acknowledged write on its replicas, who go on together", async () => {
    await using primary = await startServer();
    await using heir = await startServer();
    await using other = await startServer();
    await follow(heir, primary);
    await follow(other, primary);
    await untilInSync(primary, 2);
    const writers = [0, 1_000_000].map(async (from) =>
      writeUntil(primary, { from, isOver: () => false }),
    );
    await untilWritten(heir, 500);
    await primary.kill();
    const journals = await Promise.all(writers);
    const acknowledged = journals.flatMap((journal) => [...journal.acknowledged]);
    expect(acknowledged.length).toBeGreaterThan(100);
    await ask(heir, "REPLICAOF", "NO", "ONE");
    expect(await missingOn(heir, acknowledged)).toEqual([]);
    await follow(other, heir);
    await untilSameKeys(heir, other);
    const stats = await infoOf(heir, "stats");
    expect([stats.get("sync_full"), stats.get("sync_partial_ok")]).toEqual(["0", "1"]);
    expect(await ask(heir, "SET", "a", "1")).toBe("OK");
    await untilSameKeys(heir, other);
  });

  test("goes on without a replica that hangs, and has it back afterwards", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await using writer = await primary.connect();
    process.kill(replica.pid ?? 0, "SIGSTOP");
    try {
      // Waits for the replica, until that is given up.
      expect(await writer.call("SET", "a", "1")).toBe("OK");
      expect((await infoOf(primary, "replication")).get("repl_in_sync_nodes")).toBe("1");
      expect(await writer.call("WAIT", "1", "50")).toBe(0);
      await writer.call("CONFIG", "SET", "min-replicas-to-write", "1");
      await expect(writer.call("SET", "b", "1")).rejects.toThrow(
        "NOREPLICAS Not enough good replicas to write.",
      );
    } finally {
      process.kill(replica.pid ?? 0, "SIGCONT");
    }
    await untilInSync(primary, 1);
    expect(await writer.call("SET", "b", "1")).toBe("OK");
    expect(await writer.call("WAIT", "1", "5000")).toBe(1);
    await untilSameKeys(primary, replica);
  });

  test("that is shut down has answered what its replicas have", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    const writing = writeUntil(primary, { from: 0, isOver: () => false });
    await untilWritten(replica, 100);
    await primary.kill("SIGTERM");
    const { acknowledged } = await writing;
    await ask(replica, "REPLICAOF", "NO", "ONE");
    expect(await missingOn(replica, acknowledged)).toEqual([]);
  });
});

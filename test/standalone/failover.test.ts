import { until } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import { ask, follow, infoOf, startServer, untilInSync, untilSameKeys } from "./servers.ts";
import { missingOn, untilWritten, writeUntil } from "./writers.ts";

// Goal: a primary hands its place to a replica while clients write, and nothing that was acknowledged is lost; what cannot
// be handed over stays where it is.

const TEST_TIMEOUT_MS = 120_000;
const DONE_WITHIN_MS = 20_000;
const READONLY = "READONLY You can't write against a read only replica.";

async function untilState(server: Parameters<typeof infoOf>[0], state: string): Promise<void> {
  await until(
    async () => (await infoOf(server, "replication")).get("master_failover_state") === state,
    { withinMs: DONE_WITHIN_MS, what: state },
  );
}

describe("FAILOVER", { timeout: TEST_TIMEOUT_MS }, () => {
  test("under load loses no acknowledged write, and the others come along", async () => {
    await using primary = await startServer();
    await using heir = await startServer();
    await using other = await startServer();
    await follow(heir, primary);
    await follow(other, primary);
    await untilInSync(primary, 2);
    const writing = [0, 1_000_000, 2_000_000].map(async (from) =>
      writeUntil(primary, { from, isOver: () => false }),
    );
    await untilWritten(heir, 200);
    expect(await ask(primary, "FAILOVER", "TO", "127.0.0.1", String(heir.port))).toBe("OK");
    // Writers stop when they are told that it is a replica.
    const journals = await Promise.all(writing);
    for (const { errors } of journals) expect(new Set(errors)).toEqual(new Set([READONLY]));
    const acknowledged = journals.flatMap((journal) => [...journal.acknowledged]);
    expect(acknowledged.length).toBeGreaterThan(200);
    expect(await missingOn(heir, acknowledged)).toEqual([]);
    const info = await infoOf(primary, "replication");
    expect([info.get("role"), info.get("master_port")]).toEqual(["slave", String(heir.port)]);
    expect(info.get("master_failover_state")).toBe("no-failover");
    await untilInSync(heir, 2);
    // Nobody needed a snapshot for that.
    expect((await infoOf(heir, "stats")).get("sync_full")).toBe("0");
    let isOver = false;
    const later = writeUntil(heir, { from: 3_000_000, isOver: () => isOver });
    await untilWritten(other, acknowledged.length + 100);
    isOver = true;
    expect((await later).errors).toEqual([]);
    await untilSameKeys(primary, heir, other);
  });

  test("there and back again keeps every write", async () => {
    await using one = await startServer();
    await using two = await startServer();
    await follow(two, one);
    await untilInSync(one, 1);
    const servers = [one, two];
    for (let turn = 0; turn < 4; turn += 1) {
      const from = servers[turn % 2] ?? one;
      const to = servers[(turn + 1) % 2] ?? two;
      await ask(from, "SET", `turn ${turn}`, "kept");
      await ask(from, "FAILOVER");
      await until(async () => (await infoOf(to, "replication")).get("role") === "master", {
        withinMs: DONE_WITHIN_MS,
      });
      await untilInSync(to, 1);
    }
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await ask(one, "GET", `turn ${turn}`)).toBe("kept");
    }
    await untilSameKeys(one, two);
  });

  test("waits for a replica that hangs, until it is aborted or time is up; then writes go on", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await using writer = await primary.connect();
    await using operator = await primary.connect();
    process.kill(replica.pid ?? 0, "SIGSTOP");
    try {
      await writer.call("SET", "a", "1");
      const to = ["TO", "127.0.0.1", String(replica.port)];
      expect(await operator.call("FAILOVER", ...to)).toBe("OK");
      await untilState(primary, "waiting-for-sync");
      const waiting = writer.call("SET", "a", "2");
      expect(await operator.call("GET", "a")).toBe("1");
      await expect(operator.call("FAILOVER")).rejects.toThrow("FAILOVER already in progress.");
      await expect(operator.call("REPLICAOF", "NO", "ONE")).rejects.toThrow(
        "REPLICAOF not allowed while failing over.",
      );
      expect(await operator.call("FAILOVER", "ABORT")).toBe("OK");
      expect(await waiting).toBe("OK");
      expect(await operator.call("FAILOVER", ...to, "TIMEOUT", "100")).toBe("OK");
      await untilState(primary, "no-failover");
      expect(await writer.call("SET", "a", "3")).toBe("OK");
    } finally {
      process.kill(replica.pid ?? 0, "SIGCONT");
    }
    await untilSameKeys(primary, replica);
  });

  test("that is forced gives the place to a replica without the last writes", async () => {
    await using primary = await startServer({ "write-ack": "async" });
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await ask(primary, "SET", "a", "1");
    await untilSameKeys(primary, replica);
    process.kill(replica.pid ?? 0, "SIGSTOP");
    await ask(primary, "SET", "a", "2");
    const to = ["TO", "127.0.0.1", String(replica.port), "FORCE", "TIMEOUT", "50"];
    expect(await ask(primary, "FAILOVER", ...to)).toBe("OK");
    await untilState(primary, "failover-in-progress");
    process.kill(replica.pid ?? 0, "SIGCONT");
    await untilState(primary, "no-failover");
    expect((await infoOf(replica, "replication")).get("role")).toBe("master");
    await untilSameKeys(primary, replica);
  });

  test.each([
    ["the password", { masterauth: "for a server that asks for none" }],
    ["the address", { "replica-announce-ip": "too-long.".repeat(30) }],
  ])("to a replica that refuses %s leaves one primary, the old one", async (_what, directives) => {
    await using primary = await startServer(directives);
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await ask(primary, "FAILOVER");
    await untilState(primary, "no-failover");
    expect(await ask(primary, "SET", "a", "1")).toBe("OK");
    await untilInSync(primary, 1);
    await expect(ask(replica, "SET", "a", "2")).rejects.toThrow(READONLY);
    await untilSameKeys(primary, replica);
  });

  test("sends a client that can follow redirects to the new primary", async () => {
    await using primary = await startServer();
    await using replica = await startServer();
    await follow(replica, primary);
    await untilInSync(primary, 1);
    await using blocked = await primary.connect();
    await blocked.call("CLIENT", "CAPA", "redirect");
    const popped = blocked.callRaw("BLPOP", "list", "0");
    await until(async () => (await infoOf(primary, "clients")).get("blocked_clients") === "1", {
      withinMs: DONE_WITHIN_MS,
    });
    await ask(primary, "FAILOVER");
    expect(String(await popped)).toBe(`-REDIRECT 127.0.0.1:${replica.port}\r\n`);
    await expect(blocked.call("GET", "a")).rejects.toThrow(`REDIRECT 127.0.0.1:${replica.port}`);
    await blocked.call("READONLY");
    expect(await blocked.call("GET", "a")).toBeNull();
  });
});

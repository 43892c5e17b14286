import { describe, expect, test } from "vitest";
import { startCluster, startNode, until, type RespClient } from "@slotcast/testkit";

const MIB = 1024 * 1024;
const WITHIN_MS = 10_000;

/** Field of INFO, as text. */
async function info(client: RespClient, field: string): Promise<string | undefined> {
  const reply = (await client.callRaw("INFO", "everything")).toString("latin1");
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(reply)?.[1];
}

describe("a client that misbehaves harms nobody else", () => {
  test("what it sends after QUIT is thrown away, and the connection closed though it stays", async () => {
    await using node = await startNode();
    await using client = await node.connect();
    client.send(Buffer.from("QUIT\r\nSET after quit\r\n"));
    expect(String(await client.nextReply())).toBe("+OK\r\n");
    await client.untilClosed();
    await using other = await node.connect();
    expect(await other.call("EXISTS", "after")).toBe(0);
    await until(async () => (await info(other, "connected_clients")) === "1", {
      withinMs: WITHIN_MS,
    });
  });

  test("one that waits and goes on sending is closed at client-query-buffer-limit, and counted", async () => {
    await using node = await startNode({ directives: { "client-query-buffer-limit": "1mb" } });
    await using client = await node.connect();
    client.send(Buffer.from("BLPOP nothing 0\r\n"));
    client.send(Buffer.alloc(4 * MIB, "PING\r\n"));
    await client.untilClosed();
    await using other = await node.connect();
    expect(await info(other, "client_query_buffer_limit_disconnections")).toBe("1");
    expect(await info(other, "blocked_clients")).toBe("0");
  });

  test.each([
    ["an option full of line breaks", ["HELLO", "3", `${"\n".repeat(150_000)}x`]],
    ["a timeout of many digits", ["BLPOP", "k", `${"1".repeat(100_000)}x`]],
    ["a hexadecimal timeout of many digits", ["BLPOP", "k", `0x${"1".repeat(100_000)}z`]],
  ])("%s is refused at once", { timeout: 10_000 }, async (_what, request) => {
    await using node = await startNode();
    await using client = await node.connect();
    await expect(client.call(...request)).rejects.toThrow(/^ERR/);
  });

  test("one too many is told so and closed; it counts as rejected, not as received", async () => {
    await using node = await startNode();
    await using client = await node.connect();
    await until(async () => (await info(client, "connected_clients")) === "1", {
      withinMs: WITHIN_MS,
    });
    await client.call("CONFIG", "SET", "maxclients", "1");
    const received = Number(await info(client, "total_connections_received"));
    const rejected = Number(await info(client, "rejected_connections"));
    await using tooMany = await node.connect();
    expect(String(await tooMany.nextReply())).toBe("-ERR max number of clients reached\r\n");
    await tooMany.untilClosed();
    expect(Number(await info(client, "total_connections_received"))).toBe(received);
    expect(Number(await info(client, "rejected_connections"))).toBe(rejected + 1);
  });

  test("names longer than a delivery may repeat are refused", async () => {
    await using node = await startNode();
    await using client = await node.connect();
    const long = "c".repeat(MIB + 1);
    for (const command of ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]) {
      await expect(client.call(command, long)).rejects.toThrow("takes at most 1048576 bytes");
    }
    await expect(client.call("PUBLISH", long, "m")).rejects.toThrow("takes at most 1048576 bytes");
    await expect(client.call("CLIENT", "SETNAME", "n".repeat(1025))).rejects.toThrow("1024 bytes");
  });
});

describe("directives that change at run time", () => {
  test("without a password any more, those who still owed it are in", async () => {
    await using node = await startNode({ directives: { requirepass: "secret" } });
    await using stranger = await node.connect();
    await expect(stranger.call("PING")).rejects.toThrow("NOAUTH");
    await using admin = await node.connect();
    await admin.call("AUTH", "secret");
    await admin.call("CONFIG", "SET", "requirepass", "");
    expect(await stranger.call("PING")).toBe("PONG");
    expect(await stranger.call("DEL", ..."abcdefghijkl")).toBe(0); // more arguments than strangers may send
  });

  test("timeout spares a client that is still sending its request", async () => {
    await using node = await startNode({ directives: { timeout: "1" } });
    await using client = await node.connect();
    client.send(Buffer.from("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30\r\n"));
    const startedMs = Date.now();
    let sent = 0;
    const sendSlowly = (): boolean => {
      // A byte now and then, for longer than the timeout.
      if (sent < 29 && Date.now() - startedMs > sent * 100) {
        client.send(Buffer.from("v"));
        sent += 1;
      }
      return sent === 29;
    };
    await until(sendSlowly, { withinMs: WITHIN_MS });
    client.send(Buffer.from("v\r\n"));
    expect(String(await client.nextReply())).toBe("+OK\r\n");
  });
});

describe("subscribed means subscribed", () => {
  test("however many names: no confirmation leaves before a hanging node is given up", async () => {
    await using cluster = await startCluster({ nodes: 2 });
    await using subscriber = await cluster.node(0).connect();
    await cluster.untilReady();
    const { pid } = cluster.node(1);
    if (pid === undefined) throw new Error("the node does not run");
    process.kill(pid, "SIGSTOP");
    try {
      const names = Array.from({ length: 20_000 }, (_, index) => `channel-${index}`);
      const startedMs = Date.now();
      const confirmed = subscriber.subscribe("SUBSCRIBE", ...names).then(() => Date.now());
      expect((await confirmed) - startedMs).toBeGreaterThan(500);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("on a node that has just restarted, too", async () => {
    await using cluster = await startCluster({ nodes: 3 });
    await using publisher = await cluster.node(2).connect();
    for (let round = 0; round < 3; round += 1) {
      await cluster.kill(0);
      await cluster.node(0).start(); // resolves as soon as it answers
      await using subscriber = await cluster.node(0).connect();
      await subscriber.subscribe("SUBSCRIBE", `news-${round}`);
      await publisher.call("PUBLISH", `news-${round}`, "hello");
      expect(await subscriber.nextPush()).toEqual(["message", `news-${round}`, "hello"]);
    }
  });
});

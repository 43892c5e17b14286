import {
  ReplyError,
  startCluster,
  type Reply,
  type RespClient,
  type TestCluster,
} from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: a transaction in a cluster is routed as one command: while it is queued, and again at EXEC.
// Method: three nodes, and a client that follows no redirect. Slots: hello 866, hash 7365, foo 12182.

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function errorOf(reply: Promise<Reply>): Promise<string> {
  return reply.then(
    () => "no error",
    (error: unknown) => (error instanceof ReplyError ? error.message : String(error)),
  );
}

async function queue(client: RespClient, ...commands: readonly string[][]): Promise<void> {
  expect(await client.call("MULTI")).toBe("OK");
  for (const [name = "", ...args] of commands) {
    expect(await client.call(name, ...args)).toBe("QUEUED");
  }
}

describe("a transaction", () => {
  test("is redirected while it is queued, and EXEC discards it", async () => {
    await using client = await cluster.nodeOf("hello").connect();
    await queue(client, ["SET", "hello", "1"]);
    const { port } = cluster.nodeOf("foo");
    expect(await errorOf(client.call("SET", "foo", "1"))).toBe(`MOVED 12182 127.0.0.1:${port}`);
    expect(await errorOf(client.call("EXEC"))).toMatch(/^EXECABORT/);
    expect(await client.call("EXISTS", "hello")).toBe(0);
  });

  test("of keys in several slots of one node is refused as a whole at EXEC", async () => {
    await using client = await cluster.nodeOf("hello").connect();
    // Both slots belong to the first node.
    await queue(client, ["SET", "hello", "1"], ["SET", "{3}", "1"]);
    const refusal = "CROSSSLOT Keys in request don't hash to the same slot";
    expect(await errorOf(client.call("EXEC"))).toBe(refusal);
    expect(await errorOf(client.call("EXEC"))).toBe("ERR EXEC without MULTI");
    expect(await client.call("EXISTS", "hello")).toBe(0);
  });

  test("without keys runs on any node", async () => {
    await using client = await cluster.node(2).connect();
    await queue(client, ["PING"], ["ECHO", "hi"]);
    expect(await client.call("EXEC")).toEqual(["PONG", "hi"]);
  });

  test("publishes to every node once it is executed, not before", async () => {
    await using subscriber = await cluster.node(1).connect();
    await subscriber.subscribe("SUBSCRIBE", "news");
    await using client = await cluster.nodeOf("hello").connect();
    await queue(client, ["PUBLISH", "news", "queued"], ["INCR", "{hello}:n"]);
    await using other = await cluster.node(0).connect();
    await other.call("PUBLISH", "news", "first");
    expect(await subscriber.nextPush()).toEqual(["message", "news", "first"]);
    await client.call("EXEC");
    expect(await subscriber.nextPush()).toEqual(["message", "news", "queued"]);
  });
});

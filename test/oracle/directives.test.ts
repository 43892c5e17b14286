import { RespClient, startNode } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: a redis.conf of 7.0 starts here, and tools that ask CONFIG GET find what they know.

/** What the two processes were started with, or differ in by intention (docs/divergence.md). */
const OWN = new Set([
  ...["port", "bind", "dir", "loglevel", "cluster-link-sendbuf-limit", "cluster-node-timeout"],
]);

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)("redis-server 7.0", () => {
  test("has no directive that is not known here, with the same default", async () => {
    await using redis = await startRedisServer();
    await using node = await startNode();
    const theirs = await directives(redis.port);
    const ours = await directives(node.port);
    expect(theirs.size).toBeGreaterThan(150);
    for (const name of OWN) theirs.delete(name);
    const found = [...theirs.keys()].map((name) => [name, ours.get(name)]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(theirs));
  });
});

async function directives(port: number): Promise<Map<string, string>> {
  await using client = await RespClient.connect(port);
  const reply: unknown = await client.call("CONFIG", "GET", "*");
  const words = Array.isArray(reply) ? reply.map(String) : [];
  const pairs = words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? ""]] : []));
  return new Map(pairs as [string, string][]); // pairs of words
}

import { describe, expect, test } from "vitest";
import { RespClient } from "./resp-client.ts";
import { startNode } from "./start-node.ts";
import { until } from "./until.ts";

describe("a started node", () => {
  test(
    "answers, keeps its port over a restart, and is gone at the end",
    { timeout: 30_000 },
    async () => {
      let port = 0;
      {
        await using node = await startNode();
        ({ port } = node);
        await using client = await node.connect();
        expect(await client.call("SET", "k", "\xff\0")).toBe("OK");
        expect((await client.callRaw("GET", "k")).latin1Slice()).toBe("$2\r\n\xff\0\r\n");
        await expect(client.call("INCR", "k")).rejects.toThrow("ERR value is not an integer");
        await node.restart();
        await client.untilClosed();
        await using again = await node.connect();
        expect(await again.call("GET", "k")).toBe(null);
        const [confirmation] = await again.subscribe("SUBSCRIBE", "news");
        expect(confirmation).toEqual(["subscribe", "news", 1]);
        await using publisher = await node.connect();
        expect(await publisher.call("PUBLISH", "news", "hi")).toBe(1);
        expect(await again.nextPush()).toEqual(["message", "news", "hi"]);
      }
      await expect(RespClient.connect(port)).rejects.toThrow("ECONNREFUSED");
    },
  );

  test("shows what it said when it cannot start", { timeout: 30_000 }, async () => {
    await expect(startNode({ directives: { databases: "many" } })).rejects.toThrow("databases");
  });
});

test("until says what did not come true, and why", async () => {
  const failing = until(() => expect(1).toBe(2), { withinMs: 20, what: "one is two" });
  await expect(failing).rejects.toThrow("one is two did not come true within 20 ms");
});

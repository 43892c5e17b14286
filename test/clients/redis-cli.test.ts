import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrintingProcess, RedisCli, redisCliVersion } from "./redis-cli.ts";

// Goal: redis-cli -c, as Debian ships it, can be pointed at any node. (Its transcripts: test/cluster/scenarios-*.)

const KEYS = 200;

describe.skipIf(redisCliVersion() === undefined).each([2, 3] as const)(
  "redis-cli -c in RESP%i",
  (protocol) => {
    let cluster: TestCluster;

    beforeAll(async () => {
      cluster = await startCluster();
    });

    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
    });

    const cliOf = (node: number): RedisCli =>
      new RedisCli({ port: cluster.node(node).port, protocol });

    test("says where it was redirected to, and stays there", async () => {
      const start = cluster.nodes.indexOf(cluster.nodeOf("hello"));
      const owner = cluster.nodeOf("foo");
      const home = cluster.nodeOf("hello");
      expect(
        await cliOf(start).type("set hello world", "set foo bar", "get foo", "get hello"),
      ).toBe(
        [
          "OK",
          `-> Redirected to slot [12182] located at 127.0.0.1:${owner.port}`,
          "OK",
          '"bar"',
          `-> Redirected to slot [866] located at 127.0.0.1:${home.port}`,
          '"world"',
          "",
        ].join("\n"),
      );
    });

    test("reaches every slot from one prompt", async () => {
      const keys = Array.from({ length: KEYS }, (_, at) => `key:${at}`);
      const typed = keys.flatMap((key) => [`set ${key} "${key}\\x00\\r\\n"`, `get ${key}`]);
      const printed = await cliOf(0).type(...typed);
      const answers = printed.split("\n").filter((line) => !line.startsWith("-> Redirected"));
      expect(answers).toEqual([...keys.flatMap((key) => ["OK", `"${key}\\x00\\r\\n"`]), ""]);
    });

    test("shows errors as errors", async () => {
      expect(await cliOf(1).run("set", "text", "abc")).toBe("OK\n");
      expect(await cliOf(1).run("incr", "text")).toBe(
        "(error) ERR value is not an integer or out of range\n",
      );
      expect(await cliOf(1).run("nosuch", "text")).toBe(
        "(error) ERR unknown command 'nosuch', with args beginning with: 'text' \n",
      );
    });
  },
);

describe.skipIf(redisCliVersion() === undefined)("redis-cli's other modes", () => {
  test("--cluster check finds the nodes in agreement and every slot covered", async () => {
    await using cluster = await startCluster();
    const cli = new PrintingProcess(["--cluster", "check", `127.0.0.1:${cluster.node(0).port}`]);
    const printed = await cli.untilEnd();
    expect(printed).toContain("[OK] All nodes agree about slots configuration.");
    expect(printed).toContain("[OK] All 16384 slots covered.");
    expect(printed.match(/M: [0-9a-f]{40} 127\.0\.0\.1:\d+/g)).toHaveLength(3);
  });

  test("--pipe inserts in bulk", async () => {
    await using cluster = await startCluster({ nodes: 1 });
    const commands = "RPUSH bulk a\r\n".repeat(5000);
    const cli = new PrintingProcess(["--pipe", "-p", String(cluster.node(0).port)], commands);
    expect(await cli.untilEnd()).toContain("errors: 0, replies: 5000\n");
    await using client = await cluster.node(0).connect();
    expect(await client.call("LLEN", "bulk")).toBe(5000);
  });
});

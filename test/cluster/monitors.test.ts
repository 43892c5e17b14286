import { startNode, until, type RespClient } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: MONITOR shows what a node executes, and costs a node that is monitored by nobody who reads no memory.

const CLOSED_WITHIN_MS = 20_000;

/** The next line, without its time. */
async function nextLine(monitor: RespClient): Promise<string> {
  const line = (await monitor.nextReply()).latin1Slice();
  expect(line).toMatch(/^\+\d{10}\.\d{6} .*\r\n$/);
  return line.slice("+1234567890.123456 ".length, -2);
}

test("a monitor sees the commands of all clients, in the order of execution", async () => {
  await using node = await startNode();
  await using monitor = await node.connect();
  await using client = await node.connect();
  await using waiter = await node.connect();
  expect(await monitor.call("MONITOR")).toBe("OK");
  await client.call("SELECT", "3");
  const popped = waiter.call("BLPOP", "queue", "0");
  await expect(nextLine(monitor)).resolves.toBe(`[3 127.0.0.1:${client.localPort}] "SELECT" "3"`);
  await expect(nextLine(monitor)).resolves.toBe(
    `[0 127.0.0.1:${waiter.localPort}] "BLPOP" "queue" "0"`,
  );
  await Promise.all([
    client.call("SELECT", "0"),
    client.call("MULTI"),
    client.call("RPUSH", "queue", Buffer.from([0, 10, 34, 255])),
    client.call("EXEC"),
  ]);
  await popped;
  const from = `[0 127.0.0.1:${client.localPort}]`;
  for (const shown of ['"SELECT" "0"', '"MULTI"', '"RPUSH" "queue" "\\x00\\n\\"\\xff"', '"EXEC"']) {
    await expect(nextLine(monitor)).resolves.toBe(`${from} ${shown}`);
  }
  expect(await monitor.call("RESET")).toBe("RESET");
  await client.call("PING");
  expect(await monitor.call("ECHO", "quiet")).toBe("quiet");
});

test("a monitor that does not read is closed by the limits of normal clients", async () => {
  await using node = await startNode({
    directives: { "client-output-buffer-limit": ["normal", "2mb", "1mb", "5"] },
  });
  await using monitor = await node.connect();
  await using client = await node.connect();
  await monitor.call("MONITOR");
  monitor.pause();
  const value = "x".repeat(100_000);
  await until(
    async () => {
      await Promise.all(Array.from({ length: 20 }, async () => client.call("SET", "key", value)));
      return (await client.callRaw("INFO", "clients")).includes("connected_clients:1\r\n");
    },
    { withinMs: CLOSED_WITHIN_MS },
  );
  expect((await client.callRaw("INFO", "stats")).latin1Slice()).toContain(
    "client_output_buffer_limit_disconnections:1\r\n",
  );
});

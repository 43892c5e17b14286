import { startCluster, until, type NodeProcess, type RespClient } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: who does not read, a node or a client, costs the others neither time nor memory nor messages.

const TEST_TIMEOUT_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
/** A confirmation waits for a silent peer 1.5 s at most; the rest is for a busy machine. */
const CONFIRMED_WITHIN_MS = 3000;
/** A command that waits for nobody: milliseconds on an idle machine. */
const ANSWERED_WITHIN_MS = 1000;
const DRAINED_WITHIN_MS = 10_000;
const SENDBUF_LIMIT_BYTES = 4 * MEBIBYTE;
/** The batch that is under way when the limit is looked at. */
const BATCH_BYTES = 1.25 * MEBIBYTE;
const CHUNK_BYTES = 256 * 1024;
/** Together 40 MB: far more than the kernel's buffers and the limit hold. */
const CHUNKS = 160;
/** Published messages under way: as much as a subscriber that reads may have queued. */
const WINDOW = 8;

test("a stopped node holds up nobody", { timeout: TEST_TIMEOUT_MS }, async () => {
  await using cluster = await startCluster();
  const stopped = cluster.node(2);
  await using first = await cluster.node(0).connect();
  await using second = await cluster.node(1).connect();
  await using subscriber = await cluster.node(0).connect();
  await using onStopped = await stopped.connect();
  await onStopped.subscribe("SUBSCRIBE", "news");
  signal(stopped, "SIGSTOP");

  const startedAtMs = performance.now();
  const confirmed = subscriber.subscribe("SUBSCRIBE", "fresh");
  for (const client of [first, second]) {
    const askedAtMs = performance.now();
    expect(await client.call("PUBLISH", "news", "from a living node")).toBe(0);
    expect(await client.call("PING")).toBe("PONG");
    expect(performance.now() - askedAtMs).toBeLessThan(ANSWERED_WITHIN_MS);
  }
  await confirmed;
  expect(performance.now() - startedAtMs).toBeLessThan(CONFIRMED_WITHIN_MS);
  await second.call("PUBLISH", "fresh", "delivered");
  expect(await subscriber.nextPush()).toEqual(["message", "fresh", "delivered"]);

  // It was cut off: the next one does not wait for it.
  const againAtMs = performance.now();
  await subscriber.subscribe("SUBSCRIBE", "fresher");
  expect(performance.now() - againAtMs).toBeLessThan(ANSWERED_WITHIN_MS);

  signal(stopped, "SIGCONT");
  await cluster.untilReady();
  await first.call("PUBLISH", "news", "last");
  let latest: unknown;
  while (latest !== "last") latest = (await onStopped.nextPush())[2];
  await using late = await stopped.connect();
  await late.call("PUBLISH", "fresher", "from the node that was stopped");
  expect(await subscriber.nextPush()).toEqual([
    ...["message", "fresher", "from the node that was stopped"],
  ]);
});

test(
  "what a stopped node does not read is dropped and counted",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({
      directives: {
        "cluster-publish-mode": "all",
        "cluster-link-sendbuf-limit": String(SENDBUF_LIMIT_BYTES),
      },
    });
    const stopped = cluster.node(2);
    await using publisher = await cluster.node(0).connect();
    await using observer = await cluster.node(0).connect();
    await using reader = await cluster.node(1).connect();
    await using onStopped = await stopped.connect();
    await reader.subscribe("SUBSCRIBE", "bulk");
    await onStopped.subscribe("SUBSCRIBE", "bulk");
    signal(stopped, "SIGSTOP");

    let queuedBytesMax = 0;
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
      await publisher.call("PUBLISH", "bulk", numbered(chunk));
      queuedBytesMax = Math.max(queuedBytesMax, await queuedBytes(observer));
      expect(numberOf(await reader.nextPush())).toBe(chunk);
    }
    expect(queuedBytesMax).toBeGreaterThan(SENDBUF_LIMIT_BYTES / 2);
    expect(queuedBytesMax).toBeLessThanOrEqual(SENDBUF_LIMIT_BYTES + BATCH_BYTES);
    const dropped = await clusterInfo(observer, "cluster_publish_dropped_messages_sendbuf_limit");
    expect(dropped).toBeGreaterThan(CHUNKS / 4);
    expect(
      await clusterInfo(observer, "total_cluster_links_buffer_limit_exceeded"),
    ).toBeGreaterThan(0);
    expect(await clusterInfo(observer, "cluster_publish_dropped_messages")).toBe(dropped);

    signal(stopped, "SIGCONT");
    // Before that there may be no room for the last one.
    await until(async () => (await queuedBytes(observer)) === 0, {
      withinMs: DRAINED_WITHIN_MS,
      what: "the stopped node reads what waits for it",
    });
    await publisher.call("PUBLISH", "bulk", numbered(CHUNKS));
    const received: number[] = [];
    while (received.at(-1) !== CHUNKS) received.push(numberOf(await onStopped.nextPush()));
    // Holes, where something was dropped; otherwise in order and once.
    expect(received).toEqual([...new Set(received)].toSorted((left, right) => left - right));
    expect(received.length).toBe(CHUNKS + 1 - dropped);
  },
);

test(
  "a subscriber that does not read is closed, counted, and alone in it",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({
      directives: { "client-output-buffer-limit": ["pubsub", "2mb", "1mb", "60"] },
    });
    await using publisher = await cluster.node(0).connect();
    await using reader = await cluster.node(1).connect();
    await using slow = await cluster.node(1).connect();
    await using observer = await cluster.node(1).connect();
    await reader.subscribe("SUBSCRIBE", "bulk");
    await slow.subscribe("SUBSCRIBE", "bulk");
    slow.pause();

    for (let chunk = 0; chunk < CHUNKS; chunk += WINDOW) {
      const window = Array.from({ length: WINDOW }, (_, at) => chunk + at);
      await Promise.all(window.map(async (at) => publisher.call("PUBLISH", "bulk", numbered(at))));
      for (const at of window) expect(numberOf(await reader.nextPush())).toBe(at);
    }
    slow.resume();
    await slow.untilClosed();
    const stats = (await observer.callRaw("INFO", "stats")).latin1Slice();
    expect(stats).toContain("\r\nclient_output_buffer_limit_disconnections:1\r\n");
    expect(await observer.call("PUBSUB", "NUMSUB", "bulk")).toEqual(["bulk", 1]);
  },
);

test(
  "the soft limit closes a subscriber that stays above it",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({
      nodes: 1,
      directives: { "client-output-buffer-limit": ["pubsub", "512mb", "1mb", "1"] },
    });
    await using publisher = await cluster.node(0).connect();
    await using slow = await cluster.node(0).connect();
    await slow.subscribe("SUBSCRIBE", "bulk");
    slow.pause();
    for (let chunk = 0; chunk < 100; chunk += 1)
      await publisher.call("PUBLISH", "bulk", numbered(chunk));
    // Nothing more is published: time alone does it.
    await until(
      async () => expect(await publisher.call("PUBSUB", "NUMSUB", "bulk")).toEqual(["bulk", 0]),
      { withinMs: 5000, what: "the slow subscriber is closed" },
    );
  },
);

function signal(node: NodeProcess, name: "SIGSTOP" | "SIGCONT"): void {
  if (node.pid === undefined) throw new Error("the node does not run");
  process.kill(node.pid, name);
}

function numbered(chunk: number): string {
  return `${chunk} `.padEnd(CHUNK_BYTES, "x");
}

function numberOf([, , payload]: readonly unknown[]): number {
  return typeof payload === "string" ? Number.parseInt(payload, 10) : Number.NaN;
}

async function clusterInfo(client: RespClient, field: string): Promise<number> {
  const info = (await client.callRaw("CLUSTER", "INFO")).latin1Slice();
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(info)?.[1]);
}

/** The longest send queue of the node's links. */
async function queuedBytes(client: RespClient): Promise<number> {
  const links = (await client.callRaw("CLUSTER", "LINKS")).latin1Slice();
  const used = [...links.matchAll(/send-buffer-used\r\n:(\d+)/g)];
  return Math.max(...used.map(([, bytes]) => Number(bytes)));
}

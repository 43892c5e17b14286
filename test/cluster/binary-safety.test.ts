import { RespClient, startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: what crosses the bus arrives byte for byte, whatever it holds and however large it is.

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).latin1Slice();
const NAMES = [...EVERY_BYTE, "", "{}", "a{b}c", "\r\n", "$3\r\nGET\r\n", EVERY_BYTE];
const SIZES = [0, 1, 64 * 1024, 64 * 1024 + 1, 8 * 1024 * 1024];
const processes = new AsyncDisposableStack();
let cluster: TestCluster;

beforeAll(async () => {
  cluster = processes.use(await startCluster({ nodes: 3 }));
});
afterAll(async () => processes.disposeAsync());

describe.each(["all", "interest"])("with cluster-publish-mode %s", (mode) => {
  beforeAll(async () => {
    for (const node of cluster.nodes) {
      await using client = await node.connect();
      await client.call("CONFIG", "SET", "cluster-publish-mode", mode);
    }
  });

  test("channels and payloads keep every byte between nodes", async () => {
    await using subscriber = await RespClient.connect(cluster.node(1).port);
    await using publisher = await RespClient.connect(cluster.node(0).port);
    await subscriber.subscribe("SUBSCRIBE", ...NAMES);
    for (const name of NAMES) expect(await publisher.call("PUBLISH", name, name)).toBe(0);
    for (const name of NAMES) expect(await subscriber.nextPush()).toEqual(["message", name, name]);
  });

  test("patterns match the same bytes on every node", async () => {
    await using subscriber = await RespClient.connect(cluster.node(2).port);
    await using publisher = await RespClient.connect(cluster.node(0).port);
    const patterns = [...EVERY_BYTE].map((char) => `p\\${char}`);
    await subscriber.subscribe("PSUBSCRIBE", ...patterns);
    for (const char of EVERY_BYTE) await publisher.call("PUBLISH", `p${char}`, char);
    for (const char of EVERY_BYTE) {
      expect(await subscriber.nextPush()).toEqual(["pmessage", `p\\${char}`, `p${char}`, char]);
    }
  });

  test.each(SIZES)("a payload of %i bytes arrives whole", async (size) => {
    await using subscriber = await RespClient.connect(cluster.node(1).port);
    await using publisher = await RespClient.connect(cluster.node(0).port);
    const payload = Buffer.alloc(size, EVERY_BYTE, "latin1");
    await subscriber.subscribe("SUBSCRIBE", "large");
    await publisher.call("PUBLISH", "large", payload);
    await publisher.call("PUBLISH", "large", "behind it");
    const [, , received] = await subscriber.nextPush();
    // Not toBe: a difference of megabytes would be printed.
    expect(received === payload.latin1Slice()).toBe(true);
    expect(await subscriber.nextPush()).toEqual(["message", "large", "behind it"]);
  });
});

import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { FRAME_HEAD_BYTES } from "./frame-codec.ts";
import { Cable, mesh, nodeId, TestBus, until } from "./test-buses.ts";
import { RawLink } from "./test-raw-link.ts";

// Goal: what is published to a shard channel reaches the other nodes of the shard, and nobody else.

test("a message to a shard channel goes to the peers of the shard, as one frame a turn", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await using c = new TestBus("3");
  await using d = new TestBus("4");
  await mesh(a, b, c, d);
  a.bus.setShardPeers([a.id, b.id, c.id]);
  for (let index = 0; index < 60; index += 1) {
    expect(a.publishShard(`channel ${index % 3}`, `${index}`)).toBe(true);
  }
  a.bus.flush();
  for (const receiver of [b, c]) {
    await until("all received", () => receiver.heardOfShard.length >= 60);
    expect(receiver.heardOfShard).toEqual(
      Array.from({ length: 60 }, (_, index) => ({
        channel: `channel ${index % 3}`,
        payload: `${index}`,
      })),
    );
    expect(receiver.heard).toEqual([]);
    const { messages, bytes } = receiver.bus.stats.received.publishShard;
    expect(messages).toBe(60);
    // One head, and of each record two lengths besides channel and payload.
    expect(bytes).toBe(FRAME_HEAD_BYTES + 60 * (2 + "channel 0".length) + 110);
  }
  expect(a.bus.stats.sent.publishShard.messages).toBe(120);
  expect(d.bus.stats.received.publishShard).toEqual({ messages: 0, bytes: 0 });
  // Nobody is subscribed, as far as the digests say: it goes to the shard all the same, and only there.
  expect(a.bus.stats.sent.publish.messages).toBe(0);
});

test("messages of both kinds arrive in the order in which they were published", async () => {
  await using a = new TestBus("1", { publishMode: "all" });
  const order: string[] = [];
  await using b = new TestBus("2", {
    callbacks: {
      onPublish: (_, payload) => order.push(`publish ${payload}`),
      onPublishShard: (_, payload) => order.push(`spublish ${payload}`),
    },
  });
  await using c = new TestBus("3");
  await mesh(a, b, c);
  a.bus.setShardPeers([b.id]);
  const expected: string[] = [];
  for (let index = 0; index < 300; index += 1) {
    const isShard = (index * 7) % 5 < 2;
    expected.push(`${isShard ? "spublish" : "publish"} ${index}`);
    if (isShard) a.publishShard("x", `${index}`);
    else a.publish("x", `${index}`);
    if (index % 50 === 49) a.bus.flush();
  }
  await until("all received", () => order.length >= 300);
  expect(order).toEqual(expected);
  await until("the others", () => c.heard.length >= 180);
  expect(c.heardOfShard).toEqual([]);
});

test("a shard of one node sends nothing; one that changes reaches its new peers from then on", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await using c = new TestBus("3");
  // Told of before it is a peer.
  a.bus.setShardPeers([nodeId("2")]);
  await mesh(a, b, c);
  expect(a.publishShard("x", "to b")).toBe(true);
  a.bus.setShardPeers([c.id]);
  expect(a.publishShard("x", "to c")).toBe(true);
  a.bus.setShardPeers([]);
  expect(a.publishShard("x", "to nobody")).toBe(false);
  a.bus.setShardPeers([b.id, c.id]);
  a.publishShard("y", "to both");
  a.bus.flush();
  await until("b has all", () => b.heardOfShard.length === 2);
  a.bus.setPeers([c.address]);
  a.publishShard("y", "to c again");
  a.bus.flush();
  await until("received", () => c.heardOfShard.length === 3);
  expect(b.heardOfShard.map(({ payload }) => payload)).toEqual(["to b", "to both"]);
  expect(c.heardOfShard.map(({ payload }) => payload)).toEqual(["to c", "to both", "to c again"]);
});

test("without a link to a node of the shard, and beyond the limit, messages are dropped and counted", async () => {
  await using a = await new TestBus("1", { linkSendbufLimitBytes: 1 }).listen();
  await using b = await new TestBus("2").listen();
  await using cable = new Cable(b.port);
  const port = await cable.listen();
  b.bus.setPeers([a.address]);
  a.bus.setPeers([{ ...b.address, port }]);
  await until("meshed", () => a.isMeshedWith([b]));
  a.bus.setShardPeers([b.id]);
  cable.halt("flood");
  const large = "x".repeat(512 * 1024);
  await until("the kernel takes no more", () => {
    a.publishShard("x", large);
    a.bus.flush();
    return a.bus.stats.drops["sendbuf-limit"].messages > 0;
  });
  expect(a.bus.stats.drops["sendbuf-limit"].bytes).toBeGreaterThan(large.length);
  await b.bus.close();
  await until("lost", () => a.bus.links.every(({ kind }) => kind !== "flood"));
  a.bus.publishShard(ascii("x"), ascii("1"));
  a.bus.publishShard(ascii("x"), ascii("2"));
  a.bus.flush();
  expect(a.bus.stats.drops["link-down"].messages).toBe(2);
  expect(a.bus.peer(b.id)?.drops.messages).toBe(2 + a.bus.stats.drops["sendbuf-limit"].messages);
});

test("a frame that breaks off closes the link after its whole records, and a control link takes none", async () => {
  await using a = await new TestBus("1").listen();
  await using b = new TestBus("2");
  a.bus.setPeers([{ ...b.address, port: 1 }]);
  const record = Buffer.from("060178616263", "hex");
  const broken = [
    { body: record.subarray(0, 5), heard: 0 },
    { body: Buffer.concat([record, record.subarray(0, 4)]), heard: 1 },
    // The first record has no record before it whose channel it could leave out.
    { body: Buffer.from("0761", "hex"), heard: 0 },
    { body: Buffer.from("ffffffffffff01", "hex"), heard: 0 },
  ];
  for (const [index, { body, heard }] of broken.entries()) {
    const before = a.heardOfShard.length;
    await using raw = await RawLink.dial({ port: a.port, selfId: b.id, kind: "flood" });
    raw.send("publishShard", body);
    await raw.closed();
    expect([index, a.heardOfShard.length - before]).toEqual([index, heard]);
    expect(a.bus.stats.closes["bad-body"]).toBe(index + 1);
  }
  for (const kind of ["control", "data"] as const) {
    await using raw = await RawLink.dial({ port: a.port, selfId: b.id, kind });
    raw.send("publishShard", record);
    await raw.closed();
  }
  expect(a.bus.stats.closes["bad-type"]).toBe(2);
  expect(a.heardOfShard).toHaveLength(1);
});

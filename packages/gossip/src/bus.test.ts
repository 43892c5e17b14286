import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { Bus } from "./bus.ts";
import { FRAME_HEAD_BYTES } from "./frame-codec.ts";
import { helloOf, mesh, nodeId, SECRET, TestBus, until } from "./test-buses.ts";

// Goal: three buses in one process behave as the nodes of a cluster do to each other.
// Method: real sockets on loopback ports; every wait is for a condition.

async function threeBuses(
  mode: "all" | "interest",
): Promise<AsyncDisposableStack & { a: TestBus; b: TestBus; c: TestBus }> {
  const stack = new AsyncDisposableStack();
  const [a, b, c] = ["1", "2", "3"].map((digit) =>
    stack.use(new TestBus(digit, { publishMode: mode })),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error("three were made");
  await mesh(a, b, c);
  return Object.assign(stack, { a, b, c });
}

test("every peer gets every message once, in the order of publishing, across channels", async () => {
  await using cluster = await threeBuses("all");
  const { a, b, c } = cluster;
  const count = 5000;
  for (let index = 0; index < count; index += 1) {
    a.publish(`channel ${index % 3}`, `${index}`);
    if (index % 100 === 99) a.bus.flush();
  }
  for (const receiver of [b, c]) {
    await until("all received", () => receiver.heard.length >= count);
    expect(receiver.heard.map(({ payload }) => payload)).toEqual(
      Array.from({ length: count }, (_, index) => `${index}`),
    );
    expect(
      receiver.heard.every(({ channel, payload }) => channel === `channel ${Number(payload) % 3}`),
    ).toBe(true);
  }
  expect(a.heard).toEqual([]);
  expect(a.bus.stats.sent.publish.messages).toBe(2 * count);
  expect(b.bus.stats.received.publish.messages).toBe(count);
});

test("all byte values, empty messages and messages of megabytes arrive as they were, in order", async () => {
  await using cluster = await threeBuses("all");
  const { a, b } = cluster;
  const everyByte = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const messages = [
    [everyByte, everyByte],
    ["", ""],
    ["x", everyByte.repeat(1024)], // 256 KB: a frame of its own
    ["x", "after"],
    ["x", everyByte.repeat(32 * 1024)], // 8 MB
    [everyByte.repeat(2048), "a long channel"],
    ["x", "last"],
  ] as const;
  for (const [channel, payload] of messages) a.publish(channel, payload);
  a.bus.flush();
  await until("all received", () => b.heard.length === messages.length);
  expect(b.heard.map(({ channel, payload }) => channel === "x" && payload.length)).toEqual(
    messages.map(([channel, payload]) => channel === "x" && payload.length),
  );
  expect(
    b.heard.every(
      ({ channel, payload }, index) =>
        channel === messages[index]?.[0] && payload === messages[index][1],
    ),
  ).toBe(true);
});

test("a message under load costs at most 12 bytes besides channel and payload", async () => {
  await using cluster = await threeBuses("all");
  const { a, b } = cluster;
  const payload = "x".repeat(64);
  for (let turn = 0; turn < 50; turn += 1) {
    for (let index = 0; index < 16; index += 1) a.publish(`channel ${index % 10}`, payload);
    a.bus.flush();
  }
  await until("all received", () => b.heard.length === 800);
  const { messages, bytes } = b.bus.stats.received.publish;
  expect(bytes / messages - 64 - "channel 0".length).toBeLessThanOrEqual(12);
});

test("in interest mode nodes without interest get no byte, and the others only what they asked for", async () => {
  await using cluster = await threeBuses("interest");
  const { a, b, c } = cluster;
  const seq = b.bus.interest.addChannel(ascii("news"));
  b.bus.flush();
  await until("acknowledged", () => b.bus.interest.acknowledgedSeq >= seq);
  for (const channel of ["news", "sport", "weather"]) a.publish(channel, "1");
  a.bus.flush();
  await until("received", () => b.heard.length > 0);
  expect(b.heard).toEqual([{ channel: "news", payload: "1" }]);
  expect(c.bus.stats.received.publish).toEqual({ messages: 0, bytes: 0 });
  expect(a.bus.stats.sent.publish.messages).toBe(1);

  b.bus.interest.removeChannel(ascii("news"));
  b.bus.flush();
  const acknowledged = b.bus.interest.addPattern(ascii("s*"));
  b.bus.flush();
  await until("acknowledged", () => b.bus.interest.acknowledgedSeq >= acknowledged);
  for (const channel of ["news", "sport", "weather"]) a.publish(channel, "2");
  a.bus.flush();
  await until("received", () => b.heard.length > 1);
  expect(b.heard.slice(1)).toEqual([{ channel: "sport", payload: "2" }]);
});

test("what was acknowledged is delivered: subscribing is effective before it is confirmed", async () => {
  await using cluster = await threeBuses("interest");
  const { a, b, c } = cluster;
  for (let round = 0; round < 50; round += 1) {
    const channel = ascii(`round ${round}`);
    const seq = c.bus.interest.addChannel(channel);
    expect(seq).toBeGreaterThan(c.bus.interest.acknowledgedSeq);
    c.bus.flush();
    await until("acknowledged", () => c.bus.interest.acknowledgedSeq >= seq);
    expect(c.bus.interest.addChannel(channel)).toBe(0);
    for (const publisher of [a, b]) {
      publisher.publish(channel, publisher.id);
      publisher.bus.flush();
    }
    await until("both received", () => c.heard.length === 2 * (round + 1));
  }
  expect(c.acknowledgements).toBeGreaterThanOrEqual(50);
});

test("the mode can be switched while messages flow", async () => {
  await using cluster = await threeBuses("interest");
  const { a, b } = cluster;
  a.publish("x", "nobody wants it");
  a.bus.publishMode = "all";
  a.publish("x", "everybody gets it");
  a.bus.publishMode = "interest";
  a.publish("x", "nobody wants it");
  a.bus.flush();
  await until("received", () => b.heard.length > 0);
  expect(b.heard).toEqual([{ channel: "x", payload: "everybody gets it" }]);
  expect(a.bus.stats.sent.publish.messages).toBe(2);
});

test("nodes learn where clients reach each other, and hear of a change", async () => {
  await using cluster = await threeBuses("interest");
  const { a, b } = cluster;
  await until("hello", () => b.hellos.has(a.id));
  expect(b.bus.peer(a.id)?.hello).toEqual(helloOf("1"));
  const changed = { ...helloOf("1"), hostname: "one.example" };
  a.bus.hello = changed;
  await until("hello", () => b.hellos.get(a.id)?.hostname === "one.example");
  expect(b.bus.peer(a.id)?.hello).toEqual(changed);
});

test("heartbeats are answered and timed, and every link is listed", async () => {
  await using cluster = await threeBuses("interest");
  const { a, b } = cluster;
  await until("a pong", () => (a.bus.peer(b.id)?.pongReceivedMs ?? 0) > 0);
  const view = a.bus.peer(b.id);
  expect(view).toMatchObject({
    id: b.id,
    host: "127.0.0.1",
    port: b.port,
    isConnected: true,
    pingSentMs: 0,
  });
  expect(view?.roundTripMs).toBeGreaterThan(0);
  expect(Math.abs((view?.pongReceivedMs ?? 0) - Date.now())).toBeLessThan(60_000);
  const links = a.bus.links.filter(({ nodeId: id }) => id === b.id);
  expect(links.map(({ direction, kind }) => `${direction} ${kind}`).toSorted()).toEqual([
    "from control",
    "from flood",
    "to control",
    "to flood",
  ]);
  expect(a.bus.stats.sent.ping.messages).toBeGreaterThanOrEqual(2);
  expect(a.bus.stats.sent.ping.bytes).toBeGreaterThan(FRAME_HEAD_BYTES);
});

test("a peer that is killed and started again gets its links, its interest and its messages back", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await mesh(a, b);
  b.bus.interest.addChannel(ascii("news"));
  const { port } = b;
  await b.bus.close();
  await until("lost", () => a.bus.peer(b.id)?.isConnected === false);
  // In doubt again: the message is for b, and counted as lost.
  a.publish("news", "while down");
  a.bus.flush();
  expect(a.bus.stats.drops["link-down"]).toMatchObject({ messages: 1 });
  expect(a.bus.peer(b.id)?.drops).toMatchObject({ messages: 1 });
  // Nobody is connected, so nobody is waited for.
  expect(a.bus.interest.addChannel(ascii("other"))).toBe(0);

  await using again = new TestBus("2");
  expect(again.bus.interest.addChannel(ascii("news"))).toBe(0);
  await again.listen(port);
  again.bus.setPeers([a.address]);
  await until("meshed", () => a.isMeshedWith([again]) && again.isMeshedWith([a]));
  a.publish("news", "back");
  a.bus.flush();
  again.publish("other", "back");
  again.bus.flush();
  await until("received", () => again.heard.length > 0 && a.heard.length > 0);
  expect(again.heard).toEqual([{ channel: "news", payload: "back" }]);
  expect(a.heard).toEqual([{ channel: "other", payload: "back" }]);
});

test("a peer that is left out loses its links and its messages; one that moves is dialled where it is", async () => {
  await using cluster = await threeBuses("all");
  const { a, b, c } = cluster;
  a.bus.setPeers([b.address]);
  expect(a.bus.peers.map(({ id }) => id)).toEqual([b.id]);
  a.publish("x", "only for b");
  a.bus.flush();
  await until("received", () => b.heard.length === 1);
  await until("c is refused", () => a.bus.stats.closes["unknown-peer"] > 0);
  expect(c.heard).toEqual([]);
  a.bus.setPeers([b.address, { ...c.address, host: "localhost" }]);
  await until("meshed", () => a.isMeshedWith([b, c]));
  a.publish("x", "for both");
  a.bus.flush();
  await until("received", () => c.heard.length === 1);
});

test("closing lets queued messages leave, and leaves nothing behind", async () => {
  await using a = new TestBus("1", { publishMode: "all" });
  await using b = new TestBus("2");
  await mesh(a, b);
  const payload = "x".repeat(1000);
  for (let index = 0; index < 5000; index += 1) a.publish("x", payload);
  await a.bus.close();
  expect(a.bus.links).toEqual([]);
  await until("all received", () => b.heard.length === 5000);
});

test("a node that has left its cluster can be another one from then on", async () => {
  await using a = new TestBus("1", { publishMode: "all" });
  await using b = new TestBus("2");
  await mesh(a, b);
  a.bus.setPeers([]);
  a.bus.selfId = nodeId("3");
  await until("left", () => a.bus.links.length === 0);
  b.bus.setPeers([{ ...a.address, id: nodeId("3") }]);
  a.bus.setPeers([b.address]);
  await until(
    "meshed",
    () => b.bus.links.filter((link) => link.nodeId === nodeId("3")).length === 4,
  );
  a.publish("x", "under a new name");
  a.bus.flush();
  await until("received", () => b.heard.length === 1);
  expect(() => {
    a.bus.selfId = "3";
  }).toThrow(TypeError);
});

test("a bad node id or a short secret is refused at once", () => {
  const options = {
    selfId: nodeId("1"),
    secret: SECRET,
    hello: helloOf("1"),
    callbacks: { onPublish: () => undefined },
    nowMs: Date.now,
    random: Math.random,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  };
  expect(() => new Bus({ ...options, selfId: "1" })).toThrow(TypeError);
  expect(() => new Bus({ ...options, secret: Buffer.alloc(15) })).toThrow("at least 16 bytes");
  expect(() => {
    new Bus(options).setPeers([{ id: "x", host: "127.0.0.1", port: 1 }]);
  }).toThrow(TypeError);
});

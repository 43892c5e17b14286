import { expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import type { DataLink } from "./data-traffic.ts";
import { frameBody } from "./frame-codec.ts";
import { Cable, mesh, nodeId, TestBus, until } from "./test-buses.ts";
import { RawLink } from "./test-raw-link.ts";

// Goal: replication has links of its own: there when asked for, in order, never dropped, under its control.

/** The replica `a` has a data link to the primary `b`. */
async function replicating(a: TestBus, b: TestBus): Promise<{ to: DataLink; from: DataLink }> {
  await mesh(a, b);
  a.bus.openData(b.id);
  await until("both ends up", () => a.dataLinks.size === 1 && b.dataLinks.size === 1);
  return { to: only(a), from: only(b) };
}

function only(bus: TestBus): DataLink {
  const [link] = bus.dataLinks;
  if (link === undefined) throw new Error("no data link");
  return link;
}

function send(link: DataLink, ...texts: string[]): void {
  for (const text of texts) link.send(frameBody(Buffer.from(text, "latin1")));
}

test("bodies cross both ways, in order, in parts or whole, of any size", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  const { to, from } = await replicating(a, b);
  expect([to.direction, to.peerId]).toEqual(["to", b.id]);
  expect([from.direction, from.peerId]).toEqual(["from", a.id]);
  send(to, "sync please", "", "\0\xff");
  from.send(frameBody(Buffer.from("first "), Buffer.from("half")));
  const large = "x".repeat(5_000_000);
  send(from, large, "last");
  await until("b heard", () => b.data.length === 3);
  await until("a heard", () => a.data.length === 3);
  expect(b.data.map(({ text }) => text)).toEqual(["sync please", "", "\0\xff"]);
  expect(a.data.every(({ from: id }) => id === b.id)).toBe(true);
  expect(a.data.map(({ text }) => text)).toEqual(["first half", large, "last"]);
  expect(a.bus.stats.sent.replication.messages).toBe(3);
  expect(a.bus.links.filter(({ kind }) => kind === "data")).toHaveLength(1);
});

test("no data link is there unless one asks, and then until it no longer does", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await mesh(a, b);
  expect(a.bus.links).toHaveLength(4);
  a.bus.openData(b.id);
  a.bus.openData(b.id);
  await until("up", () => a.dataLinks.size === 1 && b.dataLinks.size === 1);
  const link = only(a);
  a.bus.closeData(b.id);
  expect(link.isUp).toBe(false);
  expect(link.send(frameBody(Buffer.from("too late")))).toBe(false);
  await until("down at b", () => b.dataLinks.size === 0);
  expect(a.bus.stats.closes.unwanted).toBe(1);
  expect(a.bus.links).toHaveLength(4);
  a.bus.openData(b.id);
  await until("up again", () => a.dataLinks.size === 1);
  expect(only(a)).not.toBe(link);
});

test("a link that is lost comes again, also to a peer that is added later or moves", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await a.listen();
  await b.listen();
  await using cable = new Cable(b.port);
  const port = await cable.listen();
  a.bus.openData(b.id);
  b.bus.setPeers([a.address]);
  a.bus.setPeers([{ ...b.address, port }]);
  await until("up", () => a.dataLinks.size === 1);
  const first = only(a);
  cable.cut();
  await until("up again", () => a.dataLinks.size === 1 && only(a) !== first);
  const second = only(a);
  a.bus.setPeers([b.address]);
  await until("at the other address", () => a.dataLinks.size === 1 && only(a) !== second);
  a.bus.setPeers([]);
  expect(a.dataLinks.size).toBe(0);
});

test("the end that was dialled may close it too, and it comes again", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  const { to, from } = await replicating(a, b);
  from.close();
  expect(b.dataLinks.size).toBe(0);
  await until("up again", () => a.dataLinks.size === 1 && only(a) !== to);
});

test("who does not read is seen by its queue, reads nothing meanwhile, and misses nothing after", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  const { to, from } = await replicating(a, b);
  to.pause();
  const body = frameBody(Buffer.alloc(64 * 1024, "x"));
  let sent = 0;
  await until("the queue grows", () => {
    from.send(body);
    sent += 1;
    return from.queuedBytes > 4 * 1024 * 1024;
  });
  const heard = a.data.length;
  const { drains } = b;
  // The heartbeat goes on: another kind of link.
  const pongs = b.bus.peer(a.id)?.pongReceivedMs ?? 0;
  await until("a pong", () => (b.bus.peer(a.id)?.pongReceivedMs ?? 0) > pongs);
  expect(a.data.length).toBe(heard);
  expect(b.drains).toBe(drains);
  to.resume();
  await until("all are there", () => a.data.length === sent);
  expect(from.queuedBytes).toBe(0);
  expect(b.drains).toBeGreaterThan(drains);
  expect(a.bus.stats.drops["sendbuf-limit"].messages).toBe(0);
});

test("two nodes may want each other's data at once, and a frame longer than allowed is refused here", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  const { to } = await replicating(a, b);
  b.bus.openData(a.id);
  await until("two each", () => a.dataLinks.size === 2 && b.dataLinks.size === 2);
  expect([...a.dataLinks].map(({ direction }) => direction).toSorted()).toEqual(["from", "to"]);
  const sizeBytes = 541 * 1024 * 1024;
  expect(() => to.send({ parts: [], sizeBytes, digest: undefined })).toThrow(RangeError);
});

test("a receiver that finds a body wrong ends the link", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2", {
    callbacks: {
      onData: () => {
        throw new BusProtocolError("bad-body", "a gap");
      },
    },
  });
  const { to } = await replicating(a, b);
  send(to, "nonsense");
  await until("refused", () => b.bus.stats.closes["bad-body"] === 1);
  expect(b.data).toEqual([]);
});

test("nobody but a peer gets one, and it carries nothing but replication", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await a.listen();
  a.bus.setPeers([{ ...b.address, host: "" }]);
  await using stranger = await RawLink.dial({ port: a.port, selfId: nodeId("9"), kind: "data" });
  expect(stranger.isUp).toBe(false);
  expect(a.bus.stats.closes["unknown-peer"]).toBe(1);
  await using peer = await RawLink.dial({ port: a.port, selfId: b.id, kind: "data" });
  await until("up", () => a.dataLinks.size === 1);
  peer.send("publish", Buffer.from([6, 1, 0x78, 0x61, 0x62, 0x63]));
  await peer.closed();
  await until("down", () => a.dataLinks.size === 0);
  expect(a.bus.stats.closes["bad-type"]).toBe(1);
  expect(a.heard).toEqual([]);
});

test("when a bus is closed, its data links are down before it is gone", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  const { to } = await replicating(a, b);
  send(to, "last words");
  await a.bus.close();
  expect(a.dataLinks.size).toBe(0);
  await until("heard", () => b.data.length === 1);
});

import { ascii } from "@slotcast/protocol";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { HELLO_BYTES } from "./handshake.ts";
import {
  HANDSHAKE_TIMEOUT_MS,
  INTEREST_ACK_TIMEOUT_MS,
  LINK_SILENCE_MS,
  PENDING_HANDSHAKES_MAX,
  PING_PERIOD_MS,
} from "./limits.ts";
import { Cable, nodeId, TestBus, until } from "./test-buses.ts";

// Goal: what strangers, wrong configurations and stuck peers do is bounded, counted and does not spread.

/** Sends bytes to a bus and resolves when the bus closes the connection. */
async function poke(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.on("error", () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return Buffer.concat(received);
}

/** `b` dials `a` directly; what `a` sends to `b` goes through a cable. */
async function cabled(a: TestBus, b: TestBus): Promise<Cable> {
  await a.listen();
  await b.listen();
  const cable = new Cable(b.port);
  const port = await cable.listen();
  a.bus.setPeers([{ ...b.address, port }]);
  b.bus.setPeers([a.address]);
  await until("meshed", () => a.isMeshedWith([b]) && b.isMeshedWith([a]));
  return cable;
}

test("a node with another secret is refused on both sides, logged once and counted", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2", { secret: Buffer.from("another secret of 16 or more bytes") });
  await a.listen();
  await b.listen();
  a.bus.setPeers([b.address]);
  b.bus.setPeers([a.address]);
  await until("refused often", () => a.bus.stats.closes["bad-proof"] >= 3);
  await until("noticed", () => b.bus.stats.closes["handshake-abandoned"] >= 3);
  expect(a.bus.stats.authFailures).toBeGreaterThanOrEqual(3);
  expect(a.bus.links).toEqual([]);
  expect(b.bus.links).toEqual([]);
  expect(a.log.filter(({ reason }) => reason === "bad-proof")).toHaveLength(1);
});

test("strangers get nothing: not a byte before a hello, not a frame after a wrong one", async () => {
  await using a = new TestBus("1");
  await a.listen();
  expect(await poke(a.port, Buffer.from("GET / HTTP/1.1\r\n".padEnd(HELLO_BYTES)))).toHaveLength(0);
  expect(a.bus.stats.closes["bad-magic"]).toBe(1);
  const hello = Buffer.alloc(HELLO_BYTES);
  hello.write(`SLOT\x02\x01\x00\x00${nodeId("9")}`, "latin1");
  expect(await poke(a.port, hello)).toHaveLength(0);
  expect(a.bus.stats.closes["unknown-peer"]).toBe(1);
  expect(await poke(a.port, Buffer.alloc(10_000, "SLOT"))).toHaveLength(0);
  expect(a.bus.stats.closes["excess-bytes"]).toBe(1);
  expect(a.bus.stats.authFailures).toBe(3);
});

test("a silent stranger is closed after the handshake's time, and only so many may wait", async () => {
  await using a = new TestBus("1");
  await a.listen();
  const startMs = performance.now();
  const sockets: Socket[] = [];
  for (let index = 0; index < PENDING_HANDSHAKES_MAX + 20; index += 1) {
    const socket = connect(a.port, "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
  }
  await until("the last ones refused", () => a.bus.stats.closes["too-many-handshakes"] === 20);
  await until("all closed", () => sockets.every(({ destroyed }) => destroyed));
  expect(performance.now() - startMs).toBeGreaterThan(HANDSHAKE_TIMEOUT_MS - 200);
  expect(a.bus.stats.closes["handshake-timeout"]).toBe(PENDING_HANDSHAKES_MAX);
});

test("a node that answers at another's address is not taken for it", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await a.listen();
  await b.listen();
  b.bus.setPeers([a.address]);
  a.bus.setPeers([{ ...b.address, id: nodeId("3") }]);
  await until("refused", () => a.bus.stats.closes["wrong-node"] > 0);
  expect(a.bus.peer(nodeId("3"))?.isConnected).toBe(false);
});

test("a peer that stops reading messages is bounded and counted, while its heartbeat goes on", async () => {
  const limitBytes = 256 * 1024;
  await using a = new TestBus("1", { publishMode: "all", linkSendbufLimitBytes: limitBytes });
  await using b = new TestBus("2");
  await using c = new TestBus("3");
  await using cable = await cabled(a, b);
  await c.listen();
  c.bus.setPeers([a.address]);
  a.bus.setPeers([...a.bus.peers, c.address]);
  await until("meshed", () => a.isMeshedWith([c]));
  cable.halt("flood");
  const payload = "x".repeat(64 * 1024);
  let published = 0;
  await until("drops", () => {
    a.publish("x", payload);
    a.bus.flush();
    published += 1;
    return a.bus.stats.drops["sendbuf-limit"].messages >= 10;
  });
  const queued = a.bus.links.filter(
    ({ kind, direction }) => kind === "flood" && direction === "to",
  );
  expect(Math.max(...queued.map(({ queuedBytes }) => queuedBytes))).toBeLessThanOrEqual(
    limitBytes + 128,
  );
  expect(a.bus.peer(b.id)?.drops.messages).toBe(a.bus.stats.drops["sendbuf-limit"].messages);
  expect(a.bus.peer(b.id)?.drops.bytes).toBeGreaterThan(10 * payload.length);
  // The others get all, and b answers pings that were sent after it stopped reading.
  await until("c received all", () => c.heard.length === published);
  expect(a.bus.peer(c.id)?.drops.messages).toBe(0);
  const pongs = a.bus.stats.received.pong.messages;
  const before = a.bus.peer(b.id)?.pongReceivedMs ?? 0;
  await until("pongs", () => (a.bus.peer(b.id)?.pongReceivedMs ?? 0) > before);
  expect(a.bus.stats.received.pong.messages).toBeGreaterThan(pongs);
  expect(a.bus.peer(b.id)?.isConnected).toBe(true);

  // Without a limit it would queue on; with an empty queue even a larger message goes.
  a.publish("x", "y".repeat(4 * limitBytes));
  a.bus.flush();
  await until("the large one", () => c.heard.at(-1)?.payload.length === 4 * limitBytes);
});

test("a peer that does not acknowledge is let go, and asked again when it is back", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await using cable = await cabled(a, b);
  cable.haltAnswers();
  const startMs = performance.now();
  const seq = a.bus.interest.addChannel(ascii("news"));
  a.bus.flush();
  expect(seq).toBeGreaterThan(a.bus.interest.acknowledgedSeq);
  await until("not waited for", () => a.bus.interest.acknowledgedSeq >= seq);
  expect(performance.now() - startMs).toBeGreaterThan(INTEREST_ACK_TIMEOUT_MS - 50);
  expect(a.acknowledgements).toBe(1);
  expect(a.bus.stats.closes["ack-timeout"]).toBeGreaterThan(0);
  await until("back", () => a.bus.peer(b.id)?.isConnected === true && a.isMeshedWith([b]));
  b.publish("news", "still wanted");
  b.bus.flush();
  await until("received", () => a.heard.length === 1);
});

test("an end that hears nothing closes its links, the dialler's as the acceptor's", async () => {
  await using stack = new AsyncDisposableStack();
  const [a, b, c, d] = ["1", "2", "3", "4"].map((digit) => stack.use(new TestBus(digit)));
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new Error("four were made");
  const deafAcceptor = stack.use(await cabled(a, b));
  const deafDialler = stack.use(await cabled(c, d));
  deafAcceptor.halt("control");
  deafDialler.haltAnswers();
  const withinMs = LINK_SILENCE_MS + PING_PERIOD_MS + 2000;
  await until("the acceptor gave up", () => b.bus.stats.closes.silent > 0, { withinMs });
  await until("the dialler gave up", () => c.bus.stats.closes.silent > 0, { withinMs });
  await until("mended", () => c.isMeshedWith([d]));
  expect(c.bus.peer(d.id)?.isConnected).toBe(true);
}, 20_000);

test("a cut cable is found at once, and mended by dialling again", async () => {
  await using a = new TestBus("1", { publishMode: "all" });
  await using b = new TestBus("2");
  await using cable = await cabled(a, b);
  cable.cut();
  await until("noticed", () => a.bus.stats.closes["peer-closed"] >= 2);
  await until("mended", () => a.isMeshedWith([b]) && b.isMeshedWith([a]));
  a.publish("x", "through again");
  a.bus.flush();
  await until("received", () => b.heard.length === 1);
  expect(b.heard[0]?.payload).toBe("through again");
});

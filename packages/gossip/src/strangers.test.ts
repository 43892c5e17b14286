import { describe, expect, test } from "vitest";
import { BusCounters } from "./bus-stats.ts";
import { packPlain } from "./control-codec.ts";
import { STRANGER_SILENCE_MS, STRANGERS_MAX } from "./limits.ts";
import { LinkEndings } from "./link-endings.ts";
import { Strangers } from "./strangers.ts";
import { mesh, nodeId, SECRET, TestBus, until } from "./test-buses.ts";
import { RawLink } from "./test-raw-link.ts";

// Goal: a node that is no member yet can ask, is answered, and can do nothing else.

/** `a` has met `b`. */
async function met(a: TestBus, b: TestBus): Promise<void> {
  await a.listen();
  await b.listen();
  expect(a.bus.meet({ host: "127.0.0.1", port: b.port })).toBe(true);
  await until("met", () => a.strangersUp.length === 1 && b.strangersUp.length === 1);
}

describe("a meeting", () => {
  test("tells each who and where the other is, by the address alone", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await met(a, b);
    const here = { remoteHost: "127.0.0.1", localHost: "127.0.0.1" };
    const dialled = { host: "127.0.0.1", port: b.port };
    expect(a.strangersUp).toEqual([{ nodeId: b.id, direction: "to", dialled, ...here }]);
    expect(b.strangersUp).toEqual([
      { nodeId: a.id, direction: "from", dialled: undefined, ...here },
    ]);
    expect(a.bus.strangers).toEqual(a.strangersUp);
    expect([a.bus.links, a.bus.peers, b.bus.links]).toEqual([[], [], []]);
  });

  test("lets either side ask to be let in, and the other answer", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await met(a, b);
    expect(a.bus.send(b.id, "join", { node: a.id })).toBe(true);
    await until("asked", () => b.strange.length === 1);
    expect(b.strange[0]).toEqual({ from: a.id, frame: "join", plain: { node: a.id } });
    expect(b.bus.send(a.id, "proposeResult", { isDone: true })).toBe(true);
    expect(b.bus.send(a.id, "join", { node: b.id })).toBe(true);
    await until("answered, and asked", () => a.strange.length === 2);
    expect(a.strange.map(({ frame }) => frame)).toEqual(["proposeResult", "join"]);
    expect([a.control, b.control]).toEqual([[], []]);
    // A stranger has no say in what members say to each other.
    expect(a.bus.send(b.id, "raft", {})).toBe(false);
    expect(a.bus.send(b.id, "leaseGrant", {})).toBe(false);
  });

  test("is one link, however often it is asked for; it ends when one side has no more use for it", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await met(a, b);
    expect(a.bus.meet({ host: "127.0.0.1", port: b.port })).toBe(true);
    expect(a.bus.strangers).toHaveLength(1);
    b.bus.dismiss(a.id);
    await until("over", () => a.bus.strangers.length === 0);
    expect(b.strangersDown).toEqual(["unwanted"]);
    expect(a.strangersDown).toEqual(["peer-closed"]);
    expect(a.bus.meet({ host: "127.0.0.1", port: b.port })).toBe(true);
    await until("met again", () => b.strangersUp.length === 2);
  });

  test("goes over to links of peers when they are", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await met(a, b);
    await mesh(a, b);
    expect(a.bus.send(b.id, "facts", "as a peer")).toBe(true);
    expect(a.bus.send(b.id, "join", "as a stranger")).toBe(true);
    await until("both", () => b.control.length === 1 && b.strange.length === 1);
    expect(b.control[0]?.plain).toBe("as a peer");
    expect(b.strange[0]?.plain).toBe("as a stranger");
  });

  test("of two with each other at once is two links, and both can talk", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await a.listen();
    await b.listen();
    a.bus.meet({ host: "127.0.0.1", port: b.port });
    b.bus.meet({ host: "127.0.0.1", port: a.port });
    await until("met", () => a.strangersUp.length === 2 && b.strangersUp.length === 2);
    a.bus.send(b.id, "join", 1);
    b.bus.send(a.id, "join", 2);
    await until("heard", () => a.strange.length === 1 && b.strange.length === 1);
    a.bus.dismiss(b.id);
    expect(a.bus.strangers).toEqual([]);
  });
});

describe("nobody is met", () => {
  test("where this node itself listens; that is no attack", async () => {
    await using a = new TestBus("1");
    await a.listen();
    a.bus.meet({ host: "127.0.0.1", port: a.port });
    await until("both ends noticed", () => a.bus.stats.closes["own-id"] === 2);
    expect(a.meetFailures).toEqual(["own-id"]);
    expect([a.strangersUp, a.bus.stats.authFailures]).toEqual([[], 0]);
  });

  test("where nobody listens", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await b.listen();
    await b.bus.close();
    a.bus.meet({ host: "127.0.0.1", port: b.port });
    await until("refused", () => a.meetFailures.length === 1);
    expect(a.meetFailures).toEqual(["connect-refused"]);
  });

  test("who has another secret", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2", { secret: Buffer.from("another secret of 16 or more bytes") });
    await b.listen();
    a.bus.meet({ host: "127.0.0.1", port: b.port });
    await until("refused", () => a.meetFailures.length === 1);
    expect(a.meetFailures).toEqual(["bad-proof"]);
    await until("counted", () => b.bus.stats.closes["handshake-abandoned"] === 1);
    expect(b.strangersUp).toEqual([]);
  });

  test("by a node that was forgotten", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2", { callbacks: { mayJoin: (id) => id !== nodeId("1") } });
    await b.listen();
    a.bus.meet({ host: "127.0.0.1", port: b.port });
    await until("refused", () => a.meetFailures.length === 1);
    expect(a.meetFailures).toEqual(["unanswered"]);
    expect(b.bus.stats.closes["not-welcome"]).toBe(1);
    expect(b.strangersUp).toEqual([]);
  });
});

describe("a stranger", () => {
  test("gets no link of a member, and no published message", async () => {
    await using a = new TestBus("1", { publishMode: "all" });
    await a.listen();
    for (const kind of ["control", "flood", "data"] as const) {
      await using raw = await RawLink.dial({ port: a.port, selfId: nodeId("9"), kind });
      expect(raw.isUp).toBe(false);
    }
    expect(a.bus.stats.closes["unknown-peer"]).toBe(3);
    await using stranger = await RawLink.dial({ port: a.port, selfId: nodeId("9"), kind: "meet" });
    await until("met", () => a.bus.strangers.length === 1);
    a.publish("x", "for members");
    a.bus.flush();
    a.bus.send(nodeId("9"), "facts", 1);
    await until("something came", () => stranger.received.length > 0);
    expect(stranger.received).toEqual(["facts"]);
  });

  test.each([
    "publish",
    "raft",
    "propose",
    "lease",
    "replication",
    "interestFull",
    "hello",
  ] as const)("cannot say what members say: %s", async (name) => {
    await using a = new TestBus("1");
    await a.listen();
    await using raw = await RawLink.dial({ port: a.port, selfId: nodeId("9"), kind: "meet" });
    raw.send(name, Buffer.from([2, 1, 0x78, 0x79]));
    await raw.closed();
    expect(a.bus.stats.closes["bad-type"]).toBe(1);
    expect([a.heard, a.control, a.strange, a.data, a.hellos.size]).toEqual([[], [], [], [], 0]);
  });

  test("that sends nonsense is closed", async () => {
    await using a = new TestBus("1");
    await a.listen();
    await using raw = await RawLink.dial({ port: a.port, selfId: nodeId("9"), kind: "meet" });
    raw.send("join", Buffer.from("c1", "hex"));
    await raw.closed();
    expect(a.bus.stats.closes["bad-body"]).toBe(1);
    expect(a.strange).toEqual([]);
  });

  test("that dials again replaces its link", async () => {
    await using a = new TestBus("1");
    await a.listen();
    const options = { port: a.port, selfId: nodeId("9"), kind: "meet" } as const;
    await using first = await RawLink.dial(options);
    await using second = await RawLink.dial(options);
    await first.closed();
    expect(a.bus.stats.closes.replaced).toBe(1);
    second.send("join", packPlain("again"));
    await until("heard", () => a.strange.length === 1);
  });

  test("is one too many beyond a limit, and members are not harmed", async () => {
    await using a = new TestBus("1");
    await using stack = new AsyncDisposableStack();
    await a.listen();
    const hex = (index: number): string => index.toString(16).padStart(40, "0");
    for (let index = 0; index < STRANGERS_MAX; index += 1) {
      const selfId = hex(index);
      stack.use(await RawLink.dial({ port: a.port, selfId, kind: "meet" }));
    }
    await until("all met", () => a.bus.strangers.length === STRANGERS_MAX);
    const selfId = hex(STRANGERS_MAX);
    await using last = await RawLink.dial({ port: a.port, selfId, kind: "meet" });
    await last.closed();
    expect(a.bus.stats.closes["too-many-strangers"]).toBe(1);
    await using b = new TestBus("2");
    await mesh(a, b);
    // Nor does it keep this node from meeting somebody.
    await using c = new TestBus("3");
    await c.listen();
    a.bus.meet({ host: "127.0.0.1", port: c.port });
    await until("met", () => a.strangersUp.at(-1)?.nodeId === c.id);
  });
});

test("a member that was removed stays out, though it knows the secret and goes on dialling", async () => {
  let isRemoved = false;
  await using a = new TestBus("1", {
    publishMode: "all",
    callbacks: { mayJoin: () => !isRemoved },
  });
  await using b = new TestBus("2", { publishMode: "all" });
  await mesh(a, b);
  const { closes } = a.bus.stats;
  isRemoved = true;
  a.bus.setPeers([]);
  expect([a.bus.links, a.bus.peers]).toEqual([[], []]);
  const dialledBefore = closes["unknown-peer"];
  await until("dialled again", () => closes["unknown-peer"] >= dialledBefore + 4);
  b.bus.meet({ host: "127.0.0.1", port: a.port });
  await until("met nobody", () => b.meetFailures.length === 1);
  for (const kind of ["control", "flood", "data", "meet"] as const) {
    await using raw = await RawLink.dial({ port: a.port, selfId: b.id, kind });
    expect(raw.isUp).toBe(false);
  }
  // Nothing of it is heard here, and it hears nothing of us.
  a.publish("x", "for members");
  b.publish("x", "of a member that was");
  a.bus.flush();
  b.bus.flush();
  expect(b.bus.send(a.id, "raft", { vote: true })).toBe(false);
  expect(a.bus.send(b.id, "facts", {})).toBe(false);
  expect([a.bus.links, a.bus.strangers, a.heard, a.control, a.data]).toEqual([[], [], [], [], []]);
  expect(b.heard).toEqual([]);
  expect(closes["not-welcome"]).toBe(2);
  // Until it is one again.
  isRemoved = false;
  a.bus.setPeers([b.address]);
  await until("meshed again", () => a.isMeshedWith([b]));
});

test("so many meetings may be under way, and no more", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await b.listen();
  const hosts = Array.from({ length: STRANGERS_MAX + 1 }, (_, index) => `127.0.1.${index + 1}`);
  const taken = hosts.filter((host) => a.bus.meet({ host, port: b.port }));
  expect(taken).toEqual(hosts.slice(0, STRANGERS_MAX));
  await until("all refused", () => a.meetFailures.length === STRANGERS_MAX);
  expect(a.bus.meet({ host: "127.0.0.1", port: b.port })).toBe(true);
  await until("met", () => a.strangersUp.length === 1);
});

test("a link on which nothing is said ends, unless this node itself was away", async () => {
  await using b = new TestBus("2");
  await b.listen();
  const counters = new BusCounters();
  const log = (): void => undefined;
  const logger = { debug: log, info: log, warn: log };
  const ended: string[] = [];
  let clockMs = 0;
  const strangers = new Strangers({
    selfId: () => nodeId("1"),
    secret: SECRET,
    counters,
    logger,
    endings: new LinkEndings({ counters, logger, nowMs: Date.now }),
    nowMs: Date.now,
    steadyMs: () => clockMs,
    callbacks: { onStrangerDown: (_, reason) => ended.push(reason) },
  });
  strangers.meet({ host: "127.0.0.1", port: b.port });
  await until("met", () => strangers.all.length === 1 && b.strangersUp.length === 1);
  clockMs = STRANGER_SILENCE_MS;
  strangers.tick({ steadyMs: clockMs, listeningSinceMs: clockMs });
  expect(ended).toEqual([]);
  b.bus.send(nodeId("1"), "facts", "still here");
  await until("heard", () => counters.received.facts.messages === 1);
  strangers.tick({ steadyMs: 2 * STRANGER_SILENCE_MS - 1, listeningSinceMs: 0 });
  expect(ended).toEqual([]);
  strangers.tick({ steadyMs: 2 * STRANGER_SILENCE_MS, listeningSinceMs: 0 });
  expect(ended).toEqual(["silent"]);
  await strangers.close();
});

import { describe, expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { packControl, packPlain, unpackPlain } from "./control-codec.ts";
import { FRAME_NAMES, isPlainFrame, travelsOn } from "./frame-types.ts";
import { CONTROL_DEPTH_MAX } from "./limits.ts";
import { mesh, TestBus, until } from "./test-buses.ts";
import { RawLink } from "./test-raw-link.ts";

// Goal: what control says reaches the other node as it was, on the links that are there, and nothing else does.

const FACTS = { version: 7, nodes: [{ id: "1".repeat(40), port: 7000 }], none: null, isFine: true };

describe("between members", () => {
  test("every frame of control arrives as it was, but for the request to be let in", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await mesh(a, b);
    const frames = FRAME_NAMES.filter(isPlainFrame);
    const sent = frames.filter((frame) => a.bus.send(b.id, frame, { frame, facts: FACTS }));
    expect(frames.filter((frame) => !sent.includes(frame))).toEqual(["join"]);
    await until("all are there", () => b.control.length === sent.length);
    expect(b.control).toEqual(
      sent.map((frame) => ({ from: a.id, frame, plain: { frame, facts: FACTS } })),
    );
    expect(b.strange).toEqual([]);
    expect(a.bus.stats.sent.proposeResult.messages).toBe(1);
    expect(b.bus.stats.received.raft.messages).toBe(1);
    expect(b.peersHeard).toEqual(new Set([a.id]));
  });

  test("a broadcast reaches all peers, and nobody is reached who is not there", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await using c = new TestBus("3");
    await mesh(a, b, c);
    a.bus.broadcast("facts", FACTS);
    for (const { control } of [b, c]) await until("told", () => control.length === 1);
    expect(a.bus.stats.sent.facts.messages).toBe(2);
    expect(a.bus.send("9".repeat(40), "facts", FACTS)).toBe(false);
  });

  test("while a node cannot dial the peer, the link that the peer dialled carries its frames", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await a.listen();
    await b.listen();
    // `a` does not know yet where b is.
    a.bus.setPeers([{ id: b.id, host: "", port: 0 }]);
    expect(a.bus.send(b.id, "raft", 1)).toBe(false);
    b.bus.setPeers([a.address]);
    await until("b is linked", () => b.bus.peer(a.id)?.isConnected === true);
    await until("a can answer", () => a.bus.send(b.id, "raft", { term: 7 }));
    await until("told", () => b.control.length === 1);
    expect(b.control[0]).toEqual({ from: a.id, frame: "raft", plain: { term: 7 } });
    a.bus.broadcast("facts", "to all");
    await until("told as well", () => b.control.length === 2);
    expect(a.bus.peer(b.id)?.isConnected).toBe(false);
    expect(a.bus.stats.closes["connect-failed"]).toBe(0);
  });

  test("a receiver that finds the shape wrong ends the link, which is dialled again", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2", {
      callbacks: {
        onControl: () => {
          throw new BusProtocolError("bad-body", "not what it should be");
        },
      },
    });
    await mesh(a, b);
    a.bus.send(b.id, "raft", "nonsense");
    await until("refused", () => b.bus.stats.closes["bad-body"] === 1);
    await until("noticed", () => a.bus.stats.closes["peer-closed"] === 1);
    await until("mended", () => a.isMeshedWith([b]) && b.isMeshedWith([a]));
    expect(a.bus.send(b.id, "raft", "more")).toBe(true);
  });

  test("nothing is heard of a member before its hello", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await a.listen();
    a.bus.setPeers([{ ...b.address, host: "" }]);
    await using raw = await RawLink.dial({ port: a.port, selfId: b.id, kind: "control" });
    raw.send("raft", packPlain({ term: 7 }));
    await raw.closed();
    expect(a.bus.stats.closes["bad-order"]).toBe(1);
    expect(a.control).toEqual([]);
  });
});

describe("rumours", () => {
  test("are what each link begins with, once there is one to tell", async () => {
    let rumour: unknown;
    await using a = new TestBus("1", { nodeTimeoutMs: 100, callbacks: { rumour: () => rumour } });
    await using b = new TestBus("2", { nodeTimeoutMs: 100 });
    await mesh(a, b);
    const { sent } = a.bus.stats;
    expect(sent.rumour.messages).toBe(0);
    rumour = { factsVersion: 2 };
    await using c = new TestBus("3", { nodeTimeoutMs: 100 });
    await mesh(a, b, c);
    await until("it is heard", () => c.control.length > 0);
    expect(latest(c)).toEqual({ factsVersion: 2 });
    const beats = sent.ping.messages;
    await until("heartbeats", () => sent.ping.messages >= beats + 5);
    expect(sent.rumour.messages).toBe(1);
  });

  test("may also be sent at once", async () => {
    await using a = new TestBus("1");
    await using b = new TestBus("2");
    await mesh(a, b);
    a.bus.broadcast("rumour", { suspects: ["3".repeat(40)] });
    await until("heard", () => b.control.length === 1);
    expect(latest(b)).toEqual({ suspects: ["3".repeat(40)] });
  });
});

describe("plain data", () => {
  test("is plain MessagePack", () => {
    expect(packPlain({ term: 7 }).toString("hex")).toBe("81a47465726d07"); // {"term": 7}
    const plain = [null, true, -5, 2 ** 45, 1.5, "text", Buffer.from("bin"), { deep: [[]] }];
    expect(unpackPlain(packPlain(plain))).toEqual(plain);
  });

  test("what the receiver would refuse is refused where it is made", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(unpackPlain(packPlain(nested(CONTROL_DEPTH_MAX)))).toEqual(nested(CONTROL_DEPTH_MAX));
    expect(() => packPlain(nested(CONTROL_DEPTH_MAX + 1))).toThrow(TypeError);
    for (const odd of [undefined, { a: undefined }, new Date(), [() => 1], 2n ** 70n]) {
      expect(() => packPlain(odd)).toThrow(TypeError);
    }
    expect(() => packPlain(Buffer.alloc(9 * 1024 * 1024))).toThrow("longer than a control frame");
  });

  test("names of fields cannot reach into a prototype", () => {
    // {"__proto__": {"isAdmin": true}}
    const body = Buffer.from("81a95f5f70726f746f5f5f81a7697341646d696ec3", "hex");
    expect((unpackPlain(body) as Record<string, unknown>)["isAdmin"]).toBe(undefined);
  });
});

test("only a link with a stranger carries a request to be let in, and no link with a stranger a vote", () => {
  const onMeet = FRAME_NAMES.filter((name) => travelsOn(name, "meet"));
  expect(onMeet).toEqual(["rumour", "facts", "factsRequest", "proposeResult", "join"]);
  expect(travelsOn("join", "control")).toBe(false);
});

test("a member's ping is no request of a stranger", async () => {
  await using a = new TestBus("1");
  await a.listen();
  await using raw = await RawLink.dial({ port: a.port, selfId: "2".repeat(40), kind: "meet" });
  raw.send("ping", packControl({ name: "ping", body: { seq: 1 } }));
  await raw.closed();
  expect(a.bus.stats.closes["bad-type"]).toBe(1);
});

function latest(bus: TestBus): Record<string, unknown> {
  return bus.control.at(-1)?.plain as Record<string, unknown>; // a map was sent
}

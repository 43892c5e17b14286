import fc from "fast-check";
import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import {
  AcceptorHandshake,
  ANSWER_BYTES,
  DiallerHandshake,
  FINISH_BYTES,
  HELLO_BYTES,
  type Handshake,
  type Session,
} from "./handshake.ts";
import { LINK_KINDS, type LinkKind } from "./frame-types.ts";
import { nodeId, SECRET } from "./test-buses.ts";

// Goal: only who knows the secret gets a session, and the bytes are those of docs/bus.md.
// Method: fixed nonces; the expected proofs and keys come from another implementation (Python's hmac).

const DIALLER_NONCE = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const ACCEPTOR_NONCE = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 32));

interface DiallerParts {
  secret?: Buffer;
  kind?: LinkKind;
  selfId?: string;
  peerId?: string | undefined;
}

function dialler(options: DiallerParts = {}): DiallerHandshake {
  return new DiallerHandshake({
    secret: SECRET,
    kind: "control",
    selfId: nodeId("1"),
    peerId: nodeId("2"),
    nonce: DIALLER_NONCE,
    ...options,
  });
}

function acceptor(options: { secret?: Buffer; selfId?: string } = {}): AcceptorHandshake {
  return new AcceptorHandshake({
    secret: SECRET,
    selfId: nodeId("2"),
    nonce: ACCEPTOR_NONCE,
    refusal: (id) => (id === nodeId("1") ? undefined : "unknown-peer"),
    ...options,
  });
}

function answerTo(hello: Buffer, side: AcceptorHandshake = acceptor()): Buffer {
  return side.receive(hello).send ?? Buffer.alloc(0);
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BusProtocolError) return error.fault;
    throw error;
  }
  return "none";
}

describe("the bytes", () => {
  test("hello, answer and finish are as documented", () => {
    const one = dialler();
    expect(one.hello.toString("hex")).toBe(
      `534c4f5402010000${Buffer.from(nodeId("1")).toString("hex")}${DIALLER_NONCE.toString("hex")}`,
    );
    const two = acceptor();
    const answer = answerTo(one.hello, two);
    expect(answer.toString("hex")).toBe(
      `534c4f5402010000${Buffer.from(nodeId("2")).toString("hex")}${ACCEPTOR_NONCE.toString("hex")}` +
        "8636f9ca4373882e41ba7a19f9a8cc3f4a1c23a4528add01a3dbea5f57f8ace5",
    );
    const { send: finish, session: dialled } = one.receive(answer);
    expect(finish?.toString("hex")).toBe(
      "f1bcc2c17be37041fe7be01d55158930569362c0e106ddd70d9330a37876b0c4",
    );
    const { session: accepted } = two.receive(finish ?? Buffer.alloc(0));
    expect([one.hello.length, answer.length, finish?.length]).toEqual([
      HELLO_BYTES,
      ANSWER_BYTES,
      FINISH_BYTES,
    ]);
    expect(keysOf(dialled)).toEqual({
      send: "124deacfe873ebb22d02044948ed6f1cfec71a0cdd9a274a48b4e860dea41102",
      receive: "224ad989c30b2cf08d2f0280f2469cd4de2c45abfd1836b75a6883f76f7935f6",
    });
    expect(keysOf(accepted)).toEqual({
      send: keysOf(dialled).receive,
      receive: keysOf(dialled).send,
    });
    expect(accepted).toMatchObject({ peerId: nodeId("1"), kind: "control" });
    expect(dialled).toMatchObject({ peerId: nodeId("2"), kind: "control" });
  });

  test("the kind is a byte of the hello, and part of what is proved", () => {
    const kinds = Object.keys(LINK_KINDS) as LinkKind[]; // keys of that literal
    expect(kinds.map((kind) => dialler({ kind }).hello[5])).toEqual([1, 2, 3, 4]);
    const one = dialler({ kind: "meet", peerId: undefined });
    const { send: finish } = one.receive(answerTo(one.hello));
    expect(finish?.toString("hex")).toBe(
      "d7b90fd6cdfbaf206d922b52701282d914b03e73ec5af11743900ef8ed32658d",
    );
  });

  test("any split of them gives the same session, and what follows the finish is kept", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: ANSWER_BYTES }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (lengths) => {
        const one = dialler();
        const two = acceptor();
        const answer = Buffer.concat(feed(two, one.hello, lengths).sent);
        const { sent, session } = feed(one, answer, lengths);
        const rest = Buffer.from("first frame");
        const finish = Buffer.concat(sent);
        feed(two, finish.subarray(0, 31), lengths);
        const accepted = two.receive(Buffer.concat([finish.subarray(31), rest])).session;
        expect(accepted?.rest.equals(rest)).toBe(true);
        expect(keysOf(accepted).send).toBe(keysOf(session).receive);
      }),
    );
  });
});

describe("refused", () => {
  test("an acceptor with another secret, by the dialler, who then sends no proof", () => {
    const one = dialler();
    const answer = answerTo(one.hello, acceptor({ secret: Buffer.alloc(16) }));
    expect(faultOf(() => one.receive(answer))).toBe("bad-proof");
  });

  test("a dialler with another secret, by the acceptor", () => {
    const two = acceptor();
    answerTo(dialler().hello, two);
    expect(faultOf(() => two.receive(Buffer.alloc(FINISH_BYTES)))).toBe("bad-proof");
  });

  test("the acceptor's own proof sent back to it", () => {
    const two = acceptor();
    const answer = answerTo(dialler().hello, two);
    expect(faultOf(() => two.receive(answer.subarray(HELLO_BYTES)))).toBe("bad-proof");
  });

  test("another node than the one that was dialled", () => {
    const one = dialler({ peerId: nodeId("3") });
    expect(faultOf(() => one.receive(answerTo(one.hello)))).toBe("wrong-node");
  });

  test("a node that may not come in, before it is answered", () => {
    const { hello } = dialler({ kind: "flood", selfId: nodeId("9") });
    expect(faultOf(() => acceptor().receive(hello))).toBe("unknown-peer");
  });

  test("a hello whose kind was changed on its way, by the dialler", () => {
    const answerFor = (kind: LinkKind): string => {
      const one = dialler({ kind: "meet", peerId: undefined });
      const hello = Buffer.from(one.hello);
      hello[5] = LINK_KINDS.control;
      const answer = answerTo(hello);
      answer[5] = LINK_KINDS[kind];
      return faultOf(() => one.receive(answer));
    };
    expect(answerFor("control")).toBe("bad-kind");
    expect(answerFor("meet")).toBe("bad-proof");
  });

  test.each([
    ["bad-magic", 0, 0x52],
    ["bad-version", 4, 1],
    ["bad-kind", 5, 0],
    ["bad-kind", 5, 5],
    ["bad-version", 6, 1],
    ["bad-node-id", 8, 0x47],
  ])("%s", (fault, at, byte) => {
    const { hello } = dialler();
    hello[at] = byte;
    expect(faultOf(() => acceptor().receive(hello))).toBe(fault);
  });

  test("bytes that no handshake has", () => {
    const one = dialler();
    expect(faultOf(() => acceptor().receive(Buffer.concat([one.hello, Buffer.alloc(1)])))).toBe(
      "excess-bytes",
    );
    const answer = answerTo(one.hello);
    expect(faultOf(() => one.receive(Buffer.concat([answer, Buffer.alloc(1)])))).toBe(
      "excess-bytes",
    );
  });
});

describe("a dialler that asks for nobody in particular", () => {
  test("learns who answered, if he proves the secret", () => {
    const one = dialler({ kind: "meet", peerId: undefined });
    const answer = answerTo(one.hello);
    expect(one.receive(answer).session?.peerId).toBe(nodeId("2"));
  });

  test("takes no other secret, and no answer whose id was changed", () => {
    const one = dialler({ kind: "meet", peerId: undefined });
    const wrong = answerTo(one.hello, acceptor({ secret: Buffer.alloc(16) }));
    expect(faultOf(() => one.receive(wrong))).toBe("bad-proof");
    const two = dialler({ kind: "meet", peerId: undefined });
    const answer = answerTo(two.hello);
    answer.write(nodeId("3"), 8, "latin1");
    expect(faultOf(() => two.receive(answer))).toBe("bad-proof");
  });

  test("is told when it reached itself, and neither end makes a link of it", () => {
    const self = { secret: SECRET, selfId: nodeId("1") };
    const one = dialler({ kind: "meet", peerId: undefined });
    const two = acceptor(self);
    const answer = answerTo(one.hello, two);
    expect(two.isFromSelf).toBe(true);
    expect(faultOf(() => one.receive(answer))).toBe("own-id");
    // A forged dialler that knows the secret and goes on all the same.
    const three = acceptor(self);
    const { hello } = dialler({ kind: "meet" });
    const finish = finishOf(hello, answerTo(hello, three));
    expect(faultOf(() => three.receive(finish))).toBe("own-id");
  });
});

test("no changed byte gives a session, and none gives another error than BusProtocolError", () => {
  const position = fc.nat({ max: HELLO_BYTES + ANSWER_BYTES + FINISH_BYTES - 1 });
  fc.assert(
    fc.property(position, fc.integer({ min: 1, max: 255 }), (at, change) => {
      const one = dialler();
      const two = acceptor();
      const fault = faultOf(() => {
        const answer = answerTo(flip(one.hello, at, change), two);
        const { send = Buffer.alloc(0) } = one.receive(flip(answer, at - HELLO_BYTES, change));
        two.receive(flip(send, at - HELLO_BYTES - ANSWER_BYTES, change));
      });
      expect(fault).not.toBe("none");
    }),
    { numRuns: 500 },
  );
});

test("random bytes are refused with BusProtocolError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: ANSWER_BYTES, maxLength: 300 }), (bytes) => {
      expect(faultOf(() => acceptor().receive(Buffer.from(bytes)))).not.toBe("none");
      expect(faultOf(() => dialler().receive(Buffer.from(bytes)))).not.toBe("none");
    }),
  );
});

function keysOf(session: Session | undefined): { send: string; receive: string } {
  if (session === undefined) throw new Error("no session");
  return {
    send: session.sendKey.export().toString("hex"),
    receive: session.receiveKey.export().toString("hex"),
  };
}

/** What a dialler that does not look at the answer would send. */
function finishOf(hello: Buffer, answer: Buffer): Buffer {
  const salt = Buffer.concat([hello.subarray(48, 80), answer.subarray(48, 80)]);
  const label = Buffer.from("slotcast bus keys");
  const info = Buffer.concat([label, hello.subarray(0, 48), answer.subarray(0, 48)]);
  const proofKey = Buffer.from(hkdfSync("sha256", SECRET, salt, info, 96)).subarray(0, 32);
  const heard = Buffer.concat([Buffer.from("slotcast bus dialler"), hello, answer]);
  return createHmac("sha256", proofKey).update(heard).digest();
}

function flip(bytes: Buffer, at: number, change: number): Buffer {
  const changed = Buffer.from(bytes);
  const byte = changed[at];
  if (byte !== undefined) changed[at] = byte ^ change;
  return changed;
}

function feed(
  side: Handshake,
  bytes: Buffer,
  lengths: readonly number[],
): { sent: Buffer[]; session: Session | undefined } {
  const sent: Buffer[] = [];
  let session: Session | undefined;
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    if (at >= bytes.length) break;
    const step = side.receive(bytes.subarray(at, at + length));
    if (step.send !== undefined) sent.push(step.send);
    session ??= step.session;
    at += length;
  }
  return { sent, session };
}

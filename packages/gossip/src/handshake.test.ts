import fc from "fast-check";
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
import { nodeId, SECRET } from "./test-buses.ts";

// Goal: only who knows the secret gets a session, and the bytes are those of docs/bus.md.
// Method: fixed nonces; the expected proofs and keys come from another implementation (Python's hmac).

const DIALLER_NONCE = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const ACCEPTOR_NONCE = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 32));

function dialler(options: { secret?: Buffer; peerId?: string } = {}): DiallerHandshake {
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
    isPeer: (id) => id === nodeId("1"),
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
      `534c4f5401010000${Buffer.from(nodeId("1")).toString("hex")}${DIALLER_NONCE.toString("hex")}`,
    );
    const two = acceptor();
    const answer = answerTo(one.hello, two);
    expect(answer.toString("hex")).toBe(
      `534c4f5401010000${Buffer.from(nodeId("2")).toString("hex")}${ACCEPTOR_NONCE.toString("hex")}` +
        "961eeb5b58bd4baa84ca2fd0fe66a7cfbbed44215d49d4c319b5c800bd687d06",
    );
    const { send: finish, session: dialled } = one.receive(answer);
    expect(finish?.toString("hex")).toBe(
      "ef6bf5c2c352a56b0aa5ecd84371ad1671ca727e20253aea2ec19793809e389b",
    );
    const { session: accepted } = two.receive(finish ?? Buffer.alloc(0));
    expect([one.hello.length, answer.length, finish?.length]).toEqual([
      HELLO_BYTES,
      ANSWER_BYTES,
      FINISH_BYTES,
    ]);
    expect(keysOf(dialled)).toEqual({
      send: "1cc999f1626a1c489875ae2c6a6420d4b7b3ed656ff329970139cfc27b4ab01f",
      receive: "bbbd37a069b63d2d1b739c22300b2f089b0609f058f4fc2e59efcd6405088d00",
    });
    expect(keysOf(accepted)).toEqual({
      send: keysOf(dialled).receive,
      receive: keysOf(dialled).send,
    });
    expect(accepted).toMatchObject({ peerId: nodeId("1"), kind: "control" });
    expect(dialled).toMatchObject({ peerId: nodeId("2"), kind: "control" });
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

  test("a node that is not a peer, before it is answered", () => {
    const stranger = new DiallerHandshake({
      secret: SECRET,
      kind: "flood",
      selfId: nodeId("9"),
      peerId: nodeId("2"),
      nonce: DIALLER_NONCE,
    });
    expect(faultOf(() => acceptor().receive(stranger.hello))).toBe("unknown-peer");
  });

  test.each([
    ["bad-magic", 0, 0x52],
    ["bad-version", 4, 2],
    ["bad-kind", 5, 3],
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

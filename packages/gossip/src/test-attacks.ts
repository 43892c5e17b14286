import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { packPlain } from "./control-codec.ts";
import { FRAME_HEAD_BYTES } from "./frame-codec.ts";
import { FRAMES, LINK_KINDS, type LinkKind } from "./frame-types.ts";
import { ANSWER_BYTES, FINISH_BYTES, HELLO_BYTES } from "./handshake.ts";

/** For tests: what somebody can try who hears everything, says anything, and does not know the secret. */

/** All that the two sides of a connection said. */
export interface Recording {
  readonly kind: LinkKind;
  readonly dialler: Buffer;
  readonly acceptor: Buffer;
}

interface Heard {
  readonly dialler: Buffer[];
  readonly acceptor: Buffer[];
}

/** A port that leads to another and writes down what passes. */
export class Wiretap implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections: Heard[] = [];

  constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const far = connect(targetPort, "127.0.0.1");
      const heard: Heard = { dialler: [], acceptor: [] };
      this.#connections.push(heard);
      near.on("data", (chunk) => heard.dialler.push(chunk));
      far.on("data", (chunk) => heard.acceptor.push(chunk));
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          near.destroy();
          far.destroy();
        });
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port; // a TCP server that listens has one
  }

  get recordings(): Recording[] {
    return this.#connections.map((heard) => {
      const dialler = Buffer.concat(heard.dialler);
      const kinds = Object.keys(LINK_KINDS) as LinkKind[]; // keys of that literal
      const kind = kinds.find((name) => LINK_KINDS[name] === dialler[5]) ?? "control";
      return { kind, dialler, acceptor: Buffer.concat(heard.acceptor) };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What an attacker sends first, and what when he is answered. */
export interface Attack {
  readonly opening: Buffer;
  readonly reply: (answer: Buffer) => Buffer;
}

/** 0 (included) to 1 (not included). */
type Random = () => number;

/** One connection's worth of malice against a node that listens. `peerId` is one whom the node trusts. */
export function attack(random: Random, recordings: readonly Recording[], peerId: string): Attack {
  const recorded = pick(random, recordings);
  const hello = recorded.dialler.subarray(0, HELLO_BYTES);
  const frames = recorded.dialler.subarray(HELLO_BYTES + FINISH_BYTES);
  const tricks: (() => Attack)[] = [
    // replayed: all at once, in turn, a part of it, with bytes changed
    () => ({ opening: recorded.dialler, reply: nothing }),
    () => ({ opening: hello, reply: () => recorded.dialler.subarray(HELLO_BYTES) }),
    () => ({ opening: cut(random, recorded.dialler), reply: nothing }),
    () => ({ opening: cut(random, hello), reply: () => cut(random, frames) }),
    () => ({ opening: mutated(random, recorded.dialler), reply: nothing }),
    () => ({
      opening: mutated(random, hello),
      reply: () => mutated(random, recorded.dialler.subarray(HELLO_BYTES)),
    }),
    // the other side's words, now and then
    () => ({ opening: recorded.acceptor, reply: nothing }),
    () => ({ opening: recorded.acceptor.subarray(0, HELLO_BYTES), reply: () => frames }),
    () => ({ opening: hello, reply: (answer) => answer }),
    () => ({
      opening: craftedHello(random, peerId),
      reply: (answer) => Buffer.concat([answer.subarray(HELLO_BYTES), frames]),
    }),
    // made up
    () => ({
      opening: craftedHello(random, peerId),
      reply: () => Buffer.concat([bytes(random, FINISH_BYTES), craftedFrames(random)]),
    }),
    () => ({ opening: craftedFrames(random), reply: nothing }),
    () => ({ opening: bytes(random, 1 + Math.floor(random() * 300)), reply: nothing }),
  ];
  return pick(random, tricks)();
}

/** What an attacker answers to a node that dialled him. */
export function forgedAnswer(
  random: Random,
  hello: Buffer,
  recordings: readonly Recording[],
): Buffer {
  const recorded = pick(random, recordings);
  const tricks: (() => Buffer)[] = [
    () => recorded.acceptor,
    () => cut(random, recorded.acceptor),
    () => mutated(random, recorded.acceptor.subarray(0, ANSWER_BYTES)),
    () => Buffer.concat([hello, bytes(random, ANSWER_BYTES - HELLO_BYTES)]),
    () => Buffer.concat([hello, hello.subarray(0, ANSWER_BYTES - HELLO_BYTES)]),
    () =>
      Buffer.concat([
        hello.subarray(0, 8),
        recorded.acceptor.subarray(8, ANSWER_BYTES),
        recorded.acceptor.subarray(ANSWER_BYTES),
      ]),
    () => bytes(random, ANSWER_BYTES),
  ];
  return pick(random, tricks)();
}

/** Resolves when the other side has closed the connection. */
export async function mount(port: number, { opening, reply }: Attack): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  let answer = Buffer.alloc(0);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length !== ANSWER_BYTES) return;
    socket.end(reply(answer));
  });
  socket.write(opening);
  // Nothing that is not even a hello is ever answered: do not sit out the handshake's time.
  if (opening.length !== HELLO_BYTES) socket.end();
  else socket.setTimeout(100, () => socket.end());
  await new Promise((resolve) => socket.once("close", resolve));
}

function nothing(): Buffer {
  return Buffer.alloc(0);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

function cut(random: Random, whole: Buffer): Buffer {
  return whole.subarray(0, Math.floor(random() * whole.length));
}

function mutated(random: Random, original: Buffer): Buffer {
  const changed = Buffer.from(original);
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change += 1) {
    const at = Math.floor(random() * changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 + Math.floor(random() * 255));
  }
  return changed;
}

function craftedHello(random: Random, peerId: string): Buffer {
  const kind = 1 + Math.floor(random() * 4);
  const head = Buffer.from([0x53, 0x4c, 0x4f, 0x54, 2, kind, 0, 0]);
  return Buffer.concat([head, Buffer.from(peerId), bytes(random, 32)]);
}

/** Right in all but the MAC. */
function craftedFrames(random: Random): Buffer {
  const bodies: readonly (readonly [type: number, body: Buffer])[] = [
    [FRAMES.hello.type, packPlain({ listeners: [], hostname: "", version: "1" })],
    [FRAMES.publish.type, Buffer.from([6, 1, 0x78, 0x61, 0x62, 0x63])],
    [FRAMES.publishShard.type, Buffer.from([6, 1, 0x78, 0x61, 0x62, 0x63])],
    [FRAMES.raft.type, packPlain({ term: 7 })],
    [FRAMES.facts.type, packPlain({ version: 7 })],
    [FRAMES.join.type, packPlain({ nodeId: "9".repeat(40) })],
    [FRAMES.replication.type, bytes(random, 30)],
  ];
  const count = 1 + Math.floor(random() * 5);
  const frames = Array.from({ length: count }, () => {
    const [type, body] = pick(random, bodies);
    const head = Buffer.concat([Buffer.alloc(5), bytes(random, FRAME_HEAD_BYTES - 5)]);
    head.writeUInt32BE(body.length);
    head[4] = type;
    return Buffer.concat([head, body]);
  });
  return Buffer.concat(frames);
}

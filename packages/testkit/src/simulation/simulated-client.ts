import type { NodeId } from "@slotcast/control";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import type { Journal } from "./journal.ts";
import type { Network } from "./network.ts";
import { plain } from "./packet.ts";
import { decodeAnswer, isWrite, type Answer, type Request, type RequestKind } from "./request.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { TRACED, type Trace } from "./trace.ts";
import { expectThat } from "./violation.ts";

export interface ClientHabits {
  /** Between an answer and the next request. */
  readonly thinkMsMax: number;
  /** Requests at once. */
  readonly pipelineMax: number;
  readonly paddingBytesMax: number;
  readonly keys: number;
}

/** Something that a client wants, until it has it or gives up. */
interface Wish {
  readonly kind: RequestKind;
  readonly key: number;
  triesLeft: number;
}

interface Line {
  socket: Socket | undefined;
  /** Sent when the connection is open. */
  waiting: Request[];
  /** In the order in which they are sent. */
  readonly open: Map<number, Wish>;
  /** Of a line of which the rest has not come. */
  half: string;
}

/** How often each is wished for: up to that part of one. */
const KINDS: readonly (readonly [RequestKind, number])[] = [
  ["append", 0.52],
  ["count", 0.6],
  ["lock", 0.65],
  ["read-copy", 0.7],
];
const TRIES_MAX = 400;
/** After so many tries that may have been executed a write is given up, so that its fate stays unknown. */
const UNKNOWN_TRIES = 40;
const RETRY_MS_MAX = 80;
const PATIENCE_MS = { low: 1000, high: 6000 };

/** A client as they are: keeps a connection to each node that it needs, follows redirections, tries again. */
export class SimulatedClient implements Party {
  readonly host: number;
  readonly isAlive = true;
  readonly #name: string;
  readonly #network: Network;
  readonly #random: SeededRandom;
  readonly #journal: Journal;
  readonly #habits: ClientHabits;
  readonly #trace: Trace;
  readonly #hostOf: (nodeId: NodeId) => number | undefined;
  readonly #nodeHosts: () => readonly number[];
  readonly #shardOfKey: (key: number) => string | undefined;
  readonly #lines = new Map<number, Line>();
  /** By shard: where its primary was last. */
  readonly #guesses = new Map<string, number>();
  #wishes = 0;
  #isStopping = false;

  constructor(options: {
    readonly host: number;
    readonly network: Network;
    readonly random: SeededRandom;
    readonly journal: Journal;
    readonly habits: ClientHabits;
    readonly trace: Trace;
    readonly hostOf: (nodeId: NodeId) => number | undefined;
    readonly nodeHosts: () => readonly number[];
    readonly shardOfKey: (key: number) => string | undefined;
  }) {
    this.host = options.host;
    this.#name = `c${options.host}`;
    this.#network = options.network;
    this.#random = options.random;
    this.#journal = options.journal;
    this.#habits = options.habits;
    this.#trace = options.trace;
    this.#hostOf = options.hostOf;
    this.#nodeHosts = options.nodeHosts;
    this.#shardOfKey = options.shardOfKey;
    this.#thinkThenWish();
  }

  whenAwake(run: () => void): void {
    run();
  }

  accept(): SocketEvents {
    throw new Error("nobody dials a client");
  }

  /** It wants nothing new. */
  stop(): void {
    this.#isStopping = true;
  }

  /** It has got, or given up, all that it wanted. */
  get isDone(): boolean {
    return this.#isStopping && this.#wishes === 0;
  }

  #later(ms: number, act: () => void): void {
    this.#network.clock.after(ms, act);
  }

  #thinkThenWish(): void {
    this.#later(this.#random.next() * this.#habits.thinkMsMax, () => {
      if (this.#isStopping) return;
      const count = 1 + this.#random.below(this.#habits.pipelineMax);
      for (let index = 0; index < count; index += 1) this.#wishAnew();
    });
  }

  #wishAnew(): void {
    const chance = this.#random.next();
    const kind: RequestKind = KINDS.find(([, upTo]) => chance < upTo)?.[0] ?? "read";
    this.#wishes += 1;
    this.#try({ kind, key: this.#random.below(this.#habits.keys), triesLeft: TRIES_MAX });
  }

  #try(wish: Wish): void {
    wish.triesLeft -= 1;
    if (wish.triesLeft <= 0 || (this.#isStopping && !isWrite(wish.kind))) {
      this.#fulfilled();
      return;
    }
    const host = this.#whomToAsk(wish);
    if (host === undefined) {
      this.#tryLater(wish);
      return;
    }
    const id = this.#journal.nextId();
    const padding = this.#random.below(this.#habits.paddingBytesMax + 1);
    const request: Request = { id, kind: wish.kind, key: wish.key, padding };
    const line = this.#lineTo(host);
    line.open.set(id, wish);
    line.waiting.push(request);
    // What is wished for at the same time goes out in one packet.
    if (line.waiting.length === 1) this.#later(0, () => this.#send(host, line));
  }

  #tryLater(wish: Wish): void {
    this.#later(this.#random.between(5, RETRY_MS_MAX), () => this.#try(wish));
  }

  #fulfilled(): void {
    this.#wishes -= 1;
    if (this.#wishes === 0) this.#thinkThenWish();
  }

  #whomToAsk({ kind, key }: Wish): number | undefined {
    const guess = this.#guesses.get(this.#shardOfKey(key) ?? "");
    // Now and then at random: replicas are read like this, and nobody's map of the cluster is right for ever.
    const isAnywhere = kind === "read-copy" || guess === undefined || this.#random.chance(0.02);
    return isAnywhere ? this.#random.pickFrom(this.#nodeHosts()) : guess;
  }

  #lineTo(host: number): Line {
    const known = this.#lines.get(host);
    if (known !== undefined) return known;
    const line: Line = { socket: undefined, waiting: [], open: new Map(), half: "" };
    this.#lines.set(host, line);
    const lost = (): void => this.#lost(host, line);
    const opened = (socket: Socket): SocketEvents => {
      line.socket = socket;
      this.#send(host, line);
      return {
        received: (packet) => {
          if (packet.kind === "answers") this.#read(host, line, packet.text);
        },
        closed: lost,
      };
    };
    const events = { opened, refused: lost, failed: lost };
    this.#network.dial({ from: this, to: host, kind: "client", events });
    return line;
  }

  #send(host: number, line: Line): void {
    const { socket, waiting: requests } = line;
    if (socket === undefined || requests.length === 0) return;
    line.waiting = [];
    const { nowMs } = this.#network.clock;
    for (const request of requests) {
      this.#journal.sent(request, this.#name, nowMs);
      this.#trace.note(TRACED.request, this.host, request.id);
    }
    socket.send({ kind: "requests", requests });
    const ids = requests.map(({ id }) => id);
    this.#later(this.#random.between(PATIENCE_MS.low, PATIENCE_MS.high), () => {
      if (this.#lines.get(host) !== line || !ids.some((id) => line.open.has(id))) return;
      socket.close();
      this.#lost(host, line);
    });
  }

  /** What was sent may have been executed; what was not, was not. */
  #lost(host: number, line: Line): void {
    if (this.#lines.get(host) === line) this.#lines.delete(host);
    for (const [shard, guess] of this.#guesses) if (guess === host) this.#guesses.delete(shard);
    const unsent = new Set(line.waiting.map(({ id }) => id));
    for (const [id, wish] of line.open) {
      const isSent = !unsent.has(id);
      if (isSent) this.#journal.lost(id);
      if (isSent && isWrite(wish.kind)) wish.triesLeft -= TRIES_MAX / UNKNOWN_TRIES;
      this.#tryLater(wish);
    }
    line.open.clear();
    line.waiting = [];
  }

  #read(host: number, line: Line, text: string): void {
    const lines = (line.half + text).split("\n");
    line.half = lines.pop() ?? "";
    for (const each of lines) this.#answered(host, line, decodeAnswer(each));
  }

  /** Answers come in the order of the requests. */
  #answered(host: number, line: Line, answer: Answer): void {
    const [first] = line.open;
    if (first === undefined) return;
    const [id, wish] = first;
    expectThat(
      answer.kind !== "ok" || answer.id === id,
      "answers come in order",
      () => `${this.#name} waits for ${id} and gets ${plain(answer)}`,
    );
    line.open.delete(id);
    this.#trace.note(TRACED.answer, this.host, id);
    this.#journal.answered(id, answer, this.#network.clock.nowMs);
    const shard = this.#shardOfKey(wish.key) ?? "";
    switch (answer.kind) {
      case "ok":
        if (wish.kind !== "read-copy") this.#guesses.set(shard, host);
        this.#fulfilled();
        break;
      case "moved": {
        const to = answer.to === undefined ? undefined : this.#hostOf(answer.to);
        if (to === undefined) this.#guesses.delete(shard);
        else this.#guesses.set(shard, to);
        // At once, unless it goes in circles.
        if (to === undefined || to === host || wish.triesLeft % 4 === 0) this.#tryLater(wish);
        else this.#try(wish);
        break;
      }
      case "not-now":
        this.#tryLater(wish);
        break;
    }
  }
}

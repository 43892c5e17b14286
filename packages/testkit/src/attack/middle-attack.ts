import type { Socket } from "node:net";
import type { SeededRandom } from "../simulation/seeded-random.ts";
import type { MiddleMan } from "./bus-tap.ts";
import { BURST_FRAMES_MAX, ENDED_WITHIN_MS, MEDDLE_AFTER_MS } from "./limits.ts";
import type { Recordings } from "./recordings.ts";
import type { Change, Ending, Meddling, TappedTalk } from "./tapped-talk.ts";
import { cut, flipped, makeForgedAnswer, makeFrames, SORTS } from "./volley.ts";
import { HELLO_BYTES, type LinkKind, type Side } from "./wire-format.ts";

/** What can be done to an established link, in turn. Those of the first line say something between two frames. */
const LINK_TRICKS = [
  ...(["random", "crafted", "replayed", "reflected", "overlong"] as const),
  ...(["truncated", "flipped", "lengthened", "left-out", "reordered", "repeated"] as const),
] as const;
type LinkTrick = (typeof LINK_TRICKS)[number];

/** What was done to links and handshakes, and how they ended. */
export interface MiddleCounts {
  /** Changes of established links, by trick. */
  readonly tricks: Record<LinkTrick, number>;
  /** The same, by the kind of the link. */
  readonly kinds: Record<LinkKind, number>;
  readonly endings: Record<Ending, number>;
  /** Handshakes whose messages were changed or answered by us, or that were led to another node. */
  handshakes: number;
  /** Of these, the ones after which a link was made all the same. */
  handshakesThatWorked: number;
  /** Hostile frames that were sent, on links and in handshakes. */
  frames: number;
}

/**
 * The man in the middle of all connections between the nodes: while he is on, he changes what passes on established
 * links, one change each, and interferes with some handshakes.
 */
export class MiddleAttack implements MiddleMan {
  readonly counts: MiddleCounts = {
    tricks: Object.fromEntries(LINK_TRICKS.map((trick) => [trick, 0])) as Record<LinkTrick, number>, // one entry each
    kinds: { control: 0, flood: 0, data: 0, meet: 0 },
    endings: { "by-receiver": 0, "by-other": 0, not: 0 },
    handshakes: 0,
    handshakesThatWorked: 0,
    frames: 0,
  };
  readonly #random: SeededRandom;
  readonly #recordings: Recordings;
  readonly #busPorts: number[] = [];
  readonly #talks = new Set<TappedTalk>();
  readonly #underWay = new Set<Promise<void>>();
  #isOn = false;

  constructor(options: { readonly random: SeededRandom; readonly recordings: Recordings }) {
    this.#random = options.random;
    this.#recordings = options.recordings;
  }

  /** Established links whose bytes were changed. */
  get changedLinks(): number {
    return Object.values(this.counts.tricks).reduce((sum, count) => sum + count, 0);
  }

  /** From now on, on the links that are there and those to come. */
  start(): void {
    this.#isOn = true;
    for (const talk of this.#talks) this.#plan(talk, { afterMs: 0 });
  }

  /** Lets everything pass again. Resolves when it is known how all changed links ended. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#underWay);
  }

  connected(dialler: Socket, ownPort: number): number | undefined {
    if (!this.#busPorts.includes(ownPort)) this.#busPorts.push(ownPort);
    if (!this.#isOn || !this.#random.chance(0.1)) return ownPort;
    this.counts.handshakes += 1;
    this.counts.frames += 1;
    const others = this.#busPorts.filter((port) => port !== ownPort);
    if (this.#random.chance(0.3)) return this.#random.pickFrom(others) ?? ownPort;
    this.#impersonate(dialler);
    return undefined;
  }

  talking(talk: TappedTalk): void {
    this.#talks.add(talk);
    void talk.closed().then(() => this.#talks.delete(talk));
    if (!this.#isOn) return;
    if (this.#random.chance(0.1)) this.#spoilHandshake(talk);
    else this.#plan(talk, { afterMs: MEDDLE_AFTER_MS });
  }

  /** Answers a dialler in place of the node that it wanted. */
  #impersonate(dialler: Socket): void {
    let said = 0;
    dialler.on("data", (chunk) => {
      said += chunk.length;
      if (said > HELLO_BYTES) this.counts.handshakesThatWorked += 1; // it proved itself to us
      if (said !== HELLO_BYTES) return;
      const random = this.#random;
      const talk = this.#recordings.pick(random);
      const answer = makeForgedAnswer(random.pick(SORTS), random, talk, chunk);
      this.counts.frames += answer.length;
      dialler.end(Buffer.concat(answer));
    });
  }

  /** One message of the handshake is changed, or frames come too soon. */
  #spoilHandshake(talk: TappedTalk): void {
    const random = this.#random;
    const side: Side = random.chance(0.5) ? "dialler" : "acceptor";
    const unitsBefore = side === "dialler" ? random.below(2) : 0;
    const early = makeFrames("crafted", random, this.#recordings.pick(random), {
      side,
      countMax: 4,
    });
    let seen = 0;
    this.counts.handshakes += 1;
    talk.meddle(side, ({ bytes }) => {
      seen += 1;
      if (seen <= unitsBefore) return { bytes: [bytes], isDone: false };
      this.counts.frames += 1;
      // Behind a finish frames may follow: there they are an attack on a link.
      if (unitsBefore === 1 || random.chance(0.6)) {
        const isCut = random.chance(0.3);
        return { bytes: [isCut ? cut(random, bytes) : flipped(random, bytes)], isDone: true };
      }
      this.counts.frames += early.length;
      return { bytes: [Buffer.concat([bytes, ...early])], isDone: true };
    });
    // A cut message waits for bytes that never come: the node's patience ends, or ours.
    this.#follow(talk.ending(side, ENDED_WITHIN_MS), (ending) => {
      if (ending === "not") this.counts.handshakesThatWorked += 1;
    });
  }

  #plan(talk: TappedTalk, { afterMs }: { readonly afterMs: number }): void {
    const timer = setTimeout(
      () => {
        if (this.#isOn && talk.isOpen && talk.recording.isWhole) this.#attack(talk);
      },
      afterMs + MEDDLE_AFTER_MS * this.#random.next(),
    );
    timer.unref();
  }

  #attack(talk: TappedTalk): void {
    const random = this.#random;
    const trick = LINK_TRICKS[this.changedLinks % LINK_TRICKS.length] ?? "random";
    // Nothing is answered on a flood link, so there is nothing to change.
    const side = talk.recording.kind === "flood" || random.chance(0.6) ? "dialler" : "acceptor";
    this.counts.tricks[trick] += 1;
    this.counts.kinds[talk.recording.kind] += 1;
    switch (trick) {
      case "random":
      case "crafted":
      case "replayed":
      case "reflected":
      case "overlong": {
        const source = random.chance(0.5) ? talk.recording : this.#recordings.pick(random);
        const first = makeFrames(trick, random, source, { side, countMax: 1 });
        const burst = makeFrames(random.pick(SORTS), random, source, {
          side,
          countMax: BURST_FRAMES_MAX,
        });
        talk.inject(side, Buffer.concat([...first, ...burst]));
        this.counts.frames += first.length + burst.length;
        break;
      }
      case "truncated":
      case "flipped":
      case "lengthened":
      case "left-out":
      case "reordered":
      case "repeated":
        talk.meddle(side, this.#meddling(trick));
        this.counts.frames += 1;
        break;
    }
    this.#follow(talk.ending(side, ENDED_WITHIN_MS), (ending) => {
      this.counts.endings[ending] += 1;
    });
  }

  #meddling(
    trick: Exclude<LinkTrick, "random" | "crafted" | "replayed" | "reflected" | "overlong">,
  ): Meddling {
    const random = this.#random;
    let held: Buffer | undefined;
    return ({ bytes }) => {
      switch (trick) {
        case "truncated":
          return done(cut(random, bytes));
        case "flipped":
          return done(flipped(random, bytes));
        case "lengthened": {
          const changed = Buffer.from(bytes);
          // By a little, or by as much as a frame of that link may have.
          changed.writeUInt32BE(bytes.readUInt32BE(0) + (1 << random.below(24)));
          return done(changed);
        }
        case "left-out":
          return done();
        case "repeated":
          return done(bytes, bytes);
        case "reordered":
          if (held !== undefined) return done(bytes, held);
          held = bytes;
          return { bytes: [], isDone: false };
      }
    };
  }

  /** `stop` waits for it. */
  #follow(ending: Promise<Ending>, ended: (ending: Ending) => void): void {
    const follow = async (): Promise<void> => {
      ended(await ending);
      this.#underWay.delete(work);
    };
    const work = follow();
    this.#underWay.add(work);
  }
}

/** The last that a meddler does. */
function done(...bytes: Buffer[]): Change {
  return { bytes, isDone: true };
}

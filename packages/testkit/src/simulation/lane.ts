import type { Packet } from "./packet.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What goes through a lane: a packet, the answer to a dial, or the end of the connection. */
export type Item = Packet | "opened" | "end";

/** What a lane needs to know of the network. */
export interface Road {
  readonly clock: VirtualClock;
  /** Nothing gets from one to the other now. */
  isBlocked(from: number, to: number): boolean;
  latencyMs(from: number, to: number): number;
  /** So long a sender waits for a sign before it gives the connection up. */
  drawPatienceMs(): number;
  stalled(lane: Lane): void;
}

/**
 * One direction of a connection: what goes in comes out in this order or, when the connection ends, not at all. While
 * the way is blocked it waits, as TCP sends again, and comes out late; for too long, and the sender gives up.
 */
export class Lane {
  readonly from: number;
  readonly to: number;
  readonly #road: Road;
  readonly #arrived: (item: Item) => void;
  readonly #gaveUp: () => void;
  #items: Item[] = [];
  #lastArrivalMs = 0;
  /** Arrivals that found the way blocked. */
  #owed = 0;
  #stalls = 0;
  #isDone = false;

  constructor(options: {
    readonly from: number;
    readonly to: number;
    readonly road: Road;
    readonly arrived: (item: Item) => void;
    readonly gaveUp: () => void;
  }) {
    this.from = options.from;
    this.to = options.to;
    this.#road = options.road;
    this.#arrived = options.arrived;
    this.#gaveUp = options.gaveUp;
  }

  send(item: Item): void {
    if (this.#isDone) return;
    this.#items.push(item);
    this.#post();
  }

  /** Nothing comes out any more. */
  close(): void {
    this.#isDone = true;
    this.#items = [];
  }

  /** The way may be free again. */
  resume(): void {
    if (this.#isDone) return;
    if (this.#road.isBlocked(this.from, this.to)) {
      this.#road.stalled(this);
      return;
    }
    const count = this.#owed;
    this.#owed = 0;
    this.#stalls += 1;
    for (let index = 0; index < count; index += 1) this.#post();
  }

  /** One item will arrive then: whichever is the next. So the order is kept whatever is late. */
  #post(): void {
    const { clock } = this.#road;
    const atMs = clock.nowMs + this.#road.latencyMs(this.from, this.to);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, atMs);
    clock.at(this.#lastArrivalMs, () => this.#arrive());
  }

  #arrive(): void {
    if (this.#isDone) return;
    if (this.#owed > 0 || this.#road.isBlocked(this.from, this.to)) {
      this.#stall();
      return;
    }
    const item = this.#items.shift();
    if (item !== undefined) this.#arrived(item);
  }

  #stall(): void {
    this.#owed += 1;
    if (this.#owed > 1) return;
    this.#road.stalled(this);
    const stall = this.#stalls;
    this.#road.clock.after(this.#road.drawPatienceMs(), () => {
      const isStill = this.#owed > 0 && this.#stalls === stall;
      if (isStill && !this.#isDone) this.#gaveUp();
    });
  }
}

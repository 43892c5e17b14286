import { Connection, type ConnectionWatch, type DialEvents, type Party } from "./connection.ts";
import type { Lane, Road } from "./lane.ts";
import type { LinkKind } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How the network is all the time, faults aside. */
export interface Weather {
  readonly latencyMs: number;
  /** Up to so much more, mostly little. */
  readonly jitterMs: number;
  /** How often a packet is late by up to `lateMs`. */
  readonly lateRate: number;
  readonly lateMs: number;
}

/** A dial without an answer is given up then. */
const DIAL_PATIENCE_MS = 1000;
/** Lost packets are sent again with growing pauses: so long until the first gets through after the way is free. */
const RESEND_MS_MAX = 300;

/**
 * Machines and what is between them. A connection keeps its order and loses nothing until it ends; a way that is cut
 * makes it wait. A machine whose process is dead refuses, one that is off does not answer.
 *
 * Hosts are numbered, nodes and clients alike.
 */
export class Network implements Road {
  readonly clock: VirtualClock;
  weather: Weather;
  readonly #random: SeededRandom;
  readonly #watch: ConnectionWatch;
  readonly #listeners = new Map<number, Party>();
  readonly #off = new Set<number>();
  /** How many faults cut this way, by `wayOf`. */
  readonly #cuts = new Map<number, number>();
  readonly #extraMs = new Map<number, number>();
  readonly #stalled = new Set<Lane>();
  readonly #connections = new Set<Connection>();
  readonly #dialEnded: (from: number, to: number, outcome: "refused" | "failed") => void;

  constructor(options: {
    readonly clock: VirtualClock;
    readonly random: SeededRandom;
    readonly weather: Weather;
    readonly watch: ConnectionWatch;
    readonly dialEnded: (from: number, to: number, outcome: "refused" | "failed") => void;
  }) {
    this.clock = options.clock;
    this.weather = options.weather;
    this.#random = options.random;
    this.#watch = options.watch;
    this.#dialEnded = options.dialEnded;
  }

  // Machines

  listen(party: Party): void {
    this.#listeners.set(party.host, party);
    this.#off.delete(party.host);
    this.#resumeStalled();
  }

  /** `isSilent`: the whole machine; nobody is told, and nobody answers until it is on again. */
  partyDied(party: Party, { isSilent }: { readonly isSilent: boolean }): void {
    if (this.#listeners.get(party.host) === party) this.#listeners.delete(party.host);
    if (isSilent) this.#off.add(party.host);
    for (const connection of [...this.#connections]) {
      if (connection.has(party)) connection.partyDied(party, { isSilent });
    }
  }

  /** The machine is on again; its process is not there yet. */
  powerOn(host: number): void {
    this.#off.delete(host);
    this.#resumeStalled();
  }

  // Ways

  cut(from: number, to: number): void {
    const way = wayOf(from, to);
    this.#cuts.set(way, (this.#cuts.get(way) ?? 0) + 1);
  }

  /** As often as it was cut, and the way is free. */
  heal(from: number, to: number): void {
    const way = wayOf(from, to);
    const count = (this.#cuts.get(way) ?? 0) - 1;
    if (count > 0) {
      this.#cuts.set(way, count);
      return;
    }
    this.#cuts.delete(way);
    this.#resumeStalled();
  }

  slow(from: number, to: number, extraMs: number): void {
    const way = wayOf(from, to);
    if (extraMs > 0) this.#extraMs.set(way, extraMs);
    else this.#extraMs.delete(way);
  }

  isBlocked(from: number, to: number): boolean {
    return (this.#cuts.size > 0 && this.#cuts.has(wayOf(from, to))) || this.#off.has(to);
  }

  latencyMs(from: number, to: number): number {
    const { latencyMs, jitterMs, lateRate, lateMs } = this.weather;
    const chance = this.#random.next();
    const late = chance < lateRate ? lateMs * this.#random.next() : 0;
    const extraMs = this.#extraMs.size === 0 ? 0 : (this.#extraMs.get(wayOf(from, to)) ?? 0);
    return latencyMs + jitterMs * chance * chance * chance + late + extraMs;
  }

  drawPatienceMs(): number {
    return this.#random.between(1500, 4000);
  }

  stalled(lane: Lane): void {
    this.#stalled.add(lane);
  }

  #resumeStalled(): void {
    for (const lane of this.#stalled) {
      if (this.isBlocked(lane.from, lane.to)) continue;
      this.#stalled.delete(lane);
      this.clock.after(this.#random.between(0, RESEND_MS_MAX), () => lane.resume());
    }
  }

  // Connections

  /** All connections of a host end; both sides of each hear it. */
  reset(party: Party): void {
    for (const connection of [...this.#connections]) {
      if (connection.has(party)) connection.reset();
    }
  }

  dial(options: {
    readonly from: Party;
    readonly to: number;
    readonly kind: LinkKind;
    readonly events: DialEvents;
  }): void {
    const { from, to, events } = options;
    let connection: Connection | undefined;
    let isOver = false;
    const end = (outcome: "refused" | "failed"): void => {
      from.whenAwake(() => {
        if (isOver || connection?.isOpened === true) return;
        isOver = true;
        this.#dialEnded(from.host, to, outcome);
        connection?.abandon();
        if (outcome === "refused") events.refused();
        else events.failed();
      });
    };
    this.clock.after(DIAL_PATIENCE_MS, () => end("failed"));
    this.clock.after(this.latencyMs(from.host, to), () => {
      if (isOver || this.isBlocked(from.host, to)) return;
      const acceptor = this.#listeners.get(to);
      if (acceptor === undefined) {
        this.clock.after(this.latencyMs(to, from.host), () => {
          if (!this.isBlocked(to, from.host)) end("refused");
        });
        return;
      }
      acceptor.whenAwake(() => {
        if (isOver) return;
        connection = this.#open(acceptor, { ...options, failed: () => end("failed") });
      });
    });
  }

  #open(
    acceptor: Party,
    options: {
      readonly from: Party;
      readonly kind: LinkKind;
      readonly events: DialEvents;
      readonly failed: () => void;
    },
  ): Connection {
    const connection = new Connection({
      kind: options.kind,
      dialler: options.from,
      acceptor,
      dial: { ...options.events, failed: options.failed },
      road: this,
      watch: this.#watch,
      done: (done) => this.#connections.delete(done),
    });
    this.#connections.add(connection);
    return connection;
  }
}

const HOSTS_MAX = 4096;

function wayOf(from: number, to: number): number {
  return from * HOSTS_MAX + to;
}

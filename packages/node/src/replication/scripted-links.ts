import type { NodeId } from "@slotcast/control";
import { decodeFrame, encodeFrame, type ReplicationFrame } from "./frames.ts";
import type { Dice, EventQueue } from "./scripted-events.ts";

/** What a node hears of its links. */
export interface LinkUser {
  /** Call `take` when the process hears of it: from then on it sends on this link. */
  linked(peer: NodeId, take: () => void): void;
  unlinked(peer: NodeId): void;
  received(from: NodeId, frame: ReplicationFrame): void;
}

interface Link {
  readonly ends: readonly [NodeId, NodeId];
  /** Who still believes in it: an end may learn late that the other is gone. */
  readonly open: Set<NodeId>;
  isBroken: boolean;
  /** When the last frame to each end arrives. */
  readonly lastArrivalMs: Map<NodeId, number>;
}

const LATENCY_MS_MAX = 8;
const NOTICE_MS_MAX = 250;

/**
 * For tests: links between all nodes, that deliver in order or break. A broken one loses what is on its way in both
 * directions; each end learns of it on its own time, and sends into the void until then.
 */
export class ScriptedLinks {
  readonly #events: EventQueue;
  readonly #dice: Dice;
  readonly #users = new Map<NodeId, LinkUser>();
  readonly #links = new Map<string, Link>();
  /** By sender and receiver: the link that the sender knows. */
  readonly #taken = new Map<string, Link>();

  constructor(events: EventQueue, dice: Dice) {
    this.#events = events;
    this.#dice = dice;
  }

  attach(id: NodeId, user: LinkUser): void {
    this.#users.set(id, user);
  }

  isUp(one: NodeId, other: NodeId): boolean {
    return this.#links.get(nameOf(one, other))?.isBroken === false;
  }

  connect(one: NodeId, other: NodeId): void {
    const before = this.#links.get(nameOf(one, other));
    if (before?.isBroken === false) return;
    // A new link voids the old one, even for an end that has not noticed yet.
    for (const end of before?.open ?? []) this.#close(before, end);
    const link: Link = {
      ends: [one, other],
      open: new Set(),
      isBroken: false,
      lastArrivalMs: new Map(),
    };
    this.#links.set(nameOf(one, other), link);
    for (const [end, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      link.open.add(end);
      this.#users.get(end)?.linked(peer, () => this.#taken.set(`${end} ${peer}`, link));
    }
  }

  break(one: NodeId, other: NodeId): void {
    const link = this.#links.get(nameOf(one, other));
    if (link === undefined || link.isBroken) return;
    link.isBroken = true;
    for (const end of link.ends)
      this.#events.after(this.#dice.between(0, NOTICE_MS_MAX), () => this.#close(link, end));
  }

  /** The process is gone: the others notice sooner or later, it does not. */
  breakAll(id: NodeId): void {
    for (const link of this.#links.values()) {
      if (!link.ends.includes(id)) continue;
      link.open.delete(id);
      this.break(...link.ends);
    }
  }

  send(from: NodeId, to: NodeId, frame: ReplicationFrame): void {
    const link = this.#taken.get(`${from} ${to}`);
    if (link === undefined || link.isBroken || !link.open.has(from)) return;
    const { nowMs } = this.#events;
    const latencyMs = this.#dice.roll() * LATENCY_MS_MAX;
    const atMs = Math.max(nowMs + latencyMs, link.lastArrivalMs.get(to) ?? 0);
    link.lastArrivalMs.set(to, atMs);
    const bytes = encodeFrame(frame);
    this.#events.at(atMs, () => {
      if (!link.isBroken && link.open.has(to))
        this.#users.get(to)?.received(from, decodeFrame(bytes));
    });
  }

  #close(link: Link | undefined, end: NodeId): void {
    if (link?.open.delete(end) !== true) return;
    for (const peer of link.ends) if (peer !== end) this.#users.get(end)?.unlinked(peer);
  }
}

function nameOf(one: NodeId, other: NodeId): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

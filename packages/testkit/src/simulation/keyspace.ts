import { ascii, type Bytes } from "@slotcast/protocol";
import { Violation } from "./violation.ts";

/** What a key looks like to a reader. */
export interface ListEnd {
  readonly length: number;
  /** 0: there is none. */
  readonly last: number;
}

interface List {
  readonly ids: number[];
  /** Of the last entry, as in a stream: milliseconds of the primary's clock, but always growing. */
  stamp: number;
}

interface Lock {
  readonly id: number;
  /** By the primary's clock. */
  readonly untilMs: number;
}

const NO_IDS: readonly number[] = [];

/**
 * A small state machine in the place of commands and store: lists that only grow, counters, and locks that expire.
 * Everything that was ever done to it can be read from it, so that nothing can be lost, doubled or swapped unseen.
 *
 * An effect is a line: `A key id stamp padding`, `C key`, `L key id untilMs`, `U key`.
 */
export class Keyspace {
  /** Of all that was done, in its order: two keyspaces of equal logs have the same. */
  digest = 0;
  readonly #lists = new Map<number, List>();
  readonly #counters = new Map<number, number>();
  readonly #locks = new Map<number, Lock>();

  list(key: number): readonly number[] {
    return this.#lists.get(key)?.ids ?? NO_IDS;
  }

  counter(key: number): number {
    return this.#counters.get(key) ?? 0;
  }

  end(key: number): ListEnd {
    const ids = this.list(key);
    return { length: ids.length, last: ids.at(-1) ?? 0 };
  }

  /** What the next entry is stamped with: as in XADD with `*`, never less than the last one has. */
  nextStamp(key: number, nowMs: number): number {
    return Math.max(Math.floor(nowMs), (this.#lists.get(key)?.stamp ?? 0) + 1);
  }

  /** Returns the length of the list then. */
  append(key: number, id: number, stamp: number): number {
    this.#did(1, key, id, stamp);
    const list = this.#lists.get(key);
    if (list === undefined) {
      this.#lists.set(key, { ids: [id], stamp });
      return 1;
    }
    if (stamp <= list.stamp) {
      throw new Violation("stamps of a list grow", `key ${key}: ${stamp} after ${list.stamp}`);
    }
    list.stamp = stamp;
    return list.ids.push(id);
  }

  count(key: number): number {
    const value = this.counter(key) + 1;
    this.#did(2, key, 0, 0);
    this.#counters.set(key, value);
    return value;
  }

  lock(key: number, id: number, untilMs: number): void {
    this.#did(3, key, id, untilMs);
    this.#locks.set(key, { id, untilMs });
  }

  unlock(key: number): void {
    this.#did(4, key, 0, 0);
    this.#locks.delete(key);
  }

  /** Locks that are over, by that clock. */
  expired(nowMs: number): number[] {
    return [...this.#locks].flatMap(([key, { untilMs }]) => (untilMs <= nowMs ? [key] : []));
  }

  /** Whole effects. */
  apply(effects: Bytes): void {
    for (let at = 0; at < effects.length;) {
      const end = effects.indexOf("\n", at);
      if (end === -1) throw new Violation("effects", `half an effect: ${effects.slice(at)}`);
      this.#applyLine(effects.slice(at, end));
      at = end + 1;
    }
  }

  #applyLine(line: string): void {
    const [what, key, first, second] = line.split(" ", 4);
    if (what === "A") this.append(Number(key), Number(first), Number(second));
    else if (what === "C") this.count(Number(key));
    else if (what === "L") this.lock(Number(key), Number(first), Number(second));
    else if (what === "U") this.unlock(Number(key));
    else throw new Violation("effects", `no effect: ${line}`);
  }

  /** Its whole state. Equal states have equal snapshots. */
  snapshot(): Bytes {
    const lists = inOrder(this.#lists).map(
      ([key, { ids, stamp }]) => `A ${key} ${stamp} ${ids.join(",")}\n`,
    );
    const counters = inOrder(this.#counters).map(([key, value]) => `C ${key} ${value}\n`);
    const locks = inOrder(this.#locks).map(
      ([key, { id, untilMs }]) => `L ${key} ${id} ${untilMs}\n`,
    );
    return ascii([`D ${this.digest}\n`, ...lists, ...counters, ...locks].join(""));
  }

  clear(): void {
    this.digest = 0;
    this.#lists.clear();
    this.#counters.clear();
    this.#locks.clear();
  }

  load(snapshot: Bytes): void {
    this.clear();
    for (const line of snapshot.split("\n").slice(0, -1)) {
      const [what, first, second, third = ""] = line.split(" ");
      const key = Number(first);
      if (what === "D") this.digest = key;
      else if (what === "C") this.#counters.set(key, Number(second));
      else if (what === "L") this.#locks.set(key, { id: Number(second), untilMs: Number(third) });
      else this.#lists.set(key, { ids: third.split(",").map(Number), stamp: Number(second) });
    }
  }

  #did(what: number, key: number, first: number, second: number): void {
    let digest = Math.imul(this.digest ^ what, 0x01000193) ^ key;
    digest = Math.imul(digest, 0x85ebca6b) ^ first;
    this.digest = Math.imul(digest ^ (digest >>> 15), 0xc2b2ae35) ^ Math.floor(second);
  }
}

export function appendEffect(key: number, id: number, stamp: number, padding: number): Bytes {
  return ascii(`A ${key} ${id} ${stamp} ${"x".repeat(padding)}\n`);
}

export function countEffect(key: number): Bytes {
  return ascii(`C ${key}\n`);
}

export function lockEffect(key: number, id: number, untilMs: number): Bytes {
  return ascii(`L ${key} ${id} ${untilMs}\n`);
}

export function unlockEffect(key: number): Bytes {
  return ascii(`U ${key}\n`);
}

function inOrder<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([left], [right]) => left - right);
}

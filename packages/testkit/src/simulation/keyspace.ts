import { ascii, type Bytes } from "@slotcast/protocol";
import { Violation } from "./violation.ts";

/** What a key looks like to a reader. */
export interface ListEnd {
  readonly length: number;
  /** 0: there is none. */
  readonly last: number;
}

const NO_LIST: readonly number[] = [];

/**
 * A small state machine in the place of commands and store: lists that only grow, and counters. Everything that was
 * ever done to it can be read from it, so that nothing can be lost, doubled or swapped unseen.
 *
 * An effect is a line: `A key id padding` or `C key`.
 */
export class Keyspace {
  readonly #lists = new Map<number, number[]>();
  readonly #counters = new Map<number, number>();

  list(key: number): readonly number[] {
    return this.#lists.get(key) ?? NO_LIST;
  }

  counter(key: number): number {
    return this.#counters.get(key) ?? 0;
  }

  end(key: number): ListEnd {
    const list = this.list(key);
    return { length: list.length, last: list.at(-1) ?? 0 };
  }

  /** Returns the length of the list then. */
  append(key: number, id: number): number {
    const list = this.#lists.get(key);
    if (list !== undefined) return list.push(id);
    this.#lists.set(key, [id]);
    return 1;
  }

  count(key: number): number {
    const value = this.counter(key) + 1;
    this.#counters.set(key, value);
    return value;
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
    const [what, key, id] = line.split(" ", 3);
    if (what === "A") this.append(Number(key), Number(id));
    else if (what === "C") this.count(Number(key));
    else throw new Violation("effects", `no effect: ${line}`);
  }

  /** Its whole state. Equal states have equal snapshots. */
  snapshot(): Bytes {
    const lists = inOrder(this.#lists).map(([key, list]) => `L ${key} ${list.join(",")}\n`);
    const counters = inOrder(this.#counters).map(([key, value]) => `N ${key} ${value}\n`);
    return ascii([...lists, ...counters].join(""));
  }

  clear(): void {
    this.#lists.clear();
    this.#counters.clear();
  }

  load(snapshot: Bytes): void {
    this.clear();
    for (const line of snapshot.split("\n").slice(0, -1)) {
      const [what, key, value = ""] = line.split(" ");
      if (what === "L") this.#lists.set(Number(key), value.split(",").map(Number));
      else this.#counters.set(Number(key), Number(value));
    }
  }
}

export function appendEffect(key: number, id: number, padding: number): Bytes {
  return ascii(`A ${key} ${id} ${"x".repeat(padding)}\n`);
}

export function countEffect(key: number): Bytes {
  return ascii(`C ${key}\n`);
}

function inOrder<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([left], [right]) => left - right);
}

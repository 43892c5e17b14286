/**
 * What a request asks for, by what the checker has to hold it against:
 * append  adds `value` to a list that nobody takes from; answered with its position
 * enqueue adds `value` to a queue
 * move    takes the oldest of a queue and adds it to the list of what was taken; answered with the value
 * count   adds one to a counter; answered with the number
 * look    reads a counter; answered with the number
 * add     adds `value` to a set; answered with 1, or 0 when it was there
 * write   adds an entry with `value` to a stream; answered with its id
 * take    reads new entries for a consumer of the group (`value`); answered with their ids
 * settle  acknowledges the entry whose id is `value`; answered with 1, or 0 when it was not pending
 */
export type RequestKind =
  | "append"
  | "enqueue"
  | "move"
  | "count"
  | "look"
  | "add"
  | "write"
  | "take"
  | "settle";

/**
 * What the application was told. `refused`: an error reply, so it was not executed. `unknown`: the connection
 * was lost, or the client gave up; it may have been executed, or may still be. `open`: nothing yet.
 */
export type Outcome = "acknowledged" | "refused" | "unknown" | "open";

/** A number, a text, the ids of entries, or nothing. */
export type Answer = number | string | readonly string[] | null;

/** A request of an application and what came of it. Times in milliseconds of one steady clock. */
export interface Entry {
  readonly kind: RequestKind;
  readonly key: string;
  readonly value: string;
  /** The client library, `ioredis` say: errors are counted for each. */
  readonly client: string;
  readonly sentMs: number;
  endedMs: number;
  outcome: Outcome;
  answer: Answer;
  /**
   * How often it was written to a connection that ended before an answer came: so many executions more than the
   * acknowledged one are the client library's doing, not ours.
   */
  unansweredAttempts: number;
}

/** How a request ended. */
export interface Ending {
  readonly outcome: "acknowledged" | "refused" | "unknown";
  readonly answer: Answer;
  readonly unansweredAttempts: number;
}

/** All that clients asked for and were told. It lives outside of the cluster, as the clients' own memory does. */
export class Journal {
  readonly #entriesByKey = new Map<string, Entry[]>();
  readonly #onAcknowledged = new Set<(entry: Entry) => void>();
  #sentCount = 0;

  get sentCount(): number {
    return this.#sentCount;
  }

  sent(what: Pick<Entry, "kind" | "key" | "value" | "client">, nowMs: number): Entry {
    const entry: Entry = {
      ...what,
      sentMs: nowMs,
      endedMs: Infinity,
      outcome: "open",
      answer: null,
      unansweredAttempts: 0,
    };
    const entries = this.#entriesByKey.get(what.key);
    if (entries === undefined) this.#entriesByKey.set(what.key, [entry]);
    else entries.push(entry);
    this.#sentCount += 1;
    return entry;
  }

  ended(entry: Entry, ending: Ending, nowMs: number): void {
    if (entry.outcome !== "open") return;
    entry.endedMs = nowMs;
    entry.outcome = ending.outcome;
    entry.answer = ending.answer;
    entry.unansweredAttempts = ending.unansweredAttempts;
    if (ending.outcome !== "acknowledged") return;
    for (const listener of this.#onAcknowledged) listener(entry);
  }

  /** Calls back for each acknowledgement from now on, until the returned function is called. */
  watchAcknowledged(listener: (entry: Entry) => void): () => void {
    this.#onAcknowledged.add(listener);
    return () => {
      this.#onAcknowledged.delete(listener);
    };
  }

  /** In the order in which they were sent. */
  ofKey(key: string): readonly Entry[] {
    return this.#entriesByKey.get(key) ?? [];
  }

  get keys(): Iterable<string> {
    return this.#entriesByKey.keys();
  }

  *entries(): Generator<Entry> {
    for (const entries of this.#entriesByKey.values()) yield* entries;
  }
}

/** How many executions of a request nobody was told about there may be. */
export function untoldExecutionsMax(entries: Iterable<Entry>): number {
  let count = 0;
  for (const entry of entries) count += untoldOf(entry);
  return count;
}

/** An entry that is still open may be executed at any time. */
export function untoldOf({ outcome, unansweredAttempts }: Entry): number {
  return outcome === "open" ? unansweredAttempts + 1 : unansweredAttempts;
}

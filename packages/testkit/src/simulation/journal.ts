import type { Answer, Request, RequestKind } from "./request.ts";

/** What one attempt of a client came to. `unknown`: it may have been executed, or may still be. */
export interface Attempt {
  readonly request: Request;
  readonly client: string;
  readonly sentMs: number;
  endedMs: number;
  outcome: "open" | "ok" | "not-executed" | "unknown";
  /** Of an answer: the length of the list or the counter, and what was at the list's end. */
  value: number;
  last: number;
}

/** What all clients asked for, and were told. Kept outside of the cluster, like the clients' own memory. */
export class Journal {
  readonly #attempts = new Map<number, Attempt>();
  /** By kind and key. */
  readonly #groups = new Map<string, Attempt[]>();
  #lastId = 0;

  get attempts(): ReadonlyMap<number, Attempt> {
    return this.#attempts;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  sent(request: Request, client: string, nowMs: number): void {
    const attempt: Attempt = {
      request,
      client,
      sentMs: nowMs,
      endedMs: Infinity,
      outcome: "open",
      value: 0,
      last: 0,
    };
    this.#attempts.set(request.id, attempt);
    const name = groupOf(request.kind, request.key);
    const group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, [attempt]);
    else group.push(attempt);
  }

  answered(id: number, answer: Answer, nowMs: number): void {
    const attempt = this.#attempts.get(id);
    if (attempt?.outcome !== "open") return;
    attempt.endedMs = nowMs;
    if (answer.kind === "ok") {
      attempt.outcome = "ok";
      attempt.value = answer.value;
      attempt.last = answer.last;
    } else attempt.outcome = "not-executed";
  }

  /** The connection is gone: nobody will tell. */
  lost(id: number): void {
    const attempt = this.#attempts.get(id);
    if (attempt?.outcome === "open") attempt.outcome = "unknown";
  }

  /** In the order in which they were sent. */
  ofKind(kind: RequestKind, key: number): readonly Attempt[] {
    return this.#groups.get(groupOf(kind, key)) ?? [];
  }
}

function groupOf(kind: RequestKind, key: number): string {
  return `${kind} ${key}`;
}

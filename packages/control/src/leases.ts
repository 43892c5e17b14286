import type { Incarnation, NodeId } from "./facts.ts";
import { LEASE_MARGIN_MS, LEASE_MS, LEASE_RENEWAL_MS, LEASE_RETRY_MS } from "./limits.ts";
import { majorityOf } from "./voter-count.ts";

/**
 * A voter's promises: as long as one holds, it does not ask for that process to be replaced. Kept in memory only: a
 * voter that starts again has promised, for all it knows, something to everybody.
 */
export class LeaseGrants {
  readonly #startedAtMs: number;
  readonly #grantedAtMs = new Map<NodeId, number>();

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
  }

  grant(nodeId: NodeId, nowMs: number): void {
    this.#grantedAtMs.set(nodeId, nowMs);
  }

  /** The margin is for clocks that do not run at the same pace. */
  isFree(nodeId: NodeId, nowMs: number): boolean {
    const promisedAtMs = this.#grantedAtMs.get(nodeId) ?? this.#startedAtMs;
    return nowMs - promisedAtMs >= LEASE_MS + LEASE_MARGIN_MS;
  }

  forget(isKept: (nodeId: NodeId) => boolean): void {
    for (const nodeId of this.#grantedAtMs.keys()) {
      if (!isKept(nodeId)) this.#grantedAtMs.delete(nodeId);
    }
  }
}

/**
 * A primary's lease: it may answer reads while a majority of the voters promised, after it asked, not to replace it.
 * Counted from when it asked, on its own clock, so that no message can be late enough to matter.
 */
export class Lease {
  readonly #incarnation: Incarnation;
  /** When the newest request was sent that the voter answered. */
  readonly #answeredMs = new Map<NodeId, number>();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** What `endMs` came to last. It is asked with every reply that leaves. */
  #end: { readonly voters: readonly NodeId[]; readonly ms: number } | undefined;

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation;
  }

  /** Without a lease nobody is answered: it is asked for again soon, since a voter may just not have known. */
  isDue(nowMs: number, voters: readonly NodeId[]): boolean {
    const periodMs = nowMs < this.endMs(voters) ? LEASE_RENEWAL_MS : LEASE_RETRY_MS;
    return nowMs - this.#askedAtMs >= periodMs;
  }

  asked(nowMs: number): void {
    this.#askedAtMs = nowMs;
  }

  /** `sentMs` is what the request said. What was promised to an earlier process of this node counts for nothing. */
  granted(
    from: NodeId,
    grant: { readonly incarnation: Incarnation; readonly sentMs: number },
  ): void {
    if (grant.incarnation !== this.#incarnation) return;
    const before = this.#answeredMs.get(from) ?? Number.NEGATIVE_INFINITY;
    if (grant.sentMs > before && grant.sentMs <= this.#askedAtMs) {
      this.#answeredMs.set(from, grant.sentMs);
      this.#end = undefined;
    }
  }

  /** Until when, on this node's steady clock; -Infinity: never yet. */
  endMs(voters: readonly NodeId[]): number {
    if (this.#end?.voters === voters) return this.#end.ms;
    const answered = voters
      .map((voter) => this.#answeredMs.get(voter) ?? Number.NEGATIVE_INFINITY)
      .toSorted((a, b) => b - a);
    const oldest = answered[majorityOf(voters.length) - 1] ?? Number.NEGATIVE_INFINITY;
    this.#end = { voters, ms: oldest + LEASE_MS };
    return this.#end.ms;
  }
}

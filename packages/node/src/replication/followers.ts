import type { NodeId } from "@slotcast/control";
import { Follower } from "./follower.ts";
import { TICK_LATE_MS } from "./limits.ts";

/**
 * The replicas of a primary, and whether what they do not say may be held against them: not while the primary itself was
 * stopped, and not while it has no lease. Who hears no voters may hear no replica either.
 *
 * Owner: PrimaryShard.
 */
export class Followers {
  readonly #byId = new Map<NodeId, Follower>();
  #hasLease = true;
  /** Up to here somebody may be blamed for the time that has passed, or was excused. */
  #seenMs: number;

  constructor(nowMs: number) {
    this.#seenMs = nowMs;
  }

  all(): MapIterator<Follower> {
    return this.#byId.values();
  }

  get(nodeId: NodeId): Follower | undefined {
    return this.#byId.get(nodeId);
  }

  /** Made when it is not known. */
  of(nodeId: NodeId, nowMs: number): Follower {
    let follower = this.#byId.get(nodeId);
    if (follower === undefined) {
      follower = new Follower(nodeId, nowMs);
      this.#byId.set(nodeId, follower);
    }
    return follower;
  }

  /** Those that left the shard, or started again: a standalone replica has another name then. */
  forgetOthers(ids: ReadonlySet<NodeId>): void {
    for (const { nodeId, isLinked } of this.#byId.values())
      if (!isLinked && !ids.has(nodeId)) this.#byId.delete(nodeId);
  }

  countAcked(offset: number): number {
    let count = 0;
    for (const { isLinked, ackedOffset } of this.#byId.values())
      if (isLinked && ackedOffset !== undefined && ackedOffset >= offset) count += 1;
    return count;
  }

  /**
   * Before anything is judged, and before anything happens that is timed: what came while this process was stopped may be
   * handled before the tick.
   */
  excuse(nowMs: number): void {
    const sinceMs = nowMs - this.#seenMs;
    if (this.#hasLease && sinceMs <= TICK_LATE_MS) return;
    this.#seenMs = nowMs;
    for (const follower of this.#byId.values()) follower.forgive(sinceMs);
  }

  tick(nowMs: number, hasLease: boolean): void {
    this.#hasLease &&= hasLease;
    this.excuse(nowMs);
    this.#hasLease = hasLease;
    this.#seenMs = nowMs;
  }
}

import type { Facts, LogProgress, NodeId, Rumours } from "@slotcast/control";
import type { FailureDetector } from "@slotcast/gossip";
import type { Rumour } from "./rumour.ts";

export interface RumourBookOptions {
  readonly selfId: NodeId;
  readonly detector: FailureDetector;
  readonly facts: () => Facts;
  /** What this node would say of itself now: the leader may be its own candidate. */
  readonly own: () => Rumour;
  readonly nowMs: number;
}

/** What this node has heard of the others, and knows of itself, as control wants to know it. Owner: ClusterCore. */
export class RumourBook implements Rumours {
  readonly #selfId: NodeId;
  readonly #detector: FailureDetector;
  readonly #facts: () => Facts;
  readonly #own: () => Rumour;
  readonly #latest = new Map<NodeId, Rumour>();
  #nowMs: number;

  constructor({ selfId, detector, facts, own, nowMs }: RumourBookOptions) {
    this.#selfId = selfId;
    this.#detector = detector;
    this.#facts = facts;
    this.#own = own;
    this.#nowMs = nowMs;
  }

  at(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  heard(from: NodeId, rumour: Rumour): void {
    const before = this.#latest.get(from);
    // Rumours of a dead process may still be on their way.
    if (before !== undefined && rumour.incarnation < before.incarnation) return;
    this.#latest.set(from, rumour);
    const { suspects, lagMs } = rumour;
    this.#detector.report(from, { suspects, lagMs }, this.#nowMs);
  }

  forget(isKept: (nodeId: NodeId) => boolean): void {
    for (const nodeId of this.#latest.keys()) if (!isKept(nodeId)) this.#latest.delete(nodeId);
  }

  latest(nodeId: NodeId): Rumour | undefined {
    return this.#latest.get(nodeId);
  }

  isSuspected(nodeId: NodeId): boolean {
    return this.#detector.isSuspected(nodeId);
  }

  isThere(nodeId: NodeId): boolean {
    if (nodeId === this.#selfId) return true;
    return this.#latest.has(nodeId) && !this.#detector.isSuspected(nodeId);
  }

  isGone(nodeId: NodeId): boolean {
    if (this.#detector.goneAtMs(nodeId) !== undefined) return true;
    const known = this.#facts().nodes.get(nodeId)?.incarnation ?? Infinity;
    return (this.#latest.get(nodeId)?.incarnation ?? 0) > known;
  }

  absentMs(nodeId: NodeId): number {
    const sinceMs = this.#detector.suspectedSinceMs(nodeId);
    return sinceMs === undefined ? 0 : this.#nowMs - sinceMs;
  }

  progress(nodeId: NodeId): LogProgress | undefined {
    const rumour = nodeId === this.#selfId ? this.#own() : this.#latest.get(nodeId);
    if (rumour?.progress === undefined) return undefined;
    return { incarnation: rumour.incarnation, ...rumour.progress };
  }
}

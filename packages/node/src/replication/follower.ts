import type { Incarnation, IsrMember, NodeId } from "@slotcast/control";
import { JOIN_RETRY_MS, JOIN_WAIT_MS, SNAPSHOT_RETRY_MS } from "./limits.ts";
import type { OutgoingSnapshot } from "./outgoing-snapshot.ts";

/**
 * Where a replica stands:
 *
 * - `silent`: it asked for nothing on this link in this reign;
 * - `due`: it needs a snapshot and has not begun to load one;
 * - `loading`: a snapshot is on its way; the effects since stay in the log until it is loaded;
 * - `streaming`: batches go to it.
 */
type SyncState = "silent" | "due" | "loading" | "streaming";

/**
 * One replica, as its primary sees it in the present reign. What it said in an older one, or as another process, counts
 * for nothing: `beginReign` and `requested` forget it.
 */
export class Follower {
  readonly nodeId: NodeId;
  state: SyncState = "silent";
  isLinked = false;
  /** Since when its link is down, or connecting to it is refused. `undefined`: linked, or never heard of. */
  awaySinceMs: number | undefined;
  /** Of the process that asked; `undefined`: none did. */
  incarnation: Incarnation | undefined;
  /** The number of its last request. */
  request = 0;
  /** Where its log and ours part, by its last request; `undefined`: unknown. */
  commonOffset: number | undefined;
  /** It begins here when it asks again: where it was synchronised, and then what it acknowledged. */
  heldOffset = 0;
  /** Batches up to here were sent. */
  sentOffset = 0;
  /** It has the log up to here. `undefined`: it has said nothing since it asked. */
  ackedOffset: number | undefined;
  /** By its batches: who wrote the last of them, -1 before the first, and what is committed. */
  toldEpoch = -1;
  toldCommitOffset = -1;
  snapshot: OutgoingSnapshot | undefined;
  /** The shell was asked for a snapshot. */
  isSnapshotAsked = false;
  /** The end of the log at `#targetSinceMs`, not acknowledged yet. `undefined`: it had everything. */
  #target: number | undefined;
  #targetSinceMs = 0;
  /** No snapshot before then: the last one failed. */
  #loadsFromMs = -Infinity;
  /** Since when commits wait for it before it is in the set, the last time. */
  #heldSinceMs = -Infinity;

  constructor(nodeId: NodeId, nowMs: number) {
    this.nodeId = nodeId;
    this.beginReign(nowMs);
  }

  /** `undefined` while no process of it has asked. */
  get member(): IsrMember | undefined {
    const { nodeId, incarnation } = this;
    return incarnation === undefined ? undefined : { nodeId, incarnation };
  }

  /** Nothing that was heard before counts. It has a full lag time to come, wherever it was. */
  beginReign(nowMs: number): void {
    this.stop();
    this.incarnation = undefined;
    this.ackedOffset = undefined;
    this.#target = 0;
    this.#targetSinceMs = nowMs;
  }

  /** What it has acknowledged it still has, but it must ask before it gets more. */
  linked(): void {
    this.stop();
    this.isLinked = true;
    this.awaySinceMs = undefined;
  }

  unlinked(nowMs: number): void {
    this.stop();
    this.isLinked = false;
    this.awaySinceMs ??= nowMs;
  }

  /** A process asks to be synchronised: what it has now is what it says now. */
  requested(incarnation: Incarnation, request: number): void {
    this.stop();
    this.incarnation = incarnation;
    this.request = request;
    this.ackedOffset = undefined;
  }

  /** Batches follow from here on. */
  stream(fromOffset: number): void {
    this.stop();
    this.state = "streaming";
    this.heldOffset = fromOffset;
    this.sentOffset = fromOffset;
    this.toldEpoch = -1;
    this.toldCommitOffset = -1;
  }

  needSnapshot(): void {
    this.stop();
    this.state = "due";
  }

  load(snapshot: OutgoingSnapshot): void {
    this.state = "loading";
    this.heldOffset = snapshot.offset;
    this.sentOffset = snapshot.offset;
    this.snapshot = snapshot;
  }

  /** It is due, and none was asked for yet. */
  mayLoad(nowMs: number): boolean {
    return this.state === "due" && !this.isSnapshotAsked && nowMs >= this.#loadsFromMs;
  }

  snapshotFailed(nowMs: number): void {
    this.needSnapshot();
    this.#loadsFromMs = nowMs + SNAPSHOT_RETRY_MS;
  }

  acked(offset: number): void {
    this.ackedOffset = Math.max(this.ackedOffset ?? 0, offset);
    this.heldOffset = this.ackedOffset;
  }

  /**
   * Behind is who has not acknowledged what was the end of the log some time ago. One that keeps up under load is never
   * level and yet never behind for long. Source: Kafka's replica.lag.time.max.ms.
   */
  noteProgress(endOffset: number, nowMs: number): void {
    const acked = this.ackedOffset ?? -1;
    if (acked >= endOffset) this.#target = undefined;
    else if (this.#target === undefined || acked >= this.#target) {
      this.#target = endOffset;
      this.#targetSinceMs = nowMs;
    }
  }

  /**
   * Under a steady load a replica outside the set is always a round trip behind a commit that does not wait for it. So
   * commits wait for it, for a moment, and not again soon.
   */
  mayHoldCommit(nowMs: number): boolean {
    const heldMs = nowMs - this.#heldSinceMs;
    return heldMs <= JOIN_WAIT_MS || heldMs > JOIN_RETRY_MS;
  }

  holdCommit(nowMs: number): void {
    if (nowMs - this.#heldSinceMs > JOIN_RETRY_MS) this.#heldSinceMs = nowMs;
  }

  behindMs(nowMs: number): number {
    return this.#target === undefined ? 0 : nowMs - this.#targetSinceMs;
  }

  awayMs(nowMs: number): number {
    return this.awaySinceMs === undefined ? 0 : nowMs - this.awaySinceMs;
  }

  /** It was us who did nothing, or heard nobody, for so long. */
  forgive(pauseMs: number): void {
    this.#targetSinceMs += pauseMs;
    if (this.awaySinceMs !== undefined) this.awaySinceMs += pauseMs;
  }

  /** Nothing more goes to it until it asks. */
  stop(): void {
    this.state = "silent";
    this.snapshot?.cancel();
    this.snapshot = undefined;
    this.isSnapshotAsked = false;
  }
}

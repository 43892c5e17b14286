import type { NodeId, ShardFact } from "@slotcast/control";
import type { EffectLog } from "./effect-log.ts";
import type { Follower } from "./follower.ts";
import type { BatchFrame, ReplicationFrame } from "./frames.ts";
import { OutgoingSnapshot } from "./outgoing-snapshot.ts";
import type { PrimaryAction, PrimaryTuning } from "./primary-actions.ts";

export interface ReplicaFeedOptions {
  readonly log: EffectLog;
  readonly tuning: PrimaryTuning;
  readonly emit: (action: PrimaryAction) => void;
}

/**
 * What a primary sends to its replicas: batches out of the log, and snapshots with the log kept behind them. Whom it
 * may send what is for PrimaryShard to say.
 */
export class ReplicaFeed {
  readonly stats = {
    partialSyncs: 0,
    fullSyncs: 0,
    /** What was kept for the replica outgrew its limit before it had caught up. */
    fullSyncsRestarted: 0,
  };
  readonly #log: EffectLog;
  readonly #tuning: PrimaryTuning;
  readonly #emit: (action: PrimaryAction) => void;
  #head = { shardId: "", epoch: 0 };

  constructor({ log, tuning, emit }: ReplicaFeedOptions) {
    this.#log = log;
    this.#tuning = tuning;
    this.#emit = emit;
  }

  /** All frames from now on are of this reign. */
  beginReign({ id, epoch }: ShardFact): void {
    this.#head = { shardId: id, epoch };
  }

  announce(to: readonly NodeId[]): void {
    if (to.length > 0) this.#emit({ do: "send", to, frame: { kind: "reign", ...this.#head } });
  }

  syncPartially(follower: Follower, common: { offset: number; epoch: number }): void {
    follower.stream(common.offset);
    this.stats.partialSyncs += 1;
    this.#send(follower, {
      kind: "sync-partial",
      ...this.#head,
      request: follower.request,
      commonOffset: common.offset,
      commonEpoch: common.epoch,
    });
    this.sendBatches([follower]);
  }

  askForSnapshot(follower: Follower): void {
    follower.isSnapshotAsked = true;
    this.#send(follower, {
      kind: "sync-full-due",
      ...this.#head,
      request: follower.request,
      commonOffset: follower.commonOffset,
    });
    this.#emit({ do: "send-snapshot", to: follower.nodeId });
  }

  /** What is sealed, as far as the window allows. Followers that are at the same offset get the same frame. */
  sendBatches(followers: Iterable<Follower>): void {
    const batches = new Map<number, { frame: BatchFrame; to: NodeId[] }>();
    for (const follower of followers) {
      while (this.#isOwedBatch(follower)) {
        const firstOffset = follower.sentOffset;
        const frame = batches.get(firstOffset)?.frame ?? this.#batchFrom(firstOffset);
        if (frame === undefined) {
          // It was slow for so long that the log has gone on without it.
          this.#restartFullSync(follower);
          break;
        }
        const batch = batches.get(firstOffset) ?? { frame, to: [] };
        batches.set(firstOffset, batch);
        batch.to.push(follower.nodeId);
        follower.sentOffset += frame.effects.length;
        follower.toldEpoch = frame.writtenEpoch;
        follower.toldCommitOffset = frame.commitOffset;
      }
    }
    const inOrder = [...batches.values()];
    // Each follower gets its batches in the order of the log, whoever was looked at first.
    if (inOrder.length > 1) inOrder.sort((a, b) => a.frame.firstOffset - b.frame.firstOffset);
    for (const { frame, to } of inOrder) this.#emit({ do: "send", to, frame });
  }

  /** To those that have the whole log and were told of it by no batch: so far they may apply. */
  tellCommit(followers: Iterable<Follower>): void {
    const { commitOffset, endOffset } = this.#log;
    const owed = [...followers].filter(
      ({ state, sentOffset, toldCommitOffset }) =>
        state === "streaming" && sentOffset === endOffset && toldCommitOffset < commitOffset,
    );
    const frame = owed.length === 0 ? undefined : this.#batchFrom(endOffset);
    if (frame === undefined) return;
    for (const follower of owed) follower.toldCommitOffset = commitOffset;
    this.#emit({ do: "send", to: owed.map(({ nodeId }) => nodeId), frame });
  }

  beginSnapshot(follower: Follower, sizeBytes: number): OutgoingSnapshot {
    const head = this.#head;
    const offset = this.#log.endOffset;
    const send = (frame: ReplicationFrame): void => this.#send(follower, frame);
    const snapshot = new OutgoingSnapshot({ head, offset, send });
    follower.load(snapshot);
    this.stats.fullSyncs += 1;
    send({
      kind: "sync-full-begin",
      ...head,
      request: follower.request,
      historyId: this.#log.historyId,
      offset,
      hash: this.#log.hash,
      sizeBytes,
      marks: this.#log.outline.marks,
    });
    return snapshot;
  }

  /** What a replica outside the set still needs stays, up to a limit. The set's members hold the commit anyway. */
  trimLog(followers: Iterable<Follower>): void {
    let keepFrom = Infinity;
    for (const follower of followers) {
      const { state, heldOffset } = follower;
      if (state !== "loading" && state !== "streaming") continue;
      if (this.#log.endOffset - heldOffset <= this.#tuning.syncBufferBytesMax)
        keepFrom = Math.min(keepFrom, heldOffset);
      else if (state === "loading") this.#restartFullSync(follower);
    }
    this.#log.trim(keepFrom);
  }

  #isOwedBatch({ state, sentOffset, heldOffset, toldEpoch }: Follower): boolean {
    if (state !== "streaming") return false;
    // An empty batch tells that a reign began, which has written nothing yet.
    if (sentOffset === this.#log.sealedOffset) return toldEpoch < this.#log.epoch;
    return sentOffset - heldOffset < this.#tuning.windowBytesMax;
  }

  #batchFrom(offset: number): BatchFrame | undefined {
    const part = this.#log.slice(offset, this.#tuning.batchBytesMax);
    if (part === undefined) return undefined;
    return { kind: "batch", ...this.#head, commitOffset: this.#log.commitOffset, ...part };
  }

  #restartFullSync(follower: Follower): void {
    this.stats.fullSyncsRestarted += 1;
    follower.needSnapshot();
  }

  #send(follower: Follower, frame: ReplicationFrame): void {
    this.#emit({ do: "send", to: [follower.nodeId], frame });
  }
}

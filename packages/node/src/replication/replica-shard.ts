import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii, type Bytes } from "@slotcast/protocol";
import type { EffectLog } from "./effect-log.ts";
import type {
  BatchFrame,
  ReplicationFrame,
  SnapshotChunkFrame,
  SyncFullBeginFrame,
  SyncFullDueFrame,
  SyncFullEndFrame,
  SyncPartialFrame,
} from "./frames.ts";
import { BEFORE_DISCARDED_BYTES, SYNC_RETRY_MS } from "./limits.ts";
import { HASH_OF_NOTHING, hashOn } from "./log-hash.ts";
import type { ShardView } from "./primary-actions.ts";
import type { ReplicaAction } from "./replica-actions.ts";

export type { ReplicaAction };

export interface ReplicaShardOptions {
  /** This process. */
  readonly self: IsrMember;
  /** `undefined`: of no shard yet. */
  readonly view: ShardView | undefined;
  readonly log: EffectLog;
  /** Up to where the effects of the log were executed here. Of a former primary: its end. */
  readonly appliedOffset: number;
  readonly nowMs: number;
}

/**
 * - `idle`: there is no primary to ask, or no link to it;
 * - `asking`: a request is on its way; batches of the time before are void;
 * - `due`: a snapshot was promised;
 * - `loading`: it comes;
 * - `following`: batches go on from the end of the log.
 */
type SyncState = "idle" | "asking" | "due" | "loading" | "following";

/** A snapshot that comes in. */
interface IncomingSnapshot {
  readonly begin: SyncFullBeginFrame;
  receivedBytes: number;
  hash: number;
  /** All of it was handed to the shell. */
  isWhole: boolean;
}

/**
 * A replica's half of replication. It believes the facts: it takes frames only from the primary that they name, of the
 * epoch that they name, and refuses those of an older one. It acknowledges what is in its log, and applies only what is
 * committed, so it never has to take anything back.
 *
 * Whom it follows may change; it asks each new reign to be synchronised, and cuts from its log what that reign does not
 * have. What was applied cannot be cut: then a full sync replaces everything. That happens to a former primary whose
 * last writes went to nobody, to a process that started again, and to one that was away for long.
 *
 * Its log stays as it is until a snapshot comes to replace it: a primary sends one only to a replica that nobody may
 * promote.
 */
export class ReplicaShard {
  readonly stats = {
    /** Batches that did not continue the log. */
    gaps: 0,
    /** Batches and snapshots whose bytes were not those that were sent. */
    damaged: 0,
    divergences: 0,
    /** Frames of older reigns. */
    refused: 0,
    /** Bytes cut from the log that were never applied. */
    truncatedBytes: 0,
  };
  readonly #self: IsrMember;
  readonly #log: EffectLog;
  readonly #linked = new Set<NodeId>();
  #view: ShardView | undefined;
  #state: SyncState = "idle";
  #appliedOffset: number;
  #request = 0;
  #askedAtMs: number;
  #incoming: IncomingSnapshot | undefined;
  /** The log is worth nothing: ask for a full sync. */
  #hasDiverged = false;
  /** It is known what became of the writes of a former primary. */
  #isSettled = false;
  #isAckDue = false;
  #actions: ReplicaAction[] = [];

  constructor({ self, view, log, appliedOffset, nowMs }: ReplicaShardOptions) {
    this.#self = self;
    this.#view = view;
    this.#log = log;
    this.#appliedOffset = appliedOffset;
    this.#askedAtMs = nowMs;
  }

  get log(): EffectLog {
    return this.#log;
  }

  get appliedOffset(): number {
    return this.#appliedOffset;
  }

  /** For INFO and ROLE. */
  get state(): SyncState {
    return this.#state;
  }

  /**
   * The keyspace has committed data of this shard and nothing else: it may be shown to READONLY clients. False while a
   * snapshot is loaded, of another shard's data, of a log that differs from its primary's, and of a former primary that
   * executed more than was committed.
   */
  get isReadable(): boolean {
    const { historyId, commitOffset } = this.#log;
    if (this.#hasDiverged || historyId === "" || historyId !== this.#view?.shard.historyId)
      return false;
    return this.#appliedOffset <= commitOffset;
  }

  /** The process to follow. `undefined`: none, or this node in an earlier life. */
  get primary(): NodeId | undefined {
    const nodeId = this.#view?.shard.primary?.nodeId;
    return nodeId === this.#self.nodeId ? undefined : nodeId;
  }

  /** What several batches of a turn ask for is one acknowledgement. */
  takeActions(): readonly ReplicaAction[] {
    const actions = this.#actions;
    if (actions.length > 0) this.#actions = [];
    const { primary } = this;
    if (this.#isAckDue && this.#state === "following" && primary !== undefined) {
      const { incarnation } = this.#self;
      const frame = {
        kind: "ack",
        ...this.#head,
        incarnation,
        offset: this.#log.endOffset,
      } as const;
      // It says what is in the log, and the primary's clients wait for it: what is to be executed comes after.
      const firstDeed = actions.findIndex((action) => action.do !== "send");
      const at = firstDeed === -1 ? actions.length : firstDeed;
      actions.splice(at, 0, { do: "send", to: [primary], frame });
    }
    this.#isAckDue = false;
    return actions;
  }

  linked(nodeId: NodeId, nowMs: number): void {
    this.#linked.add(nodeId);
    if (nodeId === this.primary) this.#ask(nowMs);
  }

  unlinked(nodeId: NodeId): void {
    this.#linked.delete(nodeId);
    if (nodeId === this.primary) this.#stop();
  }

  tick(nowMs: number): void {
    const isWaiting = this.#state === "idle" || this.#state === "asking";
    if (isWaiting && nowMs - this.#askedAtMs >= SYNC_RETRY_MS) this.#ask(nowMs);
  }

  factsChanged(view: ShardView | undefined, nowMs: number): void {
    const before = this.#view?.shard;
    if (view !== undefined && view.shard.id === before?.id && view.shard.epoch < before.epoch)
      return;
    this.#view = view;
    const { shard } = view ?? {};
    const isSameReign =
      shard !== undefined &&
      shard.id === before?.id &&
      shard.epoch === before.epoch &&
      shard.primary?.nodeId === before.primary?.nodeId;
    // A primary that has not heard of its reign yet lets this pass, and announces it when it has.
    if (!isSameReign) this.#ask(nowMs);
  }

  receive(from: NodeId, frame: ReplicationFrame, nowMs: number): void {
    const shard = this.#view?.shard;
    if (shard === undefined || frame.shardId !== shard.id) return;
    // For a primary; this node is none, or not yet: who asked will ask again.
    if (frame.kind === "sync-request" || frame.kind === "ack" || frame.kind === "refused") return;
    if (frame.epoch < shard.epoch) {
      this.stats.refused += 1;
      this.#actions.push({ do: "send", to: [from], frame: { kind: "refused", ...this.#head } });
      return;
    }
    // Of a reign that the facts do not know yet: they come, and then it is asked.
    if (frame.epoch > shard.epoch || from !== this.primary) return;
    switch (frame.kind) {
      case "reign":
        this.#ask(nowMs);
        break;
      case "sync-partial":
        this.#syncPartially(frame, nowMs);
        break;
      case "sync-full-due":
        this.#promiseSnapshot(frame);
        break;
      case "sync-full-begin":
        this.#beginSnapshot(frame);
        break;
      case "snapshot-chunk":
        this.#loadChunk(frame, nowMs);
        break;
      case "sync-full-end":
        this.#endSnapshot(frame, nowMs);
        break;
      case "batch":
        this.#append(frame, nowMs);
        break;
    }
  }

  /** All that was handed out by "load-snapshot" is in the keyspace. */
  snapshotLoaded(nowMs: number): void {
    const begin = this.#incoming?.isWhole === true ? this.#incoming.begin : undefined;
    if (begin === undefined) return;
    this.#incoming = undefined;
    this.#log.restart(begin);
    this.#appliedOffset = begin.offset;
    if (this.#state === "loading") {
      this.#state = "following";
      this.#isAckDue = true;
    } else this.#ask(nowMs);
  }

  /** It could not be loaded. The keyspace is worth nothing. */
  snapshotFailed(nowMs: number): void {
    if (this.#incoming === undefined) return;
    this.stats.damaged += 1;
    this.#incoming = undefined;
    this.#ask(nowMs);
  }

  /** What was applied cannot have been executed here: this keyspace is worth nothing. */
  applyFailed(why: string, nowMs: number): void {
    this.#diverged(why, nowMs);
  }

  get #head(): { shardId: string; epoch: number } {
    const { id = "", epoch = 0 } = this.#view?.shard ?? {};
    return { shardId: id, epoch };
  }

  #send(frame: ReplicationFrame): void {
    const { primary } = this;
    if (primary !== undefined) this.#actions.push({ do: "send", to: [primary], frame });
  }

  /** A snapshot that is whole will be loaded, whoever is followed then. */
  #stop(): void {
    this.#state = "idle";
    if (this.#incoming?.isWhole === false) this.#incoming = undefined;
  }

  #ask(nowMs: number): void {
    const { primary } = this;
    this.#stop();
    this.#askedAtMs = nowMs;
    if (primary === undefined || !this.#linked.has(primary) || this.#incoming !== undefined) return;
    this.#state = "asking";
    this.#request += 1;
    const outline = this.#log.outline;
    this.#send({
      kind: "sync-request",
      ...this.#head,
      incarnation: this.#self.incarnation,
      request: this.#request,
      ...outline,
      historyId: this.#hasDiverged ? "" : outline.historyId,
      appliedOffset: this.#appliedOffset,
    });
  }

  #syncPartially(frame: SyncPartialFrame, nowMs: number): void {
    const { request, commonOffset, commonEpoch } = frame;
    if (this.#state !== "asking" || request !== this.#request) return;
    const log = this.#log;
    const firmOffset = Math.max(log.commitOffset, this.#appliedOffset);
    if (commonOffset < firmOffset || commonOffset > log.endOffset) {
      this.#diverged(`the primary cuts at ${commonOffset}`, nowMs);
      return;
    }
    this.stats.truncatedBytes += log.endOffset - commonOffset;
    log.truncateTo({ offset: commonOffset, epoch: commonEpoch });
    this.#state = "following";
    this.#isAckDue = true;
  }

  #append(frame: BatchFrame, nowMs: number): void {
    if (this.#state !== "following") return;
    const log = this.#log;
    if (frame.firstOffset !== log.endOffset) {
      this.stats.gaps += 1;
      this.#ask(nowMs);
    } else if (frame.hashBefore !== log.hash) {
      this.#diverged("another hash", nowMs);
    } else if (frame.writtenEpoch < log.epoch || frame.writtenEpoch > frame.epoch) {
      this.#diverged(`effects of epoch ${frame.writtenEpoch} after ${log.epoch}`, nowMs);
    } else if (log.appendBatch(frame) !== undefined) {
      this.stats.damaged += 1;
      this.#ask(nowMs);
    } else {
      this.#isAckDue = true;
      this.#commit(Math.min(frame.commitOffset, log.endOffset));
      log.trim();
    }
  }

  #commit(offset: number): void {
    if (offset <= this.#log.commitOffset) return;
    this.#log.commitTo(offset);
    this.#actions.push({ do: "committed", offset });
    // A former primary has applied it long ago.
    if (offset <= this.#appliedOffset) return;
    for (const piece of this.#log.read(this.#appliedOffset, offset))
      this.#actions.push({ do: "apply", ...piece });
    this.#appliedOffset = offset;
  }

  #promiseSnapshot({ request, commonOffset }: SyncFullDueFrame): void {
    if (request !== this.#request) return;
    this.#stop();
    this.#state = "due";
    if (!this.#isSettled) this.#settle(commonOffset);
  }

  /** The reign is established: what it shares with this log is committed, and the rest is in no log that counts. */
  #settle(commonOffset: number | undefined): void {
    this.#isSettled = true;
    const log = this.#log;
    const appliedOffset = this.#appliedOffset;
    // Logs that cannot be compared: what was not committed here is the most that can be lost.
    const fromOffset = Math.max(commonOffset ?? log.commitOffset, log.startOffset);
    if (commonOffset !== undefined) {
      const offset = Math.min(commonOffset, appliedOffset);
      if (offset > log.commitOffset) this.#actions.push({ do: "committed", offset });
      this.#actions.push({ do: "settled", sharedOffset: commonOffset });
    }
    if (appliedOffset <= fromOffset) return;
    const before = this.#read(log.endBefore(fromOffset, BEFORE_DISCARDED_BYTES), fromOffset);
    const effects = this.#read(fromOffset, appliedOffset);
    this.#actions.push({ do: "discarded", epoch: log.epoch, fromOffset, before, effects });
  }

  #read(from: number, to: number): Bytes {
    return ascii([...this.#log.read(from, to)].map((piece) => piece.effects).join(""));
  }

  #beginSnapshot(frame: SyncFullBeginFrame): void {
    if (frame.request !== this.#request) return;
    this.#state = "loading";
    this.#incoming = { begin: frame, receivedBytes: 0, hash: HASH_OF_NOTHING, isWhole: false };
    this.#log.clear();
    this.#appliedOffset = 0;
    this.#hasDiverged = false;
    this.#actions.push({ do: "reset" });
  }

  #loadChunk({ position, bytes }: SnapshotChunkFrame, nowMs: number): void {
    const incoming = this.#incoming;
    if (this.#state !== "loading" || incoming === undefined) return;
    if (position !== incoming.receivedBytes || incoming.isWhole) {
      this.snapshotFailed(nowMs);
      return;
    }
    incoming.receivedBytes += bytes.length;
    incoming.hash = hashOn(incoming.hash, bytes);
    this.#actions.push({ do: "load-snapshot", bytes });
  }

  #endSnapshot({ sizeBytes, hash }: SyncFullEndFrame, nowMs: number): void {
    const incoming = this.#incoming;
    if (this.#state !== "loading" || incoming === undefined) return;
    if (sizeBytes !== incoming.receivedBytes || hash !== incoming.hash) {
      this.snapshotFailed(nowMs);
      return;
    }
    incoming.isWhole = true;
    this.#actions.push({ do: "finish-snapshot" });
  }

  #diverged(why: string, nowMs: number): void {
    this.stats.divergences += 1;
    this.#hasDiverged = true;
    this.#actions.push({ do: "diverged", offset: this.#log.endOffset, why });
    this.#ask(nowMs);
  }
}

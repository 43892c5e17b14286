import type { IsrMember, NodeId, ShardFact } from "@slotcast/control";
import type { ByteSpan, Bytes } from "@slotcast/protocol";
import assert from "node:assert/strict";
import type { EffectLog } from "./effect-log.ts";
import { commonPrefix } from "./epoch-marks.ts";
import type { Follower } from "./follower.ts";
import { Followers } from "./followers.ts";
import type { AckFrame, ReplicationFrame, SyncRequestFrame } from "./frames.ts";
import { includesMember, InSyncSet, isSameMember } from "./in-sync-set.ts";
import type { OutgoingSnapshot } from "./outgoing-snapshot.ts";
import {
  PRIMARY_TUNING,
  type PrimaryAction,
  type PrimaryTuning,
  type ShardView,
} from "./primary-actions.ts";
import { ReplicaFeed } from "./replica-feed.ts";

export interface PrimaryShardOptions {
  /** This process. The facts name it as the primary. */
  readonly self: IsrMember;
  readonly view: ShardView;
  /** Of this node, from when it was a replica, or empty. Written by nobody else from now on. */
  readonly log: EffectLog;
  /** Up to where the effects of the log were executed here. */
  readonly appliedOffset: number;
  readonly nowMs: number;
  readonly tuning?: Partial<PrimaryTuning>;
}

/** For INFO, ROLE, and who waits until a replica is level. */
export type FollowerView = Readonly<
  Pick<Follower, "nodeId" | "incarnation" | "state" | "isLinked" | "ackedOffset" | "behindMs">
>;

/**
 * The primary's half of replication: numbers the effects, sends them, counts who has them, and says what is committed.
 * Commit offset: what every member of the in-sync set has, and every process that is proposed for it.
 *
 * A reign begins at the end of the log, whatever of it was committed before: this node was in the set, so it has all
 * that was acknowledged. It is *established*, and may serve, when every member of the set has taken over the log up to
 * there: then no log is left that could be promoted and has something else.
 *
 * No clock, no I/O: events go in with the time, `takeActions` gives what is to be done. `tick` at least every 20 ms,
 * `flush` at the end of each turn with appends. Links deliver in order or break; a new link voids the old one.
 */
export class PrimaryShard {
  /** Acknowledgements of another reign or process, or of what was never sent. */
  acksIgnored = 0;
  readonly #self: IsrMember;
  readonly #log: EffectLog;
  readonly #tuning: PrimaryTuning;
  readonly #feed: ReplicaFeed;
  readonly #followers: Followers;
  readonly #inSync: InSyncSet;
  #view: ShardView;
  #reignStart: number;
  #isEstablished = false;
  /** A younger reign that a replica knows; 0: none. */
  #fencedByEpoch = 0;
  #isReplaced = false;
  #actions: PrimaryAction[] = [];

  constructor({ self, view, log, appliedOffset, nowMs, tuning }: PrimaryShardOptions) {
    const { shard } = view;
    assert(isPrimary(self, shard), "the facts name another primary");
    this.#self = self;
    this.#view = view;
    this.#log = log;
    this.#tuning = { ...PRIMARY_TUNING, ...tuning };
    const emit = (action: PrimaryAction): void => void this.#actions.push(action);
    this.#feed = new ReplicaFeed({ log, tuning: this.#tuning, emit });
    this.#inSync = new InSyncSet(view);
    this.#followers = new Followers(nowMs);
    this.#reignStart = log.endOffset;
    for (const piece of log.read(appliedOffset, log.endOffset)) emit({ do: "apply", ...piece });
    this.#beginReign(nowMs);
  }

  /** Requests of clients may be answered. False from the step-down on, in the same turn. */
  get isServing(): boolean {
    return this.#isEstablished && !this.#isSilenced;
  }

  get epoch(): number {
    return this.#view.shard.epoch;
  }

  get log(): EffectLog {
    return this.#log;
  }

  get uncommittedBytes(): number {
    return this.#log.endOffset - this.#log.commitOffset;
  }

  /** Stop reading from clients until it is false again. */
  get isCongested(): boolean {
    return this.uncommittedBytes >= this.#tuning.uncommittedBytesMax;
  }

  get syncStats(): Readonly<ReplicaFeed["stats"]> {
    return this.#feed.stats;
  }

  /** Of every replica of the shard, and who is linked. */
  get followers(): readonly FollowerView[] {
    return [...this.#followers.all()];
  }

  /** WAIT: how many replicas have the log up to `offset`. */
  countAcked(offset: number): number {
    return this.#followers.countAcked(offset);
  }

  takeActions(): readonly PrimaryAction[] {
    const actions = this.#actions;
    if (actions.length > 0) this.#actions = [];
    return actions;
  }

  /** One effect, or a whole transaction's. Returns the offset that a reply to it waits for. */
  append(effects: Bytes | ByteSpan): number {
    assert(!this.#isSilenced, "a deposed primary executes nothing");
    return this.#log.append(effects);
  }

  /** The end of a turn: what was appended goes out, one batch to a replica that is level. */
  flush(nowMs: number): void {
    this.#followers.excuse(nowMs);
    if (this.#isSilenced) return;
    this.#log.seal();
    this.#advanceCommit();
    this.#feed.sendBatches(this.#followers.all());
    for (const follower of this.#followers.all()) follower.noteProgress(this.#log.endOffset, nowMs);
    this.#feed.trimLog(this.#followers.all());
  }

  /** `hasLease`: the voters answer this process. Always, where there are none. */
  tick(nowMs: number, hasLease = true): void {
    this.#followers.tick(nowMs, hasLease);
    if (this.#isSilenced) return;
    this.flush(nowMs);
    this.#feed.tellCommit(this.#followers.all());
    this.#considerSet(nowMs);
    this.#startFullSyncs(nowMs);
  }

  /** The link to a node of the shard is up: it will ask. Who was asked before it led announces its reign then. */
  linked(nodeId: NodeId, nowMs: number): void {
    this.#followers.excuse(nowMs);
    this.#followers.of(nodeId, nowMs).linked();
  }

  /** The link is down, or a connect was refused. */
  unlinked(nodeId: NodeId, nowMs: number): void {
    this.#followers.excuse(nowMs);
    this.#followers.get(nodeId)?.unlinked(nowMs);
    this.#forgetStrangers();
  }

  receive(from: NodeId, frame: ReplicationFrame, nowMs: number): void {
    this.#followers.excuse(nowMs);
    if (this.#isSilenced || frame.shardId !== this.#view.shard.id) return;
    if (frame.epoch > this.epoch) {
      this.#fencedByEpoch = frame.epoch;
      this.#stepDown("refused");
    } else if (frame.kind === "ack") this.#acked(from, frame, nowMs);
    // A replica whose facts are older asks again when it has the present ones.
    else if (frame.kind === "sync-request" && frame.epoch === this.epoch)
      this.#syncRequested(from, frame, nowMs);
  }

  /** `undefined`: the shard is gone, or this node is no longer of it. */
  factsChanged(view: ShardView | undefined, nowMs: number): void {
    this.#followers.excuse(nowMs);
    const isOfThisShard = view?.shard.id === this.#view.shard.id;
    if (this.#isReplaced || (isOfThisShard && view.shard.epoch < this.epoch)) return;
    if (!isOfThisShard || !isPrimary(this.#self, view.shard)) {
      this.#isReplaced = true;
      this.#stepDown("replaced");
      return;
    }
    const isNewReign = view.shard.epoch > this.epoch;
    this.#view = view;
    this.#inSync.factsChanged(view);
    const isFenceOver = this.#fencedByEpoch > 0 && this.#fencedByEpoch <= this.epoch;
    if (isFenceOver) this.#fencedByEpoch = 0;
    // Nobody else reigned in between, or this process would not be in the set: it goes on serving.
    if (isNewReign) this.#beginReign(nowMs);
    // The younger reign that it stepped down for is its own.
    if (isFenceOver && this.isServing) this.#actions.push({ do: "serve" });
    this.#forgetStrangers();
    if (this.#isSilenced) return;
    this.#advanceCommit();
    this.#considerSet(nowMs);
    this.#startFullSyncs(nowMs);
  }

  /**
   * The shell takes the snapshot for `to` in this very turn: it has all effects so far and no other. Then it sends all of
   * it through what is returned, and calls `finishSnapshot`. `undefined`: nobody waits for it. `sizeBytes`: about, 0 when
   * unknown.
   */
  beginSnapshot(to: NodeId, { sizeBytes = 0 } = {}): OutgoingSnapshot | undefined {
    const follower = this.#followers.get(to);
    const isAwaited = follower?.state === "due" && follower.isSnapshotAsked;
    if (this.#isSilenced || !isAwaited) return undefined;
    return this.#feed.beginSnapshot(follower, sizeBytes);
  }

  /** All of it was sent. */
  finishSnapshot(snapshot: OutgoingSnapshot): void {
    snapshot.finish(this.#log.commitOffset);
  }

  /** It cannot be sent to its end. Another one is, some time later. */
  snapshotFailed(to: NodeId, nowMs: number): void {
    this.#followers.get(to)?.snapshotFailed(nowMs);
  }

  get #isSilenced(): boolean {
    return this.#isReplaced || this.#fencedByEpoch > 0;
  }

  #stepDown(why: "refused" | "replaced"): void {
    for (const follower of this.#followers.all()) follower.stop();
    this.#actions.push({ do: "step-down", why });
  }

  #forgetStrangers(): void {
    const { shard, registered } = this.#view;
    const members = [...shard.isr, ...registered, ...this.#inSync.required];
    this.#followers.forgetOthers(new Set(members.map((member) => member.nodeId)));
  }

  #beginReign(nowMs: number): void {
    const { shard } = this.#view;
    const log = this.#log;
    if (log.historyId === shard.historyId) log.beginEpoch(shard.epoch);
    else {
      // What this node has is what there is.
      log.beginHistory(shard.historyId, shard.epoch);
      this.#actions.push({ do: "committed", offset: log.endOffset });
    }
    this.#reignStart = log.endOffset;
    for (const { nodeId } of shard.isr)
      if (nodeId !== this.#self.nodeId) this.#followers.of(nodeId, nowMs);
    const linked: NodeId[] = [];
    for (const follower of this.#followers.all()) {
      follower.beginReign(nowMs);
      if (follower.isLinked) linked.push(follower.nodeId);
    }
    this.#feed.beginReign(shard);
    this.#feed.announce(linked);
    this.#advanceCommit();
  }

  #syncRequested(from: NodeId, frame: SyncRequestFrame, nowMs: number): void {
    const follower = this.#followers.of(from, nowMs);
    if (frame.incarnation < (follower.incarnation ?? 0)) return;
    follower.requested(frame.incarnation, frame.request);
    const common = commonPrefix(frame, this.#log.outline);
    follower.commonOffset = common?.offset;
    const canGoOn =
      common !== undefined &&
      common.offset >= frame.appliedOffset &&
      common.offset >= this.#log.startOffset;
    if (canGoOn) this.#feed.syncPartially(follower, common);
    else {
      follower.needSnapshot();
      this.#considerSet(nowMs);
      this.#startFullSyncs(nowMs);
    }
  }

  #acked(from: NodeId, { epoch, incarnation, offset }: AckFrame, nowMs: number): void {
    const follower = this.#followers.get(from);
    if (epoch !== this.epoch || follower === undefined || incarnation !== follower.incarnation) {
      this.acksIgnored += 1;
      return;
    }
    const { snapshot } = follower;
    if (snapshot?.isEndSent === true && offset === snapshot.offset) follower.stream(offset);
    if (follower.state !== "streaming" || offset > follower.sentOffset) {
      this.acksIgnored += 1;
      return;
    }
    follower.acked(offset);
    follower.noteProgress(this.#log.endOffset, nowMs);
    this.#advanceCommit();
    this.#feed.sendBatches([follower]);
    if (!includesMember(this.#inSync.members, { nodeId: from, incarnation }))
      this.#considerSet(nowMs);
  }

  /** The least that any required member has; one that has said nothing in this reign holds it where it is. */
  #advanceCommit(): void {
    const log = this.#log;
    let offset = log.endOffset;
    for (const member of this.#inSync.required) {
      if (isSameMember(member, this.#self)) continue;
      const follower = this.#followers.get(member.nodeId);
      if (follower?.incarnation !== member.incarnation) return;
      if (follower.ackedOffset === undefined) return;
      offset = Math.min(offset, follower.ackedOffset);
    }
    if (!this.#isEstablished && offset >= this.#reignStart) {
      this.#isEstablished = true;
      this.#actions.push({ do: "serve" });
    }
    if (offset <= log.commitOffset) return;
    log.commitTo(offset);
    this.#actions.push({ do: "committed", offset });
    for (const follower of this.#followers.all()) follower.snapshot?.endIfCommitted(offset);
  }

  /** Proposes who must leave the in-sync set and who can come. */
  #considerSet(nowMs: number): void {
    const inSync = this.#inSync;
    const stays = inSync.members.filter((member) => this.#mayStay(member, nowMs));
    const comes: IsrMember[] = [];
    let comer: IsrMember | undefined;
    for (const follower of this.#followers.all()) {
      const { member } = follower;
      if (member === undefined || includesMember(inSync.members, member)) continue;
      if (!this.#mayCome(member, follower, nowMs)) continue;
      if ((follower.ackedOffset ?? 0) >= this.#log.commitOffset) comes.push(member);
      else if (follower.mayHoldCommit(nowMs)) comer ??= member;
    }
    const proposal = inSync.propose([...stays, ...comes], nowMs);
    if (proposal !== undefined) this.#actions.push({ do: "propose-isr", proposal });
    // One at a time, and not while nothing can be proposed.
    const isHeld = comer !== undefined && !inSync.hasOpenProposal;
    const before = inSync.comer;
    inSync.comer = isHeld ? comer : undefined;
    if (inSync.comer !== undefined) this.#followers.get(inSync.comer.nodeId)?.holdCommit(nowMs);
    else if (before !== undefined) this.#advanceCommit();
  }

  #mayStay(member: IsrMember, nowMs: number): boolean {
    if (isSameMember(member, this.#self)) return true;
    const follower = this.#followers.get(member.nodeId);
    if (follower === undefined || !this.#inSync.isRegistered(member)) return false;
    // Another process of the node asked: what this one had is gone.
    if ((follower.incarnation ?? member.incarnation) !== member.incarnation) return false;
    // It must be out before a snapshot may replace its data.
    if (follower.state === "due") return false;
    if ((follower.ackedOffset ?? Infinity) < this.#log.commitOffset) return false;
    return (
      follower.awayMs(nowMs) <= this.#tuning.linkGraceMs &&
      follower.behindMs(nowMs) <= this.#tuning.isrLagTimeMs
    );
  }

  /** It is near to the end of the log, and not slow. */
  #mayCome(member: IsrMember, follower: Follower, nowMs: number): boolean {
    const { state, ackedOffset } = follower;
    return (
      this.#isEstablished &&
      state === "streaming" &&
      ackedOffset !== undefined &&
      this.#log.endOffset - ackedOffset <= this.#tuning.caughtUpBytes &&
      follower.behindMs(nowMs) <= this.#tuning.isrLagTimeMs &&
      this.#inSync.isRegistered(member)
    );
  }

  /**
   * Only once the reign is established: then what the replica has beyond the common prefix happens nowhere. And not
   * while the replica may be promoted, since it will have nothing for a while.
   */
  #startFullSyncs(nowMs: number): void {
    if (!this.#isEstablished) return;
    for (const follower of this.#followers.all()) {
      const { member } = follower;
      if (member === undefined || !follower.mayLoad(nowMs)) continue;
      if (!includesMember(this.#inSync.required, member)) this.#feed.askForSnapshot(follower);
    }
  }
}

function isPrimary(self: IsrMember, { primary }: ShardFact): boolean {
  return primary !== undefined && isSameMember(primary, self);
}

import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii } from "@slotcast/protocol";
import { EffectLog } from "./effect-log.ts";
import type { BatchFrame, ReplicationFrame, SyncRequestFrame } from "./frames.ts";
import type { PrimaryAction, PrimaryTuning, ShardView } from "./primary-actions.ts";
import { PrimaryShard } from "./primary-shard.ts";

export const SHARD_ID = "5".repeat(40);
export const HISTORY = "1".repeat(40);
export const P = member("a");
export const R = member("b");
export const S = member("c");

export function member(digit: string, incarnation = 1): IsrMember {
  return { nodeId: digit.repeat(40), incarnation };
}

interface Facts {
  readonly isr?: readonly IsrMember[];
  readonly isrVersion?: number;
  readonly epoch?: number;
  readonly primary?: IsrMember;
  readonly historyId?: string;
  readonly registered?: readonly IsrMember[];
}

function viewOf({
  isr = [P, R],
  isrVersion = 1,
  epoch = 4,
  primary = P,
  historyId = HISTORY,
  registered = [P, R, S],
}: Facts = {}): ShardView {
  return { shard: { id: SHARD_ID, primary, epoch, isr, isrVersion, historyId }, registered };
}

/** A primary whose log holds `text` of an older reign, and what it asks for. */
export class TestPrimary {
  readonly log = new EffectLog({ backlogBytesMax: 10 });
  readonly core: PrimaryShard;
  nowMs = 1000;
  /** Batches and other frames, by receiver, since it was last asked. */
  #sent: { readonly to: NodeId; readonly frame: ReplicationFrame }[] = [];
  #others: PrimaryAction[] = [];

  constructor(
    facts: Facts = {},
    {
      text = "",
      appliedOffset = text.length,
      ...tuning
    }: Partial<PrimaryTuning> & {
      readonly text?: string;
      readonly appliedOffset?: number;
    } = {},
  ) {
    this.log.beginHistory(HISTORY, 1);
    this.log.append(ascii(text));
    this.core = new PrimaryShard({
      self: P,
      view: viewOf(facts),
      log: this.log,
      appliedOffset,
      nowMs: this.nowMs,
      tuning,
    });
  }

  write(text: string): this {
    this.core.append(ascii(text));
    this.core.flush(this.nowMs);
    return this;
  }

  tick(afterMs: number): this {
    for (let restMs = afterMs; restMs > 0; restMs -= 20) {
      this.nowMs += Math.min(20, restMs);
      this.core.tick(this.nowMs);
    }
    return this;
  }

  link(...members: IsrMember[]): this {
    for (const { nodeId } of members) this.core.linked(nodeId, this.nowMs);
    return this;
  }

  unlink({ nodeId }: IsrMember): this {
    this.core.unlinked(nodeId, this.nowMs);
    return this;
  }

  /** It asks, with a log that is the primary's up to `endOffset` unless `request` says otherwise. */
  ask(
    from: IsrMember,
    endOffset = this.log.endOffset,
    request: Partial<SyncRequestFrame> = {},
  ): this {
    const frame: SyncRequestFrame = {
      kind: "sync-request",
      shardId: SHARD_ID,
      epoch: this.core.epoch,
      incarnation: from.incarnation,
      request: 1,
      historyId: HISTORY,
      endOffset,
      appliedOffset: 0,
      marks: this.log.outline.marks.filter(({ offset }) => offset <= endOffset),
      ...request,
    };
    this.core.receive(from.nodeId, frame, this.nowMs);
    return this;
  }

  ack(from: IsrMember, offset = this.log.endOffset, { epoch = this.core.epoch } = {}): this {
    const { nodeId, incarnation } = from;
    const frame = { kind: "ack", shardId: SHARD_ID, epoch, incarnation, offset } as const;
    this.core.receive(nodeId, frame, this.nowMs);
    return this;
  }

  /** Linked, asked and level. */
  follow(...members: IsrMember[]): this {
    for (const each of members) this.link(each).ask(each).ack(each);
    return this;
  }

  learn(facts: Facts): this {
    this.core.factsChanged(viewOf(facts), this.nowMs);
    return this;
  }

  /** Frames to a replica since the last call. */
  sentTo({ nodeId }: IsrMember): ReplicationFrame[] {
    this.#collect();
    const frames = this.#sent.filter(({ to }) => to === nodeId).map(({ frame }) => frame);
    this.#sent = this.#sent.filter(({ to }) => to !== nodeId);
    return frames;
  }

  batchesTo(replica: IsrMember): BatchFrame[] {
    return this.sentTo(replica).filter((frame) => frame.kind === "batch");
  }

  /** Everything but frames, since the last call. */
  actions(): readonly PrimaryAction[] {
    this.#collect();
    return this.#others.splice(0);
  }

  /** The last set that was proposed since the last call. */
  proposed(): readonly IsrMember[] | undefined {
    return this.actions().findLast((action) => action.do === "propose-isr")?.proposal.isr;
  }

  #collect(): void {
    for (const action of this.core.takeActions()) {
      if (action.do !== "send") this.#others.push(action);
      else for (const to of action.to) this.#sent.push({ to, frame: action.frame });
    }
  }
}

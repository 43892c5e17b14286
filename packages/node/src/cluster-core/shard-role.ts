import type { Facts, IsrMember, NodeId } from "@slotcast/control";
import type { ByteSpan, Bytes } from "@slotcast/protocol";
import type { EffectLog } from "../replication/effect-log.ts";
import type { ReplicationFrame } from "../replication/frames.ts";
import type { PrimaryAction, PrimaryTuning, ShardView } from "../replication/primary-actions.ts";
import { PrimaryShard } from "../replication/primary-shard.ts";
import { ReplicaShard, type ReplicaAction } from "../replication/replica-shard.ts";

export type ShardAction =
  | PrimaryAction
  | ReplicaAction
  /** This node's part in its shard is another one. Comes before what follows from it. */
  | { readonly do: "role"; readonly role: "primary" | "replica" };

/**
 * This node's part in its shard: the primary's half of replication or a replica's, as the facts have it, and the log that
 * both work on. Pure, as they are. Owner: ClusterCore.
 */
export class ShardRole {
  readonly #self: IsrMember;
  readonly #log: EffectLog;
  readonly #tuning: Partial<PrimaryTuning> | undefined;
  /** Nodes with a data link to this one. */
  readonly #linked = new Set<NodeId>();
  #part: PrimaryShard | ReplicaShard | undefined;
  #actions: ShardAction[] = [];

  constructor(options: {
    readonly self: IsrMember;
    readonly log: EffectLog;
    readonly tuning?: Partial<PrimaryTuning>;
  }) {
    this.#self = options.self;
    this.#log = options.log;
    this.#tuning = options.tuning;
  }

  get log(): EffectLog {
    return this.#log;
  }

  /** `undefined` while this node is not the primary. */
  get primary(): PrimaryShard | undefined {
    return this.#part instanceof PrimaryShard ? this.#part : undefined;
  }

  get replica(): ReplicaShard | undefined {
    return this.#part instanceof ReplicaShard ? this.#part : undefined;
  }

  factsChanged(facts: Facts, nowMs: number): void {
    const view = viewOf(facts, this.#self.nodeId);
    const isPrimary = view !== undefined && isReignOf(view, this.#self);
    const part = this.#part;
    if (part instanceof PrimaryShard) {
      part.factsChanged(view, nowMs);
      if (isPrimary || view === undefined) return;
      this.#collect();
      this.#become("replica", view, nowMs);
    } else if (isPrimary) {
      this.#become("primary", view, nowMs);
    } else if (part === undefined) {
      if (view !== undefined) this.#become("replica", view, nowMs);
    } else {
      part.factsChanged(view, nowMs);
    }
  }

  linked(nodeId: NodeId, nowMs: number): void {
    this.#linked.add(nodeId);
    this.#part?.linked(nodeId, nowMs);
  }

  unlinked(nodeId: NodeId, nowMs: number): void {
    this.#linked.delete(nodeId);
    this.#part?.unlinked(nodeId, nowMs);
  }

  receive(from: NodeId, frame: ReplicationFrame, nowMs: number): void {
    this.#part?.receive(from, frame, nowMs);
  }

  /** `hasLease`: the voters answer this node, if it leads. Always, where there are none. */
  tick(nowMs: number, hasLease = true): void {
    if (this.#part instanceof PrimaryShard) this.#part.tick(nowMs, hasLease);
    else this.#part?.tick(nowMs);
  }

  /** Only while this node serves. Returns where the effect ends. */
  append(effects: Bytes | ByteSpan): number {
    return this.#log.append(effects);
  }

  /** The end of a turn with appends. */
  flush(nowMs: number): void {
    this.primary?.flush(nowMs);
  }

  takeActions(): ShardAction[] {
    this.#collect();
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #become(role: "primary" | "replica", view: ShardView, nowMs: number): void {
    const appliedOffset = this.replica?.appliedOffset ?? this.#log.endOffset;
    this.#collect();
    this.#actions.push({ do: "role", role });
    const options = { self: this.#self, view, log: this.#log, appliedOffset, nowMs };
    this.#part =
      role === "primary"
        ? new PrimaryShard({ ...options, ...(this.#tuning && { tuning: this.#tuning }) })
        : new ReplicaShard(options);
    for (const nodeId of this.#linked) this.#part.linked(nodeId, nowMs);
  }

  #collect(): void {
    this.#actions.push(...(this.#part?.takeActions() ?? []));
  }
}

/** What the facts say about the shard of a node. */
export function viewOf(facts: Facts, nodeId: NodeId): ShardView | undefined {
  const shardId = facts.nodes.get(nodeId)?.shardId;
  const shard = shardId === undefined ? undefined : facts.shards.get(shardId);
  if (shard === undefined) return undefined;
  const registered = [...facts.nodes.values()]
    .filter((node) => node.shardId === shard.id)
    .map(({ id, incarnation }) => ({ nodeId: id, incarnation }));
  return { shard, registered };
}

function isReignOf({ shard: { primary } }: ShardView, self: IsrMember): boolean {
  return primary?.nodeId === self.nodeId && primary.incarnation === self.incarnation;
}

import type { IsrMember, NodeFact, NodeId, ShardId } from "./facts.ts";

/** Both ends belong to it. Lists of ranges ascend and do not overlap (slot-ranges.ts makes them). */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A change of the facts that somebody wants. Each can be proposed twice without harm, since a proposer that heard
 * nothing asks again: what is true already is no change, and what rests on outdated facts is refused.
 */
export type FactCommand =
  /** The first fact of a cluster: this node, alone, its only voter. */
  | {
      readonly kind: "found";
      readonly clusterId: string;
      readonly node: NodeFact;
      readonly historyId: string;
    }
  /**
   * A node comes in with a shard of its own, as its primary, and the slots that it claimed while it was alone. Refused
   * as a whole when one of them has an owner, or the node was forgotten. `isInvited`: by CLUSTER MEET, so a forgotten
   * one may. `knownVersion`: of the facts of who lets it in, at that time; refused when it was forgotten since. It keeps
   * its epoch when no other shard has that, and gets a new one otherwise.
   */
  | {
      readonly kind: "join";
      readonly node: NodeFact;
      readonly historyId: string;
      readonly epoch: number;
      readonly slots: readonly SlotRange[];
      readonly isInvited: boolean;
      readonly knownVersion: number;
    }
  /** It moved, or started again. Its new incarnation is in no in-sync set. */
  | { readonly kind: "update-node"; readonly node: Omit<NodeFact, "shardId"> }
  /** Out of its shard, its sets, and the voters (by the leader, before). `byReset`: it may come back. */
  | { readonly kind: "forget"; readonly nodeId: NodeId; readonly byReset: boolean }
  | {
      readonly kind: "assign-slots";
      readonly shardId: ShardId;
      readonly slots: readonly SlotRange[];
    }
  | {
      readonly kind: "release-slots";
      readonly shardId: ShardId;
      readonly slots: readonly SlotRange[];
    }
  /**
   * It leaves its shard and follows another. Not in sync yet. A primary may when its shard has no slots and no other
   * node. Like `forget` and `detach` refused while it holds the only copy of its shard's data.
   */
  | {
      readonly kind: "replicate";
      readonly nodeId: NodeId;
      readonly shardId: ShardId;
      /** So many nodes the shard has as the proposer knows it; refused when others have come or gone since. */
      readonly shardSize?: number;
    }
  /** A replica leaves its shard and is the primary of a new, empty one. */
  | {
      readonly kind: "detach";
      readonly nodeId: NodeId;
      readonly shardId: ShardId;
      readonly historyId: string;
    }
  /** By the primary, whose epoch and view of the set must be the present ones. It stays the first member. */
  | {
      readonly kind: "set-isr";
      readonly shardId: ShardId;
      readonly epoch: number;
      readonly isrVersion: number;
      readonly isr: readonly IsrMember[];
    }
  /**
   * The member begins a new reign. `epoch` is the one that it ends: a promotion decided on an older one is refused.
   * The old primary leaves the set. `lossy`: TAKEOVER and reseating, where the member need not be in the set; the
   * shard begins a new history, the given one. `isHandedOver`: by the old primary itself, which has stopped serving for
   * good, so the new one need not wait for the end of its lease.
   */
  | {
      readonly kind: "promote";
      readonly shardId: ShardId;
      readonly epoch: number;
      readonly member: IsrMember;
      readonly lossy?: { readonly historyId: string };
      readonly isHandedOver?: true;
    }
  /** SET-CONFIG-EPOCH and BUMPEPOCH: another number for the same reign. Refused when it is taken or not higher. */
  | { readonly kind: "set-epoch"; readonly shardId: ShardId; readonly epoch: number };

/** One kind of them. */
export type FactCommandOf<Kind extends FactCommand["kind"]> = Extract<FactCommand, { kind: Kind }>;

/** Why a command changed nothing. Text for the log; `code` for who asked. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

export type RefusalCode =
  | "unknown-node"
  | "unknown-shard"
  | "forgotten"
  | "slot-taken"
  | "not-owner"
  | "stale"
  | "not-in-sync"
  | "not-empty"
  | "not-a-replica"
  | "epoch-taken"
  | "already-founded"
  | "voter"
  | "not-founded"
  | "no-primary"
  | "shard-taken"
  | "epoch-too-high"
  | "too-many-nodes";

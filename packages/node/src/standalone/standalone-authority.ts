import {
  NO_FACTS,
  type Facts,
  type IsrMember,
  type NodeFact,
  type NodeId,
  type ShardFact,
} from "@slotcast/control";
import type { IsrProposal } from "../replication/in-sync-set.ts";

/** A standalone process is a node of its own: it has no earlier life. */
const INCARNATION = 1;
/** Epochs that begin in one millisecond, so that two servers that are both told to lead do not share one. */
const EPOCHS_PER_MS = 1024;
const NOBODY = "0".repeat(40);

/** Who leads, by what was heard of him when he was dialled. */
export interface Leader {
  readonly nodeId: NodeId;
  readonly epoch: number;
  readonly historyId: string;
}

/**
 * The facts of a server without a cluster: what control decides there, an operator decides here, and the primary itself.
 * Whoever leads is a shard of his own, which bears his id; he answers proposals about his in-sync set at once. Nobody
 * else's facts say anything about it: a replica has its own from the greeting.
 *
 * Pure. Owner: StandaloneReplication, which tells the role of each change.
 */
export class StandaloneAuthority {
  readonly self: IsrMember;
  readonly #random: () => number;
  readonly #registered = new Map<NodeId, IsrMember>();
  /** Their links are down: they go when they are out of the set. */
  readonly #leaving = new Set<NodeId>();
  #shard: ShardFact;
  #version = 0;
  /** The highest that this process ever led under. */
  #epoch = 0;
  #facts: Facts = NO_FACTS;

  /** `random`: 0 up to 1. */
  constructor({ nodeId, random }: { readonly nodeId: NodeId; readonly random: () => number }) {
    this.self = memberOf(nodeId);
    this.#random = random;
    this.#shard = this.#shardOf({ nodeId: NOBODY, epoch: 0, historyId: "" }, undefined);
  }

  get facts(): Facts {
    return this.#facts;
  }

  get shard(): ShardFact {
    return this.#shard;
  }

  /**
   * This process begins a reign, where its log ends, and whoever follows it comes anew. Its epoch is higher than each of
   * that log, and of this process.
   */
  lead(options: {
    readonly historyId: string;
    readonly logEpoch: number;
    readonly unixMs: number;
  }): void {
    const { historyId, logEpoch, unixMs } = options;
    const last = Math.max(this.#epoch, logEpoch);
    const first = Math.max(Math.trunc(unixMs) * EPOCHS_PER_MS, last + 1);
    this.#epoch = first + Math.floor(this.#random() * EPOCHS_PER_MS);
    this.#forgetReplicas();
    const leader = { nodeId: this.self.nodeId, epoch: this.#epoch, historyId };
    this.#change(this.#shardOf(leader, this.self));
  }

  /** Somebody else leads; until he is reached nobody does. */
  followNobody(): void {
    this.#forgetReplicas();
    this.#change({ ...this.#shard, primary: undefined, isr: [] });
  }

  follow(leader: Leader): void {
    this.#change(this.#shardOf(leader, memberOf(leader.nodeId)));
  }

  /** A replica is linked to this process, which leads: it may come into the set. */
  register(nodeId: NodeId): void {
    this.#leaving.delete(nodeId);
    this.#registered.set(nodeId, memberOf(nodeId));
    this.#change(this.#shard);
  }

  /** Its link is down. */
  unregister(nodeId: NodeId): void {
    this.#leaving.add(nodeId);
    this.#change(this.#shard);
  }

  /** False: it is about another set than the present one. */
  setIsr({ epoch, isr, isrVersion }: IsrProposal): boolean {
    const shard = this.#shard;
    if (epoch !== shard.epoch || isrVersion !== shard.isrVersion) return false;
    this.#change({ ...shard, isr, isrVersion: isrVersion + 1 });
    return true;
  }

  #forgetReplicas(): void {
    this.#registered.clear();
    this.#leaving.clear();
  }

  #shardOf({ nodeId, epoch, historyId }: Leader, primary: IsrMember | undefined): ShardFact {
    const isr = primary === undefined ? [] : [primary];
    return { id: nodeId, primary, epoch, isr, isrVersion: 1, historyId };
  }

  #change(shard: ShardFact): void {
    this.#shard = shard;
    this.#version += 1;
    for (const nodeId of this.#leaving) {
      if (shard.isr.some((member) => member.nodeId === nodeId)) continue;
      this.#leaving.delete(nodeId);
      this.#registered.delete(nodeId);
    }
    const members = [this.self, ...shard.isr, ...this.#registered.values()];
    this.#facts = {
      ...NO_FACTS,
      version: this.#version,
      nodes: new Map(members.map(({ nodeId }) => [nodeId, nodeOf(nodeId, shard.id)])),
      shards: new Map([[shard.id, shard]]),
      currentEpoch: shard.epoch,
    };
  }
}

function memberOf(nodeId: NodeId): IsrMember {
  return { nodeId, incarnation: INCARNATION };
}

/** As a fact of a cluster has it; nobody asks where these nodes are. */
function nodeOf(id: NodeId, shardId: string): NodeFact {
  const nowhere = { host: "", port: 0, busPort: 0, hostname: "", name: "" };
  return { id, ...nowhere, incarnation: INCARNATION, shardId };
}

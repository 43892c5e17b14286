import { rangesByShard, type Facts, type NodeFact, type SlotRange } from "@slotcast/control";
import { SLOTS } from "@slotcast/protocol";
import type { ClusterNodeFacts, ClusterView, NodeId } from "@slotcast/router";

/** What a view is made of. */
export interface ViewParts {
  /** This process as it wants to be known: shown while the facts do not know it. */
  readonly self: NodeFact;
  readonly facts: Facts;
  /** A majority of the voters is alive, as far as this node has heard. */
  readonly hasQuorum: boolean;
  /** As SlotView has it. */
  readonly isServing: boolean;
  /** `cluster-require-full-coverage`. */
  readonly requiresFullCoverage: boolean;
}

/**
 * The cluster as its facts have it, for routing and for those who ask. The facts are immutable, and so is what follows
 * from them: worked out once for each version. Owner: ClusterNode.
 *
 * Cost of new facts: a walk over the nodes, and over the slots if those have changed.
 */
export class FactsView implements ClusterView {
  #parts: ViewParts;
  #version = 1;
  #nodes: ReadonlyMap<NodeId, ClusterNodeFacts> = new Map();
  #self: ClusterNodeFacts;
  #slots: ReadonlyMap<string, readonly SlotRange[]>;
  #slotsAssigned: number;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.#slots = rangesByShard(parts.facts.slotOwners);
    this.#slotsAssigned = countSlots(this.#slots);
    this.#self = this.#readNodes();
  }

  /** Whatever is the same as before is no change, and no new version. */
  update(changes: Partial<ViewParts>): void {
    const before = this.#parts;
    const parts = { ...before, ...changes };
    const isNews = VIEW_PARTS.some((name) => parts[name] !== before[name]);
    if (!isNews) return;
    this.#parts = parts;
    this.#version += 1;
    if (parts.facts.slotOwners !== before.facts.slotOwners) {
      this.#slots = rangesByShard(parts.facts.slotOwners);
      this.#slotsAssigned = countSlots(this.#slots);
    }
    if (parts.facts !== before.facts || parts.self !== before.self) this.#self = this.#readNodes();
  }

  /** What changes with the member: looked at with every step, and nearly always the same as before. */
  follow({ self, facts, hasQuorum, isServing }: Omit<ViewParts, "requiresFullCoverage">): void {
    const parts = this.#parts;
    if (
      self !== parts.self ||
      facts !== parts.facts ||
      hasQuorum !== parts.hasQuorum ||
      isServing !== parts.isServing
    ) {
      this.update({ self, facts, hasQuorum, isServing });
    }
  }

  get version(): number {
    return this.#version;
  }

  get facts(): Facts {
    return this.#parts.facts;
  }

  get selfId(): NodeId {
    return this.#parts.self.id;
  }

  get self(): ClusterNodeFacts {
    return this.#self;
  }

  get nodes(): ReadonlyMap<NodeId, ClusterNodeFacts> {
    return this.#nodes;
  }

  get slotsAssigned(): number {
    return this.#slotsAssigned;
  }

  get currentEpoch(): number {
    return this.facts.currentEpoch;
  }

  /** Redis calls `down` cluster_state:fail. Without any slot there is nothing to serve: always down. */
  get state(): "ok" | "down" {
    const { hasQuorum, requiresFullCoverage } = this.#parts;
    if (!hasQuorum || this.#slotsAssigned === 0) return "down";
    return this.#slotsAssigned < SLOTS && requiresFullCoverage ? "down" : "ok";
  }

  get followedId(): NodeId | undefined {
    return this.#self.primaryId;
  }

  get isServing(): boolean {
    return this.#parts.isServing;
  }

  /** Of a slot whose shard nobody leads: nobody. */
  ownerOf(slot: number): NodeId | undefined {
    const shardId = this.facts.slotOwners[slot];
    return shardId === undefined ? undefined : this.facts.shards.get(shardId)?.primary?.nodeId;
  }

  /** The slot is this node's, which serves nothing for the moment: its reign begins, or ends. */
  isAboutToServe(slot: number): boolean {
    return this.ownerOf(slot) === this.selfId && this.state === "ok" && !this.isServing;
  }

  /** This node, or one that it follows or that follows it. */
  isOfOwnShard(slot: number): boolean {
    const { facts, self } = this.#parts;
    const shardId = facts.nodes.get(self.id)?.shardId;
    return shardId !== undefined && facts.slotOwners[slot] === shardId;
  }

  /** Returns this node. One that the facts do not know, or know no more, is shown as Redis shows a new one: alone. */
  #readNodes(): ClusterNodeFacts {
    const { facts, self } = this.#parts;
    const nodes = new Map(
      Array.from(facts.nodes.values(), (node) => [node.id, this.#read(node)] as const),
    );
    const known = nodes.get(self.id) ?? this.#read(self);
    nodes.set(self.id, known);
    this.#nodes = nodes;
    return known;
  }

  #read(node: NodeFact): ClusterNodeFacts {
    const { facts } = this.#parts;
    const shard = facts.nodes.has(node.id) ? facts.shards.get(node.shardId) : undefined;
    const primaryId = shard?.primary?.nodeId;
    const isPrimary = shard === undefined || primaryId === node.id;
    return {
      id: node.id,
      shardId: node.shardId,
      role: isPrimary ? "primary" : "replica",
      primaryId: isPrimary ? undefined : primaryId,
      address: { host: node.host, port: node.port },
      busPort: node.busPort,
      hostname: node.hostname,
      nodeName: node.name,
      configEpoch: shard?.epoch ?? 0,
      slots: isPrimary && shard !== undefined ? (this.#slots.get(shard.id) ?? []) : [],
    };
  }
}

const VIEW_PARTS = [
  "self",
  "facts",
  "hasQuorum",
  "isServing",
  "requiresFullCoverage",
] as const satisfies readonly (keyof ViewParts)[];

function countSlots(ranges: ReadonlyMap<string, readonly SlotRange[]>): number {
  return [...ranges.values()].flat().reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

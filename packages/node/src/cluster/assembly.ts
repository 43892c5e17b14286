import {
  chooseAssignment,
  type AssemblySize,
  type FactCommand,
  type Facts,
  type NodeId,
} from "@slotcast/control";
import type { SeedAddress } from "../config/seed-address.ts";
import {
  ASSEMBLY_RETRY_MS,
  SEED_ROUND_FIRST_MS,
  SEED_ROUND_LAST_MS,
  SEED_ROUND_OPEN_MS,
} from "./limits.ts";

export type AssemblyAction =
  /** One try to join who is there; then call `met`. */
  | { readonly do: "meet"; readonly seed: SeedAddress }
  /** Then call `decided`. */
  | { readonly do: "propose"; readonly command: FactCommand };

/** What came of one try to meet a seed. */
export type SeedAnswer =
  /** It is this node. */
  | "self"
  /** This node is a member of its cluster now. */
  | "joined"
  /** Nobody is there, or somebody who cannot let this node in (yet). */
  | "failed"
  /** Its cluster does not want this node. */
  | "refused";

export interface AssemblyOptions {
  readonly selfId: NodeId;
  /** `cluster-seeds`. Not empty. */
  readonly seeds: readonly SeedAddress[];
  /** `cluster-size` and `cluster-replicas`; size 0: somebody else assigns slots. */
  readonly plan: AssemblySize;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * How new nodes that know a few addresses become one cluster. Each begins as a cluster of its own, alone. One of them
 * lets the others in: the first of the seeds, once it has asked all other seeds and none has let it in. Everybody else
 * asks the seeds in turn until one lets it in, and lets nobody in before that. So there is one cluster, in whatever order
 * they start; if the first seed never does, there is none.
 *
 * When so many nodes are there as were planned, each takes the place that chooseAssignment has for it: slots, or a
 * primary to follow. All work with the same facts, and what is not so any more is refused by the cluster, so no slot is
 * given twice. A node that has had a place is never given another: an operator moves it as he likes.
 *
 * Pure; it concerns this process only, and keeps nothing: after a restart the facts say how far it is. `step` when the
 * facts are others or time has passed.
 */
export class Assembly {
  readonly #options: AssemblyOptions;
  /** Seeds that are other nodes, and have not let this one in. */
  readonly #failed = new Set<SeedAddress>();
  /** Addresses of this node. */
  readonly #own = new Set<SeedAddress>();
  #next = 0;
  #roundMs = SEED_ROUND_FIRST_MS;
  #nextMeetingMs = Number.NEGATIVE_INFINITY;
  #nextProposalMs = Number.NEGATIVE_INFINITY;
  #isBusy = false;
  #isRefused = false;
  #isPlaced = false;
  /** Looked at in vain. */
  #seenFacts: Facts | undefined;

  constructor(options: AssemblyOptions) {
    this.#options = options;
  }

  /** May a node join this one that nobody has invited? */
  mayBeJoined(facts: Facts): boolean {
    const isAlone = facts.nodes.size <= 1;
    return !isAlone || this.#isFounder || facts.slotOwners.some((owner) => owner !== undefined);
  }

  /** Nothing more will happen. */
  get isOver(): boolean {
    return this.#isPlaced || this.#isRefused;
  }

  step(facts: Facts, nowMs: number): AssemblyAction[] {
    if (this.isOver || this.#isBusy) return [];
    const action = this.#nextAction(facts, nowMs);
    this.#isBusy = action !== undefined;
    return action === undefined ? [] : [action];
  }

  met(
    seed: SeedAddress,
    answer: SeedAnswer,
    { facts, nowMs }: { readonly facts: Facts; readonly nowMs: number },
  ): void {
    this.#isBusy = false;
    if (answer === "self") this.#own.add(seed);
    else if (answer === "failed") this.#failed.add(seed);
    // Who is in a cluster by now has its place there, whatever another one thinks of it.
    else if (answer === "refused" && facts.nodes.size <= 1) this.#isRefused = true;
    this.#next += 1;
    if (this.#next < this.#options.seeds.length) return;
    this.#next = 0;
    // Somebody who lets others in asks on, slowly: it may have lost its disk, and its cluster be elsewhere.
    const roundMs = this.#isFounder ? SEED_ROUND_OPEN_MS : this.#roundMs;
    this.#nextMeetingMs = nowMs + roundMs * (0.5 + this.#options.random() / 2);
    this.#roundMs = Math.min(this.#roundMs * 2, SEED_ROUND_LAST_MS);
  }

  /** `isAccepted`: the facts show it. */
  decided(isAccepted: boolean, nowMs: number): void {
    this.#isBusy = false;
    this.#seenFacts = undefined;
    if (!isAccepted) this.#nextProposalMs = nowMs + ASSEMBLY_RETRY_MS;
  }

  /** The first of the seeds, and all others were asked in vain. */
  get #isFounder(): boolean {
    const [first, ...others] = this.#options.seeds;
    const isFirst = first !== undefined && this.#own.has(first);
    const isAsked = (seed: SeedAddress): boolean => this.#own.has(seed) || this.#failed.has(seed);
    return isFirst && !this.isOver && others.every(isAsked);
  }

  #nextAction(facts: Facts, nowMs: number): AssemblyAction | undefined {
    const isAlone = facts.nodes.size <= 1;
    if (nowMs >= this.#nextProposalMs && (!isAlone || this.#isFounder)) {
      const command = this.#ownPlace(facts);
      if (command !== undefined) return { do: "propose", command };
    }
    if (!isAlone || this.isOver || nowMs < this.#nextMeetingMs) return undefined;
    const seed = this.#seedToMeet();
    return seed && { do: "meet", seed };
  }

  #seedToMeet(): SeedAddress | undefined {
    const { seeds } = this.#options;
    while (this.#next < seeds.length) {
      const seed = seeds[this.#next];
      if (seed !== undefined && !this.#own.has(seed)) return seed;
      this.#next += 1;
    }
    this.#next = 0;
    return undefined;
  }

  /** What this node has to ask for, of all that is still to be done. */
  #ownPlace(facts: Facts): FactCommand | undefined {
    const { selfId, plan } = this.#options;
    if (plan.size === 0 || facts === this.#seenFacts) return undefined;
    this.#seenFacts = facts;
    const shardId = facts.nodes.get(selfId)?.shardId;
    if (shardId === undefined) return undefined;
    if (hasPlace(facts, selfId)) {
      this.#isPlaced = true;
      return undefined;
    }
    const commands = chooseAssignment(facts, plan);
    const slots = commands.filter(({ kind }) => kind === "assign-slots");
    // Replicas come when all slots have an owner: until then another node may still become a primary.
    if (slots.length > 0) {
      return slots.find(
        (command) => command.kind === "assign-slots" && command.shardId === shardId,
      );
    }
    for (const command of commands) {
      if (command.kind !== "replicate" || command.nodeId !== selfId) continue;
      // Others choose at the same time, and may know newer facts: two must not take the same place.
      return { ...command, shardSize: nodesIn(facts, command.shardId) };
    }
    return undefined;
  }
}

/** It has slots, or a primary, or replicas. */
function hasPlace(facts: Facts, nodeId: NodeId): boolean {
  const { nodes, slotOwners } = facts;
  const shardId = nodes.get(nodeId)?.shardId;
  return nodesIn(facts, shardId) > 1 || slotOwners.some((owner) => owner === shardId);
}

function nodesIn({ nodes }: Facts, shardId: string | undefined): number {
  return [...nodes.values()].filter((node) => node.shardId === shardId).length;
}

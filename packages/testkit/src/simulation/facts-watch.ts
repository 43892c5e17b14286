import {
  checkFacts,
  type Facts,
  type IsrMember,
  type NodeId,
  type ShardFact,
  type ShardId,
} from "@slotcast/control";
import { shortId } from "./packet.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { expectThat, Violation } from "./violation.ts";

/** All facts that any node ever knew: one history of versions, the same for everybody. */
export class FactsWatch {
  #newest: Facts;
  readonly #byVersion = new Map<number, Facts>();
  /** What each process knows. */
  readonly #known = new Map<SimulatedProcess, number>();
  /** Every process that ever was. */
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #forgotten = new Set<NodeId>();
  /** Shards whose whole in-sync set lost its memory: what they had is gone, and nobody broke a promise. */
  readonly #lost = new Set<ShardId>();

  constructor(initial: Facts) {
    this.#newest = initial;
    this.#byVersion.set(initial.version, initial);
    this.#expectSound(initial);
  }

  /** Committed, whoever has heard of it. */
  get newest(): Facts {
    return this.#newest;
  }

  get lost(): ReadonlySet<ShardId> {
    return this.#lost;
  }

  started(process: SimulatedProcess): void {
    this.#processes.set(nameOf(process.core.self), process);
    this.learned(process, process.core.facts);
  }

  processOf(member: IsrMember): SimulatedProcess | undefined {
    return this.#processes.get(nameOf(member));
  }

  /** True: nobody knew them before. */
  learned(process: SimulatedProcess, facts: Facts): boolean {
    if (facts.version === 0) return false;
    const known = this.#known.get(process) ?? 0;
    expectThat(
      facts.version >= known,
      "facts never go back",
      () => `${process.name} learns version ${facts.version} after ${known}`,
    );
    this.#known.set(process, facts.version);
    const same = this.#byVersion.get(facts.version);
    if (same !== undefined) {
      this.#expectSame(process, same, facts);
      return false;
    }
    this.#byVersion.set(facts.version, facts);
    if (facts.version < this.#newest.version) return false;
    const before = this.#newest;
    this.#newest = facts;
    this.#expectSound(facts);
    this.#expectStep(before, facts);
    return true;
  }

  /** 6: who executes owns the slot, as of the facts that it knows; and facts of one version are the same everywhere. */
  executing({ name, core }: SimulatedProcess, slot: number): void {
    const { facts, self } = core;
    const owner = facts.slotOwners[slot];
    expectThat(
      owner !== undefined && facts.nodes.get(self.nodeId)?.shardId === owner,
      "6 one shard serves a slot",
      () => `${name} serves slot ${slot} of shard ${shortId(owner ?? "none")}`,
    );
  }

  #expectSound(facts: Facts): void {
    const [fault] = checkFacts(facts);
    if (fault !== undefined) throw new Violation("facts are sound", fault);
  }

  #expectSame({ name }: SimulatedProcess, one: Facts, other: Facts): void {
    expectThat(
      one === other || digestOf(one) === digestOf(other),
      "facts of one version are the same everywhere",
      () => `${name}, version ${one.version}:\n${digestOf(one)}\n${digestOf(other)}`,
    );
  }

  #expectStep(before: Facts, after: Facts): void {
    const added = after.voters.filter((id) => !before.voters.includes(id)).length;
    const removed = before.voters.filter((id) => !after.voters.includes(id)).length;
    expectThat(
      added + removed <= 1,
      "10 voter sets differ by one",
      () => `${before.voters.map(shortId).join(" ")}, then ${after.voters.map(shortId).join(" ")}`,
    );
    for (const id of before.nodes.keys()) if (!after.nodes.has(id)) this.#forgotten.add(id);
    for (const id of after.nodes.keys()) {
      expectThat(!this.#forgotten.has(id), "a forgotten node stays out", () => shortId(id));
    }
    for (const shard of after.shards.values()) {
      const old = before.shards.get(shard.id);
      if (old !== undefined) this.#expectShardStep(old, shard);
    }
  }

  #expectShardStep(before: ShardFact, after: ShardFact): void {
    const name = shortId(after.id);
    const isOrdered = after.epoch >= before.epoch && after.isrVersion >= before.isrVersion;
    expectThat(isOrdered, "7 epochs never decrease", () => `shard ${name}`);
    const isNewReign = after.primary?.nodeId !== before.primary?.nodeId;
    expectThat(
      !isNewReign || after.primary === undefined || after.epoch > before.epoch,
      "7 epochs never decrease",
      () => `shard ${name} has another primary in epoch ${after.epoch}`,
    );
    if (after.historyId === before.historyId) return;
    const survivor = before.isr.find((member) => this.processOf(member)?.isAlive === true);
    expectThat(
      survivor === undefined,
      "data is given up only when it is gone",
      () => `shard ${name}: ${survivor && nameOf(survivor)} has all of it`,
    );
    this.#lost.add(after.id);
  }
}

export function nameOf({ nodeId, incarnation }: IsrMember): string {
  return `${shortId(nodeId)}.${incarnation}`;
}

/** All that two nodes must agree on. */
function digestOf({ slotOwners, nodes, shards, ...rest }: Facts): string {
  return JSON.stringify({
    ...rest,
    slots: digestOfSlots(slotOwners),
    nodes: [...nodes.values()],
    shards: [...shards.values()],
  });
}

/** Facts of many versions share this array. */
const SLOT_DIGESTS = new WeakMap<Facts["slotOwners"], number>();

function digestOfSlots(slotOwners: Facts["slotOwners"]): number {
  let digest = SLOT_DIGESTS.get(slotOwners);
  if (digest === undefined) {
    digest = 0;
    for (const owner of slotOwners) {
      digest = (Math.imul(digest, 31) + (owner?.charCodeAt(owner.length - 1) ?? 0)) | 0;
    }
    SLOT_DIGESTS.set(slotOwners, digest);
  }
  return digest;
}

import {
  NO_FACTS,
  type Facts,
  type NodeFact,
  type ShardFact,
  type StoredState,
} from "@slotcast/control";
import { SLOTS } from "@slotcast/protocol";
import type { SeededRandom } from "./seeded-random.ts";

/** Versions before the run began. */
const FIRST_VERSION = 10;
const FIRST_TERM = 1;

/** The node with that number, in a cluster of `shards`: neighbours are of different shards. */
export function nodeFact(number: number, shardId: string): NodeFact {
  return {
    id: nodeIdOf(number),
    host: `10.0.0.${number}`,
    port: 6379,
    busPort: 16379,
    hostname: "",
    name: "",
    incarnation: 1,
    shardId,
  };
}

/** Short names behind zeros: `n1`, but of hex digits. */
function nodeIdOf(number: number): string {
  return `a${number}`.padStart(40, "0");
}

export function shardIdOf(number: number): string {
  return `5${number}`.padStart(40, "0");
}

export function historyIdOf(number: number): string {
  return `4${number}`.padStart(40, "0");
}

/** So many slots are dealt out like cards, so that a few small keys are of all shards; the rest in one piece to each. */
const DEALT_SLOTS = 48;

/**
 * A cluster that was assembled some time ago: the first nodes lead a shard each, the others follow them in turn, all in
 * sync.
 */
export function assembledFacts(options: {
  readonly nodes: number;
  readonly shards: number;
  readonly voters: number;
  readonly random: SeededRandom;
}): Facts {
  const { nodes, shards, voters, random } = options;
  const facts = Array.from({ length: nodes }, (_, number) =>
    nodeFact(number, shardIdOf(number % shards)),
  );
  const shardFacts = Array.from({ length: shards }, (_, number): ShardFact => {
    const isr = facts
      .filter(({ shardId }) => shardId === shardIdOf(number))
      .map(({ id, incarnation }) => ({ nodeId: id, incarnation }));
    return {
      id: shardIdOf(number),
      primary: isr[0],
      epoch: number + 1,
      isr,
      isrVersion: 1,
      historyId: historyIdOf(number),
    };
  });
  return {
    ...NO_FACTS,
    version: FIRST_VERSION,
    clusterId: "c".padStart(40, "0"),
    nodes: new Map(facts.map((node) => [node.id, node])),
    shards: new Map(shardFacts.map((shard) => [shard.id, shard])),
    slotOwners: Array.from({ length: SLOTS }, (_, slot) =>
      shardIdOf(slot < DEALT_SLOTS ? slot % shards : Math.floor((slot * shards) / SLOTS)),
    ),
    voters: random
      .shuffled(facts)
      .slice(0, voters)
      .map(({ id }) => id),
    currentEpoch: shards,
  };
}

/** What a voter of that cluster has on its disk. */
export function storedStateOf(facts: Facts): StoredState {
  const { voters } = facts;
  return {
    hardState: { term: FIRST_TERM, votedFor: undefined },
    snapshot: { index: FIRST_VERSION, term: FIRST_TERM, voters, facts },
    entries: [],
  };
}

import { SLOTS } from "@slotcast/protocol";
import type { SlotRange } from "./fact-command.ts";
import type { Facts, ForgottenNode, IsrMember, NodeFact, ShardFact, ShardId } from "./facts.ts";
import { checkFacts } from "./invariants.ts";
import { FORGOTTEN_MAX, NODES_MAX, VOTERS_MAX } from "./limits.ts";
import {
  booleanOf,
  countOf,
  fieldsOf,
  idOf,
  idsOf,
  listOf,
  textOf,
  type Plain,
} from "./plain-shape.ts";
import { rangesByShard, slotsIn } from "./slot-ranges.ts";

/**
 * The facts as plain data, for frames and files. A shard carries its slots, as `[first, last, first, last, ...]`, and
 * its in-sync set as `[node, incarnation, ...]`, the primary first; order is kept. Flat, since codecs bound nesting.
 */
export function factsToPlain(facts: Facts): Plain {
  const ranges = rangesByShard(facts.slotOwners);
  return {
    version: facts.version,
    clusterId: facts.clusterId,
    currentEpoch: facts.currentEpoch,
    voters: facts.voters,
    forgotten: facts.forgotten.map((node) => ({ ...node })),
    nodes: [...facts.nodes.values()].map(nodeToPlain),
    shards: [...facts.shards.values()].map((shard) => ({
      id: shard.id,
      epoch: shard.epoch,
      historyId: shard.historyId,
      isrVersion: shard.isrVersion,
      isr: membersToPlain(shard.isr),
      slots: rangesToPlain(ranges.get(shard.id) ?? []),
      ...(shard.isHandedOver && { isHandedOver: true }),
    })),
  };
}

/** Throws TypeError unless it is what factsToPlain makes of facts that hold (invariants.ts). */
export function factsFromPlain(value: unknown): Facts {
  const fields = fieldsOf(value, "facts", [
    "version",
    "clusterId",
    "currentEpoch",
    "voters",
    "forgotten",
    "nodes",
    "shards",
  ]);
  const slotOwners = new Array<ShardId | undefined>(SLOTS).fill(undefined);
  const nodes = listOf(fields.nodes, "nodes", NODES_MAX, nodeFromPlain);
  const shards = listOf(fields.shards, "shards", NODES_MAX, (item) =>
    shardFromPlain(item, slotOwners),
  );
  const facts: Facts = {
    version: countOf(fields.version, "version"),
    clusterId: fields.clusterId === "" ? "" : idOf(fields.clusterId, "clusterId"),
    nodes: byId(nodes, "nodes"),
    shards: byId(shards, "shards"),
    slotOwners,
    voters: votersFromPlain(fields.voters),
    currentEpoch: countOf(fields.currentEpoch, "currentEpoch"),
    forgotten: listOf(fields.forgotten, "forgotten", FORGOTTEN_MAX, forgottenFromPlain),
  };
  const [fault] = checkFacts(facts);
  if (fault !== undefined) throw new TypeError(`facts: ${fault}`);
  return facts;
}

function forgottenFromPlain(value: unknown): ForgottenNode {
  const fields = fieldsOf(value, "forgotten", ["nodeId", "lastVersion", "byReset"]);
  return {
    nodeId: idOf(fields.nodeId, "nodeId"),
    lastVersion: countOf(fields.lastVersion, "lastVersion"),
    byReset: booleanOf(fields.byReset, "byReset"),
  };
}

/** Writes who owns what into `slotOwners`. */
function shardFromPlain(value: unknown, slotOwners: (ShardId | undefined)[]): ShardFact {
  const fields = fieldsOf(value, "shard", [
    "id",
    "epoch",
    "historyId",
    "isrVersion",
    "isr",
    "slots",
    "isHandedOver?",
  ]);
  const id = idOf(fields.id, "shard");
  for (const slot of slotsIn(rangesFromPlain(fields.slots))) {
    if (slotOwners[slot] !== undefined) throw new TypeError(`slot ${slot} has two owners`);
    slotOwners[slot] = id;
  }
  const isr = membersFromPlain(fields.isr);
  return {
    id,
    primary: isr[0],
    epoch: countOf(fields.epoch, "epoch"),
    isr,
    isrVersion: countOf(fields.isrVersion, "isrVersion"),
    historyId: idOf(fields.historyId, "historyId"),
    ...handedOverFrom(fields.isHandedOver, "shard"),
  };
}

/** A flag that is true or not there. */
export function handedOverFrom(value: unknown, what: string): { readonly isHandedOver?: true } {
  if (value === undefined) return {};
  if (value !== true) throw new TypeError(`${what}: isHandedOver is true or not there`);
  return { isHandedOver: true };
}

function byId<T extends { readonly id: string }>(
  items: readonly T[],
  what: string,
): Map<string, T> {
  const map = new Map(items.map((item) => [item.id, item]));
  if (map.size < items.length) throw new TypeError(`${what}: one is there twice`);
  return map;
}

export function nodeToPlain(node: NodeFact): Plain {
  return { ...placelessToPlain(node), shardId: node.shardId };
}

export function nodeFromPlain(value: unknown): NodeFact {
  const fields = fieldsOf(value, "node", [...PLACELESS, "shardId"]);
  return { ...placelessFrom(fields), shardId: idOf(fields.shardId, "shardId") };
}

const PLACELESS = [
  "id",
  "host",
  "port",
  "busPort",
  "hostname",
  "name",
  "incarnation",
] as const satisfies readonly (keyof NodeFact)[];

/** A node without its shard, which it has no say in. */
export function placelessToPlain(node: Omit<NodeFact, "shardId">): { [name: string]: Plain } {
  const { id, host, port, busPort, hostname, name, incarnation } = node;
  return { id, host, port, busPort, hostname, name, incarnation };
}

export function placelessFromPlain(value: unknown): Omit<NodeFact, "shardId"> {
  return placelessFrom(fieldsOf(value, "node", PLACELESS));
}

const PORT_MAX = 65_535;

function placelessFrom(
  fields: Readonly<Record<(typeof PLACELESS)[number], unknown>>,
): Omit<NodeFact, "shardId"> {
  return {
    id: idOf(fields.id, "node"),
    host: textOf(fields.host, "host"),
    port: countOf(fields.port, "port", PORT_MAX),
    busPort: countOf(fields.busPort, "busPort", PORT_MAX),
    hostname: textOf(fields.hostname, "hostname"),
    name: textOf(fields.name, "name"),
    incarnation: countOf(fields.incarnation, "incarnation"),
  };
}

/** Of a log entry, a snapshot or the facts. One more than the most while one of them is being replaced. */
export function votersFromPlain(value: unknown): string[] {
  return idsOf(value, "voters", VOTERS_MAX + 1);
}

export function rangesToPlain(ranges: readonly SlotRange[]): Plain {
  return ranges.flatMap(({ first, last }) => [first, last]);
}

/** Ascending, without overlap: so there are never more than half the slots of them. */
export function rangesFromPlain(value: unknown): SlotRange[] {
  const ends = listOf(value, "slots", SLOTS, (item) => countOf(item, "slot", SLOTS - 1));
  const ranges = pairsOf(ends, "slots").map(([first, last]) => ({ first, last }));
  let previous = -1;
  for (const { first, last } of ranges) {
    if (first <= previous || last < first) throw new TypeError("slots: not in order");
    previous = last;
  }
  return ranges;
}

export function membersToPlain(members: readonly IsrMember[]): Plain {
  return members.flatMap(({ nodeId, incarnation }) => [nodeId, incarnation]);
}

/** No node twice. */
export function membersFromPlain(value: unknown): IsrMember[] {
  const flat = listOf(value, "isr", 2 * NODES_MAX, (item) => item);
  const members = pairsOf(flat, "isr").map(([nodeId, incarnation]) => ({
    nodeId: idOf(nodeId, "isr"),
    incarnation: countOf(incarnation, "isr"),
  }));
  if (new Set(members.map(({ nodeId }) => nodeId)).size < members.length) {
    throw new TypeError("isr: a node is there twice");
  }
  return members;
}

function pairsOf<T>(flat: readonly T[], what: string): [T, T][] {
  if (flat.length % 2 === 1) throw new TypeError(`${what}: no pairs`);
  return flat.flatMap((first, index) => {
    const second = flat[index + 1];
    return index % 2 === 0 ? [[first, second as T]] : []; // the count is even
  });
}

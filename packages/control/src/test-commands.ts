import type { FactCommandOf } from "./fact-command.ts";
import type { Facts, NodeFact } from "./facts.ts";
import { historyId, id, member, nodeIn, shardId, shardIn } from "./test-names.ts";

/** Commands for tests, by the names of test-names.ts. Those that rest on facts rest on the given ones. */

export function found(node: NodeFact): FactCommandOf<"found"> {
  return { kind: "found", clusterId: id("c"), node, historyId: historyId(node.name) };
}

export function join(
  node: NodeFact,
  options: Partial<Omit<FactCommandOf<"join">, "kind" | "node">> = {},
): FactCommandOf<"join"> {
  const defaults = { historyId: historyId(node.name), epoch: 0, slots: [] };
  const asked = { isInvited: false, knownVersion: Number.MAX_SAFE_INTEGER };
  return { kind: "join", node, ...defaults, ...asked, ...options };
}

/** The node started again. */
export function restart(facts: Facts, name: string): FactCommandOf<"update-node"> {
  const { incarnation } = nodeIn(facts, name);
  return update(facts, name, { incarnation: incarnation + 1 });
}

export function update(
  facts: Facts,
  name: string,
  changes: Partial<NodeFact>,
): FactCommandOf<"update-node"> {
  const { shardId: _shardId, ...node } = { ...nodeIn(facts, name), ...changes };
  return { kind: "update-node", node };
}

export function forget(name: string): FactCommandOf<"forget"> {
  return { kind: "forget", nodeId: id(name), byReset: false };
}

export function assign(shard: string, first: number, last: number): FactCommandOf<"assign-slots"> {
  return { kind: "assign-slots", shardId: shardId(shard), slots: [{ first, last }] };
}

export function release(
  shard: string,
  first: number,
  last: number,
): FactCommandOf<"release-slots"> {
  return { kind: "release-slots", shardId: shardId(shard), slots: [{ first, last }] };
}

export function replicate(name: string, shard: string): FactCommandOf<"replicate"> {
  return { kind: "replicate", nodeId: id(name), shardId: shardId(shard) };
}

/** Into a new shard. */
export function detach(name: string, shard: string): FactCommandOf<"detach"> {
  const ids = { nodeId: id(name), shardId: shardId(shard), historyId: historyId(shard) };
  return { kind: "detach", ...ids };
}

/** By the primary as it is. */
export function setIsr(
  facts: Facts,
  shard: string,
  ...names: readonly string[]
): FactCommandOf<"set-isr"> {
  const { id: shardIdOf, epoch, isrVersion } = shardIn(facts, shard);
  return { kind: "set-isr", shardId: shardIdOf, epoch, isrVersion, isr: names.map(member) };
}

export function promote(facts: Facts, shard: string, name: string): FactCommandOf<"promote"> {
  const { epoch } = shardIn(facts, shard);
  return { kind: "promote", shardId: shardId(shard), epoch, member: member(name) };
}

/** TAKEOVER. */
export function takeOver(facts: Facts, shard: string, name: string): FactCommandOf<"promote"> {
  return { ...promote(facts, shard, name), lossy: { historyId: historyId(`${name}f`) } };
}

export function setEpoch(shard: string, epoch: number): FactCommandOf<"set-epoch"> {
  return { kind: "set-epoch", shardId: shardId(shard), epoch };
}

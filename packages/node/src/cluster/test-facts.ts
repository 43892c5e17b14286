import {
  applyCommand,
  NO_FACTS,
  type FactCommand,
  type Facts,
  type IsrMember,
  type NodeFact,
} from "@slotcast/control";

/** Facts for tests, made by commands. Nodes are called `a1`, `a2`, `b1`: of the shards `a` and `b`. */

/** 40 hex digits that end with the name. */
export function id(name: string): string {
  return name.padStart(40, "0");
}

export function shardId(shard: string): string {
  return id(`5000${shard}`);
}

export function nodeFact(name: string, changes: Partial<NodeFact> = {}): NodeFact {
  const port = 7000 + Number.parseInt(name, 16);
  return {
    id: id(name),
    host: "127.0.0.1",
    port,
    busPort: port + 10_000,
    hostname: "",
    name: "",
    incarnation: 1,
    shardId: shardId(name.slice(0, 1)),
    ...changes,
  };
}

function member(name: string): IsrMember {
  return { nodeId: id(name), incarnation: 1 };
}

/** Throws when one is refused. */
export function applied(facts: Facts, ...commands: readonly FactCommand[]): Facts {
  return commands.reduce((before, command) => {
    const outcome = applyCommand(before, command, before.version + 1);
    if ("facts" in outcome) return outcome.facts;
    throw new Error(`${command.kind}: ${outcome.refusal.code}: ${outcome.refusal.detail}`);
  }, facts);
}

export function founded(node: NodeFact): Facts {
  return applied(NO_FACTS, {
    kind: "found",
    clusterId: id("c"),
    node,
    historyId: id("4000"),
  });
}

export function joined(
  facts: Facts,
  name: string,
  shard = `f${name}`,
  changes: Partial<NodeFact> = {},
): Facts {
  const node = nodeFact(name, { shardId: shardId(shard), ...changes });
  const historyId = id(`4000${name}`);
  const asked = { isInvited: true, knownVersion: facts.version };
  return applied(facts, { kind: "join", node, historyId, epoch: 0, slots: [], ...asked });
}

export function withSlots(facts: Facts, shard: string, first: number, last: number): Facts {
  const slots = [{ first, last }];
  return applied(facts, { kind: "assign-slots", shardId: shardId(shard), slots });
}

/** Follows the shard; not in sync. */
export function replicating(facts: Facts, name: string, shard: string): Facts {
  return applied(facts, { kind: "replicate", nodeId: id(name), shardId: shardId(shard) });
}

export function inSync(facts: Facts, shard: string, ...names: readonly string[]): Facts {
  const { epoch = 0, isrVersion = 0 } = facts.shards.get(shardId(shard)) ?? {};
  const isr = names.map(member);
  return applied(facts, { kind: "set-isr", shardId: shardId(shard), epoch, isrVersion, isr });
}

/** Shard a with half the slots, led by a1 and followed by a2, in sync; shard b with the others, led by b1. */
export function twoShards(): Facts {
  let facts = withSlots(founded(nodeFact("a1")), "a", 0, 8191);
  facts = withSlots(joined(facts, "b1", "b"), "b", 8192, 16_383);
  facts = replicating(joined(facts, "a2"), "a2", "a");
  return inSync(facts, "a", "a1", "a2");
}

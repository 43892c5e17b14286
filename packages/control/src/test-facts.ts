import { applyCommand } from "./apply-command.ts";
import type { FactCommand } from "./fact-command.ts";
import { NO_FACTS, type Facts, type NodeFact } from "./facts.ts";
import { divideSlots } from "./slot-ranges.ts";
import { found, join, replicate, setIsr } from "./test-commands.ts";
import { id, nodeFact, shardId } from "./test-names.ts";

/** Facts for tests, made by commands. */

/** Throws when one is refused. */
export function applied(facts: Facts, ...commands: readonly FactCommand[]): Facts {
  return commands.reduce((before, command) => {
    const outcome = applyCommand(before, command, before.version + 1);
    if ("facts" in outcome) return outcome.facts;
    throw new Error(`${command.kind}: ${outcome.refusal.code}: ${outcome.refusal.detail}`);
  }, facts);
}

/** One node, its own voter, with a shard without slots. */
export function founded(node: NodeFact): Facts {
  return applied(NO_FACTS, found(node));
}

/**
 * A shard for each list, named by its first letter; all slots divided among them. The first node of each leads, the
 * others follow and are in sync. The first node of all is the only voter.
 */
export function clusterOf(...shards: readonly (readonly string[])[]): Facts {
  const ranges = divideSlots(shards.length);
  return shards.reduce((facts, [primary = "", ...replicas], index) => {
    const shard = primary.slice(0, 1);
    const isFirst = facts === NO_FACTS;
    const led = applied(facts, isFirst ? found(nodeFact(primary)) : join(nodeFact(primary)), {
      kind: "assign-slots",
      shardId: shardId(shard),
      slots: ranges.slice(index, index + 1),
    });
    const followed = replicas.reduce(
      (before, name) =>
        applied(before, join(nodeFact(name, { shard: `f${name}` })), replicate(name, shard)),
      led,
    );
    return applied(followed, setIsr(followed, shard, primary, ...replicas));
  }, NO_FACTS);
}

export function withVoters(facts: Facts, ...names: readonly string[]): Facts {
  return { ...facts, voters: names.map(id) };
}

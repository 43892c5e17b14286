import type { ShardFact } from "@slotcast/control";
import { nameOf } from "./facts-watch.ts";
import { plain, shortId } from "./packet.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/**
 * What is not as it should be in a cluster without faults; empty when all is green. `isQuiet`: nobody writes any more,
 * so all logs and keyspaces of a shard must be equal, too.
 */
export function whatAils(
  cluster: SimulatedCluster,
  { isQuiet }: { readonly isQuiet: boolean },
): string[] {
  const { facts, processes } = cluster;
  const members = processes.filter(({ nodeId }) => facts.nodes.has(nodeId));
  const leaders = members.filter(({ core }) => core.control.isLeader);
  return [
    ...(leaders.length === 1 ? [] : [`there are ${leaders.length} leaders`]),
    ...members.flatMap(({ name, core }) =>
      core.facts.version === facts.version
        ? []
        : [`${name} knows version ${core.facts.version} of ${facts.version}`],
    ),
    ...members.flatMap(({ name, self }) =>
      facts.nodes.get(self.id)?.incarnation === self.incarnation ? [] : [`${name} is unknown`],
    ),
    ...[...facts.shards.values()]
      .filter(({ id }) => facts.slotOwners.includes(id))
      .flatMap((shard) => [
        ...whoServes(shard, members),
        ...whoIsMissing(shard, members),
        ...(isQuiet ? whoDiffers(shard, members) : []),
      ]),
  ];
}

function ofShard(shard: ShardFact, members: readonly SimulatedProcess[]): SimulatedProcess[] {
  return members.filter(({ core, nodeId }) => core.facts.nodes.get(nodeId)?.shardId === shard.id);
}

function whoServes(shard: ShardFact, members: readonly SimulatedProcess[]): string[] {
  const ours = ofShard(shard, members);
  const serving = ours.filter((process) => process.core.mayAnswer(process.nowMs));
  if (serving.length === 1) return [];
  const name = `shard ${shortId(shard.id)}`;
  return [`${name}: ${serving.length} serve; ${describeShard(shard)}`, ...ours.map(describe)];
}

function whoIsMissing(shard: ShardFact, members: readonly SimulatedProcess[]): string[] {
  const missing = ofShard(shard, members).filter(
    ({ core }) => !shard.isr.some((member) => nameOf(member) === nameOf(core.self)),
  );
  if (missing.length === 0) return [];
  const primary = members.find(({ nodeId }) => nodeId === shard.primary?.nodeId);
  const known = primary === undefined ? "nobody" : describe(primary);
  return missing.map((process) => `not in sync: ${describe(process)} with ${known}`);
}

function whoDiffers(shard: ShardFact, members: readonly SimulatedProcess[]): string[] {
  const ours = ofShard(shard, members);
  const primary = ours.find(({ nodeId }) => nodeId === shard.primary?.nodeId);
  if (primary === undefined) return [];
  const { position, hash } = primary.log;
  return ours.flatMap((process) => {
    const { log, name } = process;
    const isEqual = log.historyId === position.historyId && log.endOffset === position.offset;
    if (!isEqual || log.hash !== hash) return [`${name} has another log`];
    if (log.commitOffset !== log.endOffset) return [`${name} has not committed its log`];
    const isSame = process.keyspace.snapshot() === primary.keyspace.snapshot();
    return isSame ? [] : [`${name} has another keyspace`];
  });
}

function describeShard({ epoch, isr, historyId }: ShardFact): string {
  return `epoch ${epoch}, history ${shortId(historyId)}, set ${isr.map(nameOf).join(" ")}`;
}

function describe({ name, log, core, nowMs }: SimulatedProcess): string {
  const { historyId, epoch, endOffset, commitOffset } = log;
  const at = `${shortId(historyId)} ${epoch} ${commitOffset}–${endOffset}`;
  const { primary, replica } = core.role;
  const part =
    primary === undefined
      ? `replica, ${replica?.state}`
      : `primary, ${primary.isServing ? "serves" : "does not serve"}, may${core.maySchedule ? "" : " not"} execute, lease for ${core.control.leaseEndMs - nowMs} ms, ${plain(primary.followers)}`;
  return `${name} (${at}, ${part})`;
}

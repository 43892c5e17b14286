import type { ShardFact } from "@slotcast/control";
import { nameOf } from "./facts-watch.ts";
import { plain, shortId } from "./packet.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** What is not as it should be in a cluster without faults; empty when all is green. */
export function whatAils(cluster: SimulatedCluster): string[] {
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
      .flatMap((shard) => whatAilsShard(shard, members)),
  ];
}

function whatAilsShard(shard: ShardFact, members: readonly SimulatedProcess[]): string[] {
  const name = `shard ${shortId(shard.id)}`;
  const ours = members.filter(
    ({ core, nodeId }) => core.facts.nodes.get(nodeId)?.shardId === shard.id,
  );
  const serving = ours.filter((process) => process.core.mayAnswer(process.nowMs));
  const [primary] = serving;
  if (primary === undefined || serving.length > 1) {
    return [`${name}: ${serving.length} serve; ${describeShard(shard)}`, ...ours.map(describe)];
  }
  const { position, hash } = primary.log;
  return ours.flatMap((process) => {
    const { log, core } = process;
    const isIn = shard.isr.some((member) => nameOf(member) === nameOf(core.self));
    if (!isIn) return [`${name}: not in sync: ${describe(process)}`, describe(primary)];
    const isEqual = log.historyId === position.historyId && log.endOffset === position.offset;
    if (!isEqual || log.hash !== hash) return [`${name}: ${process.name} has another log`];
    if (log.commitOffset !== log.endOffset) {
      return [`${name}: ${process.name} has not committed its log`];
    }
    const isSame = process.keyspace.snapshot() === primary.keyspace.snapshot();
    return isSame ? [] : [`${name}: ${process.name} has another keyspace`];
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

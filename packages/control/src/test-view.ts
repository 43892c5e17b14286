import type { Facts } from "./facts.ts";
import type { LeaderView, LogProgress } from "./leader-view.ts";
import { id } from "./test-names.ts";

/** Rumours by the names of test-names.ts. Whoever is not named is there, at offset 100 of its shard's history. */
export interface Rumours {
  readonly leader?: string;
  /** Suspected, for so long. */
  readonly absentMs?: Readonly<Record<string, number>>;
  /** Voters that do not answer, though nobody suspects them yet. */
  readonly silent?: readonly string[];
  /** Who supports that it is replaced. */
  readonly supporters?: Readonly<Record<string, readonly string[]>>;
  readonly progress?: Readonly<Record<string, Partial<LogProgress> | "unknown">>;
  readonly leaving?: readonly string[];
}

export function viewOf(facts: Facts, rumours: Rumours = {}): LeaderView {
  const { leader = "a1", absentMs = {}, supporters = {}, progress = {} } = rumours;
  const { silent = [], leaving = [] } = rumours;
  const absence = byId(absentMs);
  const support = byId(supporters);
  const said = byId(progress);
  return {
    facts,
    selfId: id(leader),
    supporters: (nodeId) => new Set((support.get(nodeId) ?? []).map(id)),
    progress: (nodeId) => {
      const node = facts.nodes.get(nodeId);
      const shard = facts.shards.get(node?.shardId ?? "");
      const its = said.get(nodeId) ?? {};
      if (node === undefined || shard === undefined || its === "unknown") return undefined;
      const { incarnation } = node;
      return { incarnation, historyId: shard.historyId, epoch: shard.epoch, offset: 100, ...its };
    },
    isThere: (nodeId) => !absence.has(nodeId),
    hasAnswered: (voterId) => !absence.has(voterId) && !silent.map(id).includes(voterId),
    absentMs: (nodeId) => absence.get(nodeId) ?? 0,
    leaving: new Set(leaving.map(id)),
  };
}

function byId<T>(byName: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(byName).map(([name, value]) => [id(name), value]));
}

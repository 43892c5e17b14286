import type { NodeFact, NodeId } from "./facts.ts";
import type { LeaderView } from "./leader-view.ts";
import { VOTER_ABSENCE_MS } from "./limits.ts";
import { majorityOf, votersWanted } from "./voter-count.ts";

/**
 * The next voters when they should be others, or `undefined`. They differ from the present ones by one node, and those
 * of them that are there are a majority of them.
 *
 * How many follows from how many nodes there are; which, from the shards: as few as possible of one shard, then of
 * one host, so that what takes a shard away leaves the voters a majority. A voter that is there goes after its
 * replacement came, one that is gone before: a newcomer that does not answer must not stop everything.
 */
export function chooseVoters(view: LeaderView): readonly NodeId[] | undefined {
  const { voters, nodes } = view.facts;
  if (nodes.size === 0 || voters.length === 0) return undefined;
  const staying = [...nodes.keys()].filter((id) => !isLeaving(view, id)).length;
  const wanted = votersWanted(staying);
  const { best: newcomer, count } = newcomersFor(view);
  const out = whoGoes(view, { wanted, newcomer });
  const grown = newcomer && grow(view, newcomer);
  if (out !== undefined) {
    const shrunk = shrink(view, out);
    const isReplacedFirst = voters.length <= wanted && isThere(view, out);
    return isReplacedFirst ? (grown ?? shrunk) : (shrunk ?? grown);
  }
  // An even number bears no more losses than one less: two steps or none.
  const missing = voters.length % 2 === 0 ? 1 : 2;
  return voters.length < wanted && count >= missing ? grown : undefined;
}

function isLeaving({ leaving }: LeaderView, id: NodeId): boolean {
  return leaving?.has(id) ?? false;
}

/**
 * A voter is there when it answers the leader: one that died a moment ago may be the last leader, and whom gossip does
 * not miss yet must not be counted in a majority.
 */
function isThere(view: LeaderView, id: NodeId): boolean {
  if (id === view.selfId) return true;
  const { nodes, voters } = view.facts;
  return nodes.has(id) && view.isThere(id) && (!voters.includes(id) || view.hasAnswered(id));
}

/** Who may vote and does not: the best of them, and how many there are. One walk over the nodes. */
function newcomersFor(view: LeaderView): { best: NodeFact | undefined; count: number } {
  const { voters, nodes } = view.facts;
  const standing = voters.flatMap((id) => {
    const node = nodes.get(id);
    return node === undefined || isLeaving(view, id) ? [] : [node];
  });
  const byShard = countBy(standing, ({ shardId }) => shardId);
  const byHost = countBy(standing, ({ host }) => host);
  /** Negative: the left one is the better. */
  const compare = (left: NodeFact, right: NodeFact): number =>
    (byShard.get(left.shardId) ?? 0) - (byShard.get(right.shardId) ?? 0) ||
    (byHost.get(left.host) ?? 0) - (byHost.get(right.host) ?? 0) ||
    (left.id < right.id ? -1 : 1);
  let best: NodeFact | undefined;
  let count = 0;
  for (const node of nodes.values()) {
    if (voters.includes(node.id) || isLeaving(view, node.id) || !isThere(view, node.id)) continue;
    count += 1;
    if (best === undefined || compare(node, best) < 0) best = node;
  }
  return { best, count };
}

function whoGoes(
  view: LeaderView,
  { wanted, newcomer }: { wanted: number; newcomer: NodeFact | undefined },
): NodeId | undefined {
  const { voters, nodes } = view.facts;
  const others = voters.filter((id) => id !== view.selfId);
  const mustGo =
    voters.find((id) => !nodes.has(id)) ??
    others.find((id) => isLeaving(view, id)) ??
    voters.find((id) => isLeaving(view, id));
  if (mustGo !== undefined) return mustGo;
  const isTooMany = voters.length > wanted;
  if (newcomer !== undefined || isTooMany) {
    const absent = others.find((id) => view.absentMs(id) > VOTER_ABSENCE_MS);
    if (absent !== undefined) return absent;
  }
  const crowded = mostCrowded(view, others);
  if (isTooMany) return others.find((id) => !isThere(view, id)) ?? crowded?.id;
  if (crowded === undefined || newcomer === undefined || voters.length < wanted) return undefined;
  const isGain = crowded.inShard > 1 && votersIn(view, newcomer.shardId) === 0;
  return isGain && voters.every((id) => isThere(view, id)) ? crowded.id : undefined;
}

/** Of the shard with the most voters; the one that was chosen last. */
function mostCrowded(
  view: LeaderView,
  ids: readonly NodeId[],
): { id: NodeId; inShard: number } | undefined {
  let most: { id: NodeId; inShard: number } | undefined;
  for (const id of ids) {
    const shardId = view.facts.nodes.get(id)?.shardId;
    const inShard = shardId === undefined ? 0 : votersIn(view, shardId);
    if (inShard >= (most?.inShard ?? 0)) most = { id, inShard };
  }
  return most;
}

function votersIn({ facts }: LeaderView, shardId: string): number {
  return facts.voters.filter((id) => facts.nodes.get(id)?.shardId === shardId).length;
}

/** Those that are there must be a majority without the newcomer, except beside a lone voter. */
function grow(view: LeaderView, newcomer: NodeFact): readonly NodeId[] | undefined {
  const { voters } = view.facts;
  const present = voters.filter((id) => isThere(view, id)).length;
  const isSafe = voters.length === 1 || present >= majorityOf(voters.length + 1);
  return isSafe ? [...voters, newcomer.id] : undefined;
}

function shrink(view: LeaderView, out: NodeId): readonly NodeId[] | undefined {
  const rest = view.facts.voters.filter((id) => id !== out);
  const present = rest.filter((id) => isThere(view, id)).length;
  return present >= majorityOf(rest.length) ? rest : undefined;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

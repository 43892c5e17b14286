import type { NodeFact, NodeId, ShardId } from "./facts.ts";

/** Ordered by address, then dealt out host by host: the first of each host, the second of each, and so on. */
export function alternateHosts(nodes: readonly NodeFact[]): NodeFact[] {
  const byHost = new Map<string, NodeFact[]>();
  for (const node of [...nodes].sort(compareAddresses)) {
    const sameHost = byHost.get(node.host);
    if (sameHost === undefined) byHost.set(node.host, [node]);
    else sameHost.push(node);
  }
  const hosts = [...byHost.values()];
  const rounds = Math.max(0, ...hosts.map((sameHost) => sameHost.length));
  return Array.from({ length: rounds }, (_, round) =>
    hosts.flatMap((sameHost) => sameHost.slice(round, round + 1)),
  ).flat();
}

/** Any total order will do, as long as all agree on it. */
function compareAddresses(left: NodeFact, right: NodeFact): number {
  if (left.host !== right.host) return left.host < right.host ? -1 : 1;
  return left.port - right.port || (left.id < right.id ? -1 : 1);
}

interface Shard {
  readonly shardId: ShardId;
  /** Who is there already, the primary among them. */
  readonly nodes: readonly NodeFact[];
}

interface Place {
  readonly nodeId: NodeId;
  readonly shardId: ShardId;
}

/**
 * A shard for each of these nodes: always the shard with the fewest nodes takes next, one of a host that it does not
 * have if it can. What that leaves unlucky at the end is mended by swapping pairs.
 * Source: Redis 7.0 src/redis-cli.c, clusterManagerOptimizeAntiAffinity (there the swaps are random).
 */
export function placeReplicas(shards: readonly Shard[], replicas: readonly NodeFact[]): Place[] {
  const waiting = [...replicas];
  const takers = shards.map(({ shardId, nodes }) => ({
    shardId,
    hosts: nodes.map(({ host }) => host),
  }));
  const places: { node: NodeFact; taker: Taker }[] = [];
  while (waiting.length > 0) {
    const [first, ...others] = takers;
    if (first === undefined) return [];
    const taker = others.reduce(
      (least, next) => (next.hosts.length < least.hosts.length ? next : least),
      first,
    );
    const apart = waiting.findIndex(({ host }) => !taker.hosts.includes(host));
    for (const node of waiting.splice(Math.max(apart, 0), 1)) {
      places.push({ node, taker });
      taker.hosts.push(node.host);
    }
  }
  swapApart(places);
  return places.map(({ node, taker }) => ({ nodeId: node.id, shardId: taker.shardId }));
}

interface Taker {
  readonly shardId: ShardId;
  /** One for each of its nodes. */
  readonly hosts: string[];
}

/** Each swap leaves fewer pairs of one shard on one host, so it ends. */
function swapApart(places: readonly { node: NodeFact; taker: Taker }[]): void {
  for (const left of places) {
    if (clashes(left.taker, left.node.host) <= 1) continue;
    for (const right of places) {
      if (clashes(left.taker, left.node.host) <= 1) break;
      trySwap(left, right);
    }
  }
}

function trySwap(
  left: { node: NodeFact; taker: Taker },
  right: { node: NodeFact; taker: Taker },
): void {
  if (left.taker === right.taker || left.node.host === right.node.host) return;
  // Each counts itself where it is, and not where it would go.
  const now = clashes(left.taker, left.node.host) + clashes(right.taker, right.node.host) - 2;
  const then = clashes(left.taker, right.node.host) + clashes(right.taker, left.node.host);
  if (then >= now) return;
  exchange(left.taker.hosts, left.node.host, right.node.host);
  exchange(right.taker.hosts, right.node.host, left.node.host);
  [left.node, right.node] = [right.node, left.node];
}

function clashes({ hosts }: Taker, host: string): number {
  return hosts.filter((other) => other === host).length;
}

function exchange(hosts: string[], out: string, into: string): void {
  hosts[hosts.indexOf(out)] = into;
}

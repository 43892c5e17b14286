import type { Facts, IsrMember, NodeFact, ShardFact } from "./facts.ts";

/** Short names for tests, of hex digits: shard `a` has the nodes `a1`, `a2`, ... */

export function id(name: string): string {
  return name.padStart(40, "0");
}

/** Ids of shards and histories begin with a digit of their own: no two things share one. */
export function shardId(name: string): string {
  return id(`5000${name}`);
}

export function historyId(name: string): string {
  return id(`4000${name}`);
}

export interface NodeOptions {
  readonly shard?: string;
  readonly incarnation?: number;
  readonly host?: string;
  readonly port?: number;
}

/** In the shard whose name it begins with, unless told otherwise. */
export function nodeFact(name: string, options: NodeOptions = {}): NodeFact {
  const { shard = name.slice(0, 1), incarnation = 1, host = "127.0.0.1", port = 7000 } = options;
  const address = { host, port, busPort: port + 10_000, hostname: "" };
  return { id: id(name), ...address, name, incarnation, shardId: shardId(shard) };
}

/** `a1` or `a1.2`: its second incarnation. */
export function member(name: string): IsrMember {
  const [nodeName = "", incarnation = "1"] = name.split(".");
  return { nodeId: id(nodeName), incarnation: Number(incarnation) };
}

/** `a1.1 a2.1`, the primary first. */
export function isrOf(facts: Facts, name: string): string {
  return shardIn(facts, name)
    .isr.map(({ nodeId, incarnation }) => `${nodeId.replace(/^0+/, "")}.${incarnation}`)
    .join(" ");
}

export function shardIn(facts: Facts, name: string): ShardFact {
  const shard = facts.shards.get(shardId(name));
  if (shard === undefined) throw new Error(`no shard ${name}`);
  return shard;
}

export function nodeIn(facts: Facts, name: string): NodeFact {
  const node = facts.nodes.get(id(name));
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

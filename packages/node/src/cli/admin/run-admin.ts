import { setTimeout as wait } from "node:timers/promises";
import { lookup } from "node:dns/promises";
import { nameOf } from "../../cluster/cluster-problems.ts";
import type { ClusterStatus, NodeStatus } from "../../cluster/cluster-status.ts";
import { CHANGE_POLL_MS, CHANGE_WITHIN_MS } from "../limits.ts";
import { makeStyle, wantsColor } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import {
  parseAddress,
  parseAdminArguments,
  type AdminArguments,
  type AdminTarget,
  type AdminVerb,
} from "./admin-arguments.ts";
import { AdminError } from "./admin-error.ts";
import { askNode, readStatus, targetOf } from "./ask-node.ts";
import { bestReplica, chooseReplica } from "./choose-replica.ts";
import { findNode, findShard, membersOf, selfOf, shortId, type Member } from "./find-member.ts";
import { showStatus } from "./show-status.ts";
import { readWholeStatus } from "./whole-status.ts";

/** `slotcast cluster status | failover | …`. Resolves with the exit code. Rejects with an AdminError. */
export async function runAdmin(
  verb: AdminVerb,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const given = parseAdminArguments(verb, argv, terminal.env);
  switch (verb) {
    case "status":
      return printStatus(given, terminal);
    case "failover":
      return failOver(given, terminal);
    case "forget":
      return forget(given, terminal);
    case "add":
      return add(given, terminal);
    case "remove":
      return remove(given, terminal);
  }
}

/** So that scripts can tell: 1 is for what could not be asked. */
const STATUS_EXIT_CODES: Readonly<Record<ClusterStatus["state"], number>> = {
  ok: 0,
  degraded: 2,
  down: 3,
};

async function printStatus(given: AdminArguments, terminal: Terminal): Promise<number> {
  refuseWords(given.words);
  const status = await readWholeStatus(given.target);
  const style = makeStyle({ hasColor: wantsColor(terminal) });
  terminal.print(
    given.options.has("--json")
      ? `${JSON.stringify(status, undefined, 2)}\n`
      : showStatus(status, style),
  );
  return STATUS_EXIT_CODES[status.state];
}

async function failOver(given: AdminArguments, terminal: Terminal): Promise<number> {
  const { target, options } = given;
  refuseWords(given.words);
  const [takeover, force] = [options.has("--takeover"), options.has("--force")];
  if (takeover && force) throw new AdminError("--force or --takeover, not both");
  const [node, shard] = [options.get("--node"), options.get("--shard")];
  if (node !== undefined && shard !== undefined)
    throw new AdminError("--shard or --node, not both");
  const mode = takeover ? "takeover" : force ? "force" : "planned";
  const replica = chooseReplica(await readStatus(target), { node, shard, mode });
  await promote(replica, { target, mode });
  terminal.print(`${nameOf(replica.node)} leads shard ${shortId(replica.shard.id)} now\n`);
  return 0;
}

async function promote(
  { node }: Member,
  options: { readonly target: AdminTarget; readonly mode: "planned" | "force" | "takeover" },
): Promise<void> {
  const { target, mode } = options;
  const how = mode === "planned" ? [] : [mode.toUpperCase()];
  await askNode(targetOf(node, target), ["CLUSTER", "FAILOVER", ...how]);
}

async function forget(given: AdminArguments, terminal: Terminal): Promise<number> {
  const { target } = given;
  const name = oneWord(given.words, "which node?");
  const status = await readStatus(target);
  const member = findNode(status, name);
  await forgetBy(otherThan(member, status, target), member);
  terminal.print(`${nameOf(member.node)} is no member any more\n`);
  return 0;
}

async function forgetBy(by: AdminTarget, { node }: Member): Promise<void> {
  await askNode(by, ["CLUSTER", "FORGET", node.id]);
}

/** A node forgets neither itself nor its primary: somebody else must be asked, the node of the command line if it can. */
function otherThan({ node }: Member, status: ClusterStatus, target: AdminTarget): AdminTarget {
  const others = membersOf(status).filter(
    (other) =>
      other.node.id !== node.id &&
      other.shard.primary !== node.id &&
      (other.node.health === "online" || other.node.health === "loading"),
  );
  if (others.some((other) => other.node.id === status.self)) return target;
  const [other] = others;
  if (other === undefined) throw new AdminError("there is nobody else who could forget it");
  return targetOf(other.node, target);
}

async function add(given: AdminArguments, terminal: Terminal): Promise<number> {
  const { target, options } = given;
  const text = oneWord(given.words, "which node? Give its host:port");
  const address = parseAddress(text);
  if (address === undefined) throw new AdminError(`'${text}' is not of the form host:port`);
  const status = await readStatus(target);
  const leader = primaryToFollow(status, options);
  const newcomer: AdminTarget = { address, login: target.login };
  const its = await readStatus(newcomer);
  if (its.clusterId !== "" && its.clusterId === status.clusterId) {
    throw new AdminError(`${text} is a member already`);
  }
  const { length: nodes } = membersOf(its);
  if (nodes > 1) throw new AdminError(`${text} is in a cluster of ${nodes} nodes already`);
  const self = selfOf(its);
  const busPort = self?.node.busPort ?? 0;
  // CLUSTER MEET takes addresses, no names.
  const { address: ip } = await lookup(address.host);
  const bus = busPort === 0 ? [] : [String(busPort)];
  await askNode(target, ["CLUSTER", "MEET", ip, String(address.port), ...bus]);
  const { self: newId } = its;
  await until(`${text} is not a member`, async () => {
    const [ours, theirs] = await Promise.all([readStatus(target), readStatus(newcomer)]);
    const isKnown = membersOf(ours).some(({ node }) => node.id === newId);
    return isKnown && theirs.clusterId === ours.clusterId;
  });
  if (leader === undefined) {
    terminal.print(`${text} is a member, without slots and without a primary\n`);
    return 0;
  }
  await askNode(newcomer, ["CLUSTER", "REPLICATE", leader.node.id]);
  await until(`${text} follows ${nameOf(leader.node)}, and is not in sync`, async () => {
    const { node } = findNode(await readStatus(target), newId);
    return node.role === "replica" && node.isInSync;
  });
  terminal.print(`${text} follows ${nameOf(leader.node)}, in sync\n`);
  return 0;
}

function primaryToFollow(
  status: ClusterStatus,
  options: AdminArguments["options"],
): Member | undefined {
  const [replicaOf, shardText] = [options.get("--replica-of"), options.get("--shard")];
  if (replicaOf !== undefined && shardText !== undefined) {
    throw new AdminError("--shard or --replica-of, not both");
  }
  if (replicaOf === undefined && shardText === undefined) return undefined;
  const shard =
    replicaOf === undefined
      ? findShard(status, shardText ?? "")
      : findNode(status, replicaOf).shard;
  const node = shard.nodes.find(({ id }) => id === shard.primary);
  if (node === undefined) throw new AdminError(`shard ${shortId(shard.id)} has no primary`);
  return { node, shard };
}

async function remove(given: AdminArguments, terminal: Terminal): Promise<number> {
  const { target } = given;
  const name = oneWord(given.words, "which node?");
  const status = await readStatus(target);
  const member = findNode(status, name);
  const { node } = member;
  const successor = await handOver(member, target);
  if (successor !== undefined) terminal.print(`${nameOf(successor)} leads its shard now\n`);
  const now = successor === undefined ? status : await readStatus(targetOf(successor, target));
  await forgetBy(otherThan(findNode(now, node.id), now, target), member);
  terminal.print(`${nameOf(node)} is no member any more\n`);
  // So that it does not go on as if it were one. It may be away, or gone for good.
  await askNode(targetOf(node, target), ["CLUSTER", "RESET"]).catch(() => {
    terminal.complain(`slotcast: ${nameOf(node)} did not hear of it: stop it, or reset it\n`);
  });
  return 0;
}

/** Of a primary with slots. Resolves with its successor. */
async function handOver(
  { node, shard }: Member,
  target: AdminTarget,
): Promise<NodeStatus | undefined> {
  if (node.role === "replica" || shard.slots.length === 0) return undefined;
  const replica = bestReplica(shard, "in sync");
  if (replica === undefined) {
    throw new AdminError(
      `${nameOf(node)} has slots and no replica that is online and in sync: give it one first (slotcast cluster add host:port --replica-of ${nameOf(node)})`,
    );
  }
  const mode = node.health === "online" ? "planned" : "force";
  await promote({ node: replica, shard }, { target, mode });
  await until(`${nameOf(node)} is a primary still`, async () => {
    const { shards } = await readStatus(targetOf(replica, target));
    return shards.some(({ id, primary }) => id === shard.id && primary === replica.id);
  });
  return replica;
}

/** Rejects with an AdminError that says what is not so yet. A node that does not answer just now may soon. */
async function until(otherwise: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + CHANGE_WITHIN_MS;
  let last: unknown;
  for (;;) {
    try {
      if (await isTrue()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadlineMs) {
      const seconds = CHANGE_WITHIN_MS / 1000;
      throw new AdminError(`${otherwise} after ${seconds} s: see slotcast cluster status`, {
        cause: last,
      });
    }
    await wait(CHANGE_POLL_MS);
  }
}

function oneWord([word, ...more]: readonly string[], question: string): string {
  if (word === undefined) throw new AdminError(question);
  refuseWords(more);
  return word;
}

function refuseWords([word]: readonly string[]): void {
  if (word !== undefined) throw new AdminError(`unexpected argument '${word}'`);
}

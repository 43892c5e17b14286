import { setTimeout as wait } from "node:timers/promises";
import type { ClusterStatus } from "../cluster/cluster-status.ts";
import { READINESS_POLL_MS, READINESS_REPLY_MS } from "./limits.ts";
import { NodeClient } from "./node-client.ts";

export interface ReadinessOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly nodes: number;
  /** Of each primary. */
  readonly replicas: number;
  readonly signal: AbortSignal;
}

/**
 * Asks one node until it serves all slots, knows all nodes, has a link to each other one, all replicas are in sync,
 * and the loss of one node is not the loss of the voters' majority.
 * Returns false when `signal` ends the asking first.
 */
export async function untilReady(options: ReadinessOptions): Promise<boolean> {
  const { signal } = options;
  while (!signal.aborted) {
    // It does not listen yet, is slow, or refuses: asked again on a new connection.
    if (await askUntilReady(options).catch(() => false)) return true;
    await pause(signal);
  }
  return false;
}

/** False when `signal` ends the asking. Rejects when the node cannot be asked. */
async function askUntilReady(options: ReadinessOptions): Promise<boolean> {
  const { host, port, password, nodes, replicas, signal } = options;
  using client = await NodeClient.connect(
    { host, port },
    { login: { user: "", password }, timeoutMs: READINESS_REPLY_MS },
  );
  while (!signal.aborted) {
    const info = await client.ask(["CLUSTER", "INFO"]);
    if (isLinked(info, nodes)) {
      const status = JSON.parse(await client.ask(["CLUSTER", "STATUS"])) as ClusterStatus; // our own node's
      if (isInSync(status, replicas) && hasItsVoters(status)) return true;
    }
    await pause(signal);
  }
  return false;
}

/** Does this CLUSTER INFO say that the cluster of so many nodes serves, and that this one has a link to each other? */
export function isLinked(clusterInfo: string, nodes: number): boolean {
  const fields = new Map(
    clusterInfo.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  return (
    fields.get("cluster_state") === "ok" &&
    fields.get("cluster_known_nodes") === String(nodes) &&
    fields.get("cluster_links_connected") === String(nodes - 1)
  );
}

/** Each shard with slots has so many replicas, and all of them its data. */
export function isInSync({ state, shards }: ClusterStatus, replicas: number): boolean {
  const serving = shards.filter(({ slots }) => slots.length > 0);
  return (
    state !== "down" &&
    serving.every(
      ({ nodes }) =>
        nodes.length > replicas &&
        nodes.every(({ isInSync: has, health }) => has && health === "online"),
    )
  );
}

/** While the first others are made voters, the loss of one can stop a cluster for good. */
export function hasItsVoters({ voters }: ClusterStatus): boolean {
  return voters.nodes.length >= voters.wanted;
}

async function pause(signal: AbortSignal): Promise<void> {
  await wait(READINESS_POLL_MS, undefined, { signal }).catch(ignoreAbort);
}

function ignoreAbort(): void {
  // the loop sees `signal.aborted`
}

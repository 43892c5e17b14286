import { SLOTS } from "@slotcast/protocol";
import { BenchError } from "./bench-error.ts";
import type { NodeAddress, Reply } from "./resp-connection.ts";

export interface ClusterTopology {
  /** Nodes that own slots, in the order of their first slot. */
  readonly nodes: readonly NodeAddress[];
  /** By slot: index into `nodes`. */
  readonly owners: readonly (number | undefined)[];
}

/** A server that is no cluster owns all slots. */
export function standaloneTopology(address: NodeAddress): ClusterTopology {
  return { nodes: [address], owners: Array.from({ length: SLOTS }, () => 0) };
}

/**
 * Reads a CLUSTER SLOTS reply. A node may leave out its own address (an empty or null host): then it is the one that
 * was asked.
 */
export function parseClusterSlots(reply: Reply, asked: NodeAddress): ClusterTopology {
  const nodes: NodeAddress[] = [];
  const owners: (number | undefined)[] = Array.from({ length: SLOTS });
  const ranges = asArray(reply).map((entry) => {
    const [first, last, primary] = asArray(entry);
    if (typeof first !== "number" || typeof last !== "number" || primary === undefined) {
      throw new BenchError("CLUSTER SLOTS has an unexpected form");
    }
    return { first, last, address: parseAddress(primary, asked) };
  });
  for (const { first, last, address } of ranges.toSorted((a, b) => a.first - b.first)) {
    let node = nodes.findIndex(({ host, port }) => host === address.host && port === address.port);
    if (node === -1) node = nodes.push(address) - 1;
    owners.fill(node, first, last + 1);
  }
  if (nodes.length === 0) throw new BenchError("the cluster has no slots assigned");
  return { nodes, owners };
}

function parseAddress(reply: Reply, asked: NodeAddress): NodeAddress {
  const [host, port] = asArray(reply);
  if (typeof port !== "number") throw new BenchError("CLUSTER SLOTS has an unexpected form");
  return { host: typeof host === "string" && host !== "" ? host : asked.host, port };
}

function asArray(reply: Reply): readonly Reply[] {
  // Array.isArray does not narrow readonly arrays; everything else in a Reply is no array.
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

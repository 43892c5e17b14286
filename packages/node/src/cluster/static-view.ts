import { createHash } from "node:crypto";
import { SLOTS } from "@slotcast/protocol";
import type { ClusterNodeFacts, ClusterView, NodeId } from "@slotcast/router";
import { ConfigError } from "../config/config-error.ts";
import type { NodeRecord, NodesFile } from "../config/nodes-file.ts";

/**
 * The cluster as a file says it is, for the life of the process. Only `cluster-require-full-coverage` can
 * still change what follows from it.
 */
export class StaticClusterView implements ClusterView {
  readonly selfId: NodeId;
  readonly self: ClusterNodeFacts;
  readonly nodes: ReadonlyMap<NodeId, ClusterNodeFacts>;
  readonly slotsAssigned: number;
  readonly currentEpoch: number;
  readonly #owners: readonly (NodeId | undefined)[];
  #requiresFullCoverage: boolean;
  #version = 1;

  /** Throws ConfigError when a replica follows nobody the file knows. */
  constructor(options: {
    readonly file: NodesFile;
    readonly selfId: NodeId;
    readonly requiresFullCoverage: boolean;
  }) {
    const { file, selfId } = options;
    this.selfId = selfId;
    this.#requiresFullCoverage = options.requiresFullCoverage;
    const records = new Map(file.nodes.map((record) => [record.id, record]));
    const owners: (NodeId | undefined)[] = Array.from({ length: SLOTS });
    for (const { id, slots } of file.nodes) {
      for (const [first, last] of slots) owners.fill(id, first, last + 1);
    }
    this.#owners = owners;
    this.slotsAssigned = owners.filter((owner) => owner !== undefined).length;
    this.nodes = new Map(file.nodes.map((record) => [record.id, factsOf(record, records)]));
    const self = this.nodes.get(selfId);
    if (self === undefined) throw new Error(`${selfId} is not in its own view`);
    this.self = self;
    this.currentEpoch = Math.max(file.currentEpoch, ...file.nodes.map(({ epoch }) => epoch));
  }

  get version(): number {
    return this.#version;
  }

  /** Redis calls `down` cluster_state:fail. Without any slot there is nothing to serve: always down. */
  get state(): "ok" | "down" {
    if (this.slotsAssigned === 0) return "down";
    return this.slotsAssigned < SLOTS && this.#requiresFullCoverage ? "down" : "ok";
  }

  get followedId(): NodeId | undefined {
    return this.self.primaryId;
  }

  /** A file moves no data: a replica has none. */
  get isServing(): boolean {
    return this.self.role === "primary";
  }

  ownerOf(slot: number): NodeId | undefined {
    return this.#owners[slot];
  }

  /** `cluster-require-full-coverage` was changed. */
  requireFullCoverage(required: boolean): void {
    this.#requiresFullCoverage = required;
    this.#version += 1;
  }
}

function factsOf(record: NodeRecord, records: ReadonlyMap<NodeId, NodeRecord>): ClusterNodeFacts {
  const { id, host, port, flags, primaryId } = record;
  const primary = primaryId === undefined ? record : records.get(primaryId);
  if (primary === undefined || (flags.includes("slave") && primaryId === undefined)) {
    throw new ConfigError(
      `cluster-config-file: the replica ${id} follows ${primaryId ?? "nobody"}, which is not a node of the file`,
    );
  }
  return {
    id,
    shardId: primary.aux["shard-id"] ?? shardIdOf(primary.id),
    role: primaryId === undefined ? "primary" : "replica",
    primaryId,
    address: { host, port },
    busPort: record.busPort,
    hostname: record.hostname,
    nodeName: record.nodename,
    announced: new Map(record.announced.map(({ name, ...address }) => [name, address] as const)),
    configEpoch: record.epoch,
    slots: record.slots.map(([first, last]) => ({ first, last })),
  };
}

/** All nodes must agree on it, and a file need not say it: so it follows from what the file does say. */
function shardIdOf(primaryId: NodeId): string {
  return createHash("sha1").update(`shard of ${primaryId}`).digest("hex");
}

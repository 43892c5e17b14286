import { rangesOf, votersWanted, type NodeId } from "@slotcast/control";
import type { NodeStatus, ShardStatus, StatusSources } from "./cluster-status.ts";

/** Something about a cluster that is not as it should be. */
export interface Problem {
  readonly code: ProblemCode;
  /** `error`: somebody is not served now. `warning`: the next failure may do that. */
  readonly severity: "error" | "warning";
  /** A sentence without its full stop. */
  readonly text: string;
  readonly shard?: string;
  readonly node?: NodeId;
}

export type ProblemCode =
  /** It waits for its seeds, or for CLUSTER MEET. */
  | "no-cluster"
  /** Nothing can be decided: no failover, no change. */
  | "no-quorum"
  /** An election is under way. */
  | "no-leader"
  /** The loss of few may be the loss of a majority: of one, while the first others are made voters. */
  | "few-voters"
  | "slots-uncovered"
  /** Its slots are served by nobody until a successor is chosen. */
  | "no-primary"
  /** Writes are refused with NOREPLICAS. */
  | "isr-below-min"
  /** One copy of its data. */
  | "no-replica"
  | "not-in-sync"
  | "node-failed"
  | "node-suspected";

/** The errors first, otherwise in an order that stays. */
export function findProblems(
  sources: StatusSources,
  shards: readonly ShardStatus[],
): readonly Problem[] {
  const problems = [
    ...clusterProblems(sources),
    ...shards.flatMap((shard) => shardProblems(shard, sources)),
  ];
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    problems.filter((problem) => problem.severity === severity),
  );
  return [...(errors ?? []), ...(warnings ?? [])];
}

function clusterProblems(sources: StatusSources): Problem[] {
  const { facts, hasQuorum, leaderId, requiresFullCoverage } = sources;
  if (facts.clusterId === "") {
    return [{ code: "no-cluster", severity: "error", text: "this node is in no cluster yet" }];
  }
  const problems: Problem[] = [];
  if (!hasQuorum) {
    const text = `no majority of the ${facts.voters.length} voters is heard: nothing can be decided`;
    problems.push({ code: "no-quorum", severity: "error", text });
  } else {
    if (leaderId === undefined) {
      const text = "nobody leads the voters just now";
      problems.push({ code: "no-leader", severity: "warning", text });
    }
    const wanted = votersWanted(facts.nodes.size);
    if (facts.voters.length < wanted) {
      const text = `${facts.voters.length} of ${wanted} voters: it cannot bear the losses it is made for yet`;
      problems.push({ code: "few-voters", severity: "warning", text });
    }
  }
  const uncovered = [...facts.slotOwners.keys()].filter(
    (slot) => facts.slotOwners[slot] === undefined,
  );
  if (uncovered.length > 0) {
    const ranges = rangesOf(uncovered).map(({ first, last }) =>
      first === last ? `${first}` : `${first}-${last}`,
    );
    const effect = requiresFullCoverage ? ": the cluster serves nothing" : "";
    const text = `nobody owns the slots ${ranges.slice(0, RANGES_SHOWN_MAX).join(" ")}${ranges.length > RANGES_SHOWN_MAX ? " …" : ""}${effect}`;
    problems.push({ code: "slots-uncovered", severity: "error", text });
  }
  return problems;
}

/** In a text for people. */
const RANGES_SHOWN_MAX = 5;

function shardProblems(shard: ShardStatus, { minIsr }: StatusSources): Problem[] {
  const problems = shard.nodes.flatMap((node) => nodeProblems(node, shard));
  if (shard.slots.length === 0) return problems;
  const add = (problem: Omit<Problem, "shard">): void => {
    problems.push({ ...problem, shard: shard.id });
  };
  const primary = shard.nodes.find(({ id }) => id === shard.primary);
  if (primary === undefined || primary.health === "failed" || !primary.isInSync) {
    const text =
      primary === undefined
        ? "nobody leads this shard: its slots are not served"
        : primary.health === "failed"
          ? `its primary ${nameOf(primary)} has failed: its slots are not served`
          : `its primary ${nameOf(primary)} came back empty: its slots are not served`;
    add({ code: "no-primary", severity: "error", text });
  }
  if (shard.inSync.length < minIsr) {
    const text = `${shard.inSync.length} in sync, min-isr is ${minIsr}: writes are refused`;
    add({ code: "isr-below-min", severity: "error", text });
  }
  if (shard.nodes.length === 1) {
    const text = "no replica: this shard has one copy of its data";
    add({ code: "no-replica", severity: "warning", text });
  }
  return problems;
}

function nodeProblems(node: NodeStatus, shard: ShardStatus): Problem[] {
  const problem = (code: ProblemCode, text: string): Problem[] => [
    {
      code,
      severity: "warning",
      text: `${nameOf(node)} ${text}`,
      shard: shard.id,
      node: node.id,
    },
  ];
  switch (node.health) {
    case "failed":
      return problem("node-failed", "has failed: most voters do not hear of it");
    case "suspected":
      return problem("node-suspected", "is suspected: nothing was heard of it");
    case "loading":
    case "online":
      if (node.isInSync || shard.slots.length === 0 || node.role === "primary") return [];
      return problem("not-in-sync", "is not in sync: it cannot take over");
  }
}

/** As people know it. */
export function nameOf(node: Pick<NodeStatus, "name" | "host" | "port">): string {
  if (node.name !== "") return node.name;
  const { host, port } = node;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

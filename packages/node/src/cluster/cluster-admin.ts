import type { FactCommand, Facts, NodeId, ProposalOutcome } from "@slotcast/control";
import type { ReplicationReport } from "./replication-report.ts";
import type { PeerRumours } from "./rumoured-state.ts";

/** What came of something that is more than one proposal. `reason`: for the operator, a sentence without its full stop. */
export type AdminOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly reason: string };

/** How a replica becomes the primary. */
export type FailoverMode =
  /** The primary hands over: it stops writing until this node has all of it. No error to anybody. */
  | "planned"
  /** Without the primary's consent; still only when this node is in sync. */
  | "force"
  /** Whatever this node has: what was acknowledged and is not here is lost. */
  | "takeover";

/**
 * What the commands of operators ask of the cluster. All of it may take long, and none of it rejects: each promise
 * resolves when it is known what came of it, and when this node's own facts show that.
 *
 * Implemented by ClusterOperator.
 */
export interface ClusterAdmin {
  /** As `view` shows them, with what only commands need. */
  readonly facts: Facts;
  readonly replication: ReplicationReport;
  readonly rumours: PeerRumours;
  /** Of the voters, as far as this node knows. */
  readonly leaderId: NodeId | undefined;
  /** A majority of the voters is alive, as far as this node has heard. */
  readonly hasQuorum: boolean;
  /** 40 hex digits that nobody had before: for a shard or a history. */
  newId(): string;
  propose(command: FactCommand): Promise<ProposalOutcome>;
  /** This node's cluster and that node's become one. `done` also when that node does not answer yet: it is tried on. */
  meet(address: {
    readonly host: string;
    readonly port: number;
    readonly busPort: number;
  }): Promise<AdminOutcome>;
  /** Out of the facts; a voter is replaced first. */
  forget(nodeId: NodeId): Promise<AdminOutcome>;
  /** This node, a replica, becomes the primary of its shard. */
  failover(mode: FailoverMode): Promise<AdminOutcome>;
  /** This node leaves its cluster, and is alone, with an empty keyspace and, when `isHard`, with another id. */
  reset(options: { readonly isHard: boolean }): Promise<AdminOutcome>;
  /** How many nodes, this one included, say that they do not hear of that one. */
  failureReports(nodeId: NodeId): number;
  /** The facts are on disk when it resolves. */
  saveConfig(): Promise<AdminOutcome>;
}

import type { FactCommand, Facts, NodeId, ProposalOutcome } from "@slotcast/control";
import type { Bus } from "@slotcast/gossip";
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { AdminOutcome, ClusterAdmin, FailoverMode } from "./cluster-admin.ts";
import type { ClusterMember } from "./cluster-member.ts";
import type { ControlStore } from "./control-store.ts";
import type { HandOver } from "./hand-over.ts";
import type { Joining } from "./joining.ts";
import type { PeerRumours } from "./rumoured-state.ts";
import { reportOf } from "./report-of.ts";
import type { ReplicationReport } from "./replication-report.ts";

const ALONE_POLL_MS = 10;
const STILL_VOTES =
  "this node votes, and the others cannot be asked to do without it. CLUSTER RESET HARD gives it another name";
/** Another CLUSTER RESET was first, or it was being let into a cluster. */
const MOVED: AdminOutcome = {
  kind: "refused",
  reason: "this node has come into another cluster meanwhile: see CLUSTER NODES",
};

export interface ClusterOperatorOptions {
  readonly bus: () => Bus;
  readonly member: () => ClusterMember;
  readonly store: () => ControlStore;
  readonly joining: Joining;
  readonly handOver: HandOver;
  /**
   * This node forgets its cluster, and who it was when `isHard`. Resolves to false, and does nothing, when `leaving` is
   * no longer what it is there. Rejects when it cannot begin its own cluster.
   */
  readonly startOver: (
    leaving: ClusterMember,
    options: { readonly isHard: boolean },
  ) => Promise<boolean>;
  /** Why nodes on that host cannot be reached; `undefined`: they can. */
  readonly refusalOf: (host: string) => string | undefined;
}

/** What the commands of operators ask of this node and its cluster. Owner: ClusterNode. */
export class ClusterOperator implements ClusterAdmin {
  readonly #options: ClusterOperatorOptions;

  constructor(options: ClusterOperatorOptions) {
    this.#options = options;
  }

  get facts(): Facts {
    return this.#member.facts;
  }

  get replication(): ReplicationReport {
    return reportOf(this.#member);
  }

  get rumours(): PeerRumours {
    return this.#member.peerRumours;
  }

  get leaderId(): NodeId | undefined {
    return this.#member.core.control.leaderId;
  }

  get hasQuorum(): boolean {
    return this.#member.hasQuorum;
  }

  newId(): string {
    return randomBytes(20).toString("hex");
  }

  async propose(command: FactCommand): Promise<ProposalOutcome> {
    return this.#options.joining.propose(command);
  }

  async meet(address: {
    readonly host: string;
    readonly port: number;
    readonly busPort: number;
  }): Promise<AdminOutcome> {
    const { host, busPort } = address;
    const reason = this.#options.refusalOf(host);
    if (reason !== undefined) return { kind: "refused", reason };
    return this.#options.joining.meet({ host, port: busPort }, { isInvited: true });
  }

  async forget(nodeId: string): Promise<AdminOutcome> {
    return outcomeOf(await this.propose({ kind: "forget", nodeId, byReset: false }));
  }

  async failover(mode: FailoverMode): Promise<AdminOutcome> {
    if (mode === "planned") return this.#options.handOver.ask();
    const { shard, self } = this.#member;
    if (shard === undefined) return { kind: "refused", reason: "this node has no shard" };
    const promotion = {
      kind: "promote",
      shardId: shard.id,
      epoch: shard.epoch,
      member: self,
    } as const;
    const lossy = { historyId: this.newId() };
    return outcomeOf(await this.propose(mode === "takeover" ? { ...promotion, lossy } : promotion));
  }

  async reset(options: { readonly isHard: boolean }): Promise<AdminOutcome> {
    const leaving = this.#member;
    const { facts, self } = leaving;
    if (facts.nodes.size > 1 && facts.nodes.has(self.nodeId)) {
      const refusal = await this.#leave();
      if (refusal !== undefined) return refusal;
      if (leaving.hasEnded) return MOVED;
      // It may have voted in this very term, and its vote would be forgotten under the name that it keeps.
      const stillVotes = this.facts.voters.includes(self.nodeId);
      if (stillVotes && !options.isHard) return { kind: "refused", reason: STILL_VOTES };
    }
    try {
      return (await this.#options.startOver(leaving, options)) ? { kind: "done" } : MOVED;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "refused", reason: `${reason}. Try CLUSTER RESET again` };
    }
  }

  /** Resolves when the others have forgotten this node, or cannot be asked; otherwise to why they do not. */
  async #leave(): Promise<AdminOutcome | undefined> {
    const isOver = new AbortController();
    const nodeId = this.#member.self.nodeId;
    const forget = this.propose({ kind: "forget", nodeId, byReset: true });
    const outcome = await Promise.race([forget, this.#alone(isOver.signal)]);
    isOver.abort();
    return outcome?.kind === "refused" ? outcomeOf(outcome) : undefined;
  }

  failureReports(nodeId: string): number {
    return this.#member.core.detector.reportersOf(nodeId).length;
  }

  async saveConfig(): Promise<AdminOutcome> {
    try {
      await this.#options.store().flushFacts();
      return { kind: "done" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "refused", reason: `error saving the cluster node config: ${reason}` };
    }
  }

  /** Resolves when no peer talks to this node any more. Who is forgotten is not told: its links end. */
  async #alone(isOver: AbortSignal): Promise<undefined> {
    const { bus } = this.#options;
    // Links that were never there may be on their way: it has just joined.
    let hadLinks = false;
    const untilMs = performance.now() + bus().nodeTimeoutMs;
    const isAlone = (): boolean => {
      const hasLinks = bus().links.length > 0;
      hadLinks ||= hasLinks;
      return !hasLinks && (hadLinks || performance.now() >= untilMs);
    };
    while (!isOver.aborted && !isAlone()) {
      await setTimeout(ALONE_POLL_MS, undefined, { ref: false });
    }
  }

  get #member(): ClusterMember {
    return this.#options.member();
  }
}

function outcomeOf(outcome: ProposalOutcome): AdminOutcome {
  switch (outcome.kind) {
    case "accepted":
      return { kind: "done" };
    case "refused":
      return { kind: "refused", reason: outcome.refusal.detail };
    case "timed-out":
      return { kind: "refused", reason: "the cluster has not decided in time" };
  }
}

import { applyLogCommand } from "./apply-command.ts";
import type { ControlMessage, ProposalOutcome } from "./control-messages.ts";
import { decide } from "./decide.ts";
import type { FactCommand } from "./fact-command.ts";
import { NO_FACTS, type Facts, type IsrMember, type NodeId } from "./facts.ts";
import { FactsFeed } from "./facts-feed.ts";
import type { LeaderView } from "./leader-view.ts";
import { LeaseTraffic } from "./lease-traffic.ts";
import { ELECTION_TIMEOUT_MS, PROPOSAL_TIMEOUT_MS } from "./limits.ts";
import { PrimaryWatch } from "./primary-watch.ts";
import { ProposalDesk, type DeskHost } from "./proposal-desk.ts";
import type { LogCommand, LogEntry, RaftMessage } from "./raft/messages.ts";
import type { LogPosition } from "./raft/raft-log.ts";
import { Raft } from "./raft/raft.ts";
import type { DiskWrite, Ready, StoredState } from "./raft/stored-state.ts";
import type { Rumours } from "./rumours.ts";
import { SupportVotes } from "./support-votes.ts";

export type ControlAction =
  /** To disk, with fsync; then call `persisted`. What must wait for it is held back until then. */
  | { readonly do: "persist"; readonly write: DiskWrite }
  | { readonly do: "send"; readonly to: NodeId; readonly message: ControlMessage }
  /** The facts are these now. `changes`: what led here, for the log; empty after a jump. */
  | { readonly do: "facts"; readonly facts: Facts; readonly changes: readonly LogCommand[] }
  | { readonly do: "proposed"; readonly id: number; readonly outcome: ProposalOutcome };

export interface ControlOptions {
  /** This process. */
  readonly self: IsrMember;
  readonly rumours: Rumours;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly nowMs: number;
  /** What is on this node's disk; `founderState` for the first node of a cluster; `undefined`: it knows nothing. */
  readonly restored?: StoredState;
  /** The facts that this node saved last, voter or not. */
  readonly savedFacts?: Facts;
}

/**
 * One node's part in what the cluster agrees on: as a voter it decides with the others, as any node it follows, asks
 * for changes, and as a primary it holds a lease.
 *
 * Pure and synchronous: messages and time go in, `takeActions` gives what is to be done. `tick` at least every 20 ms.
 * Owner: ClusterCore.
 */
export class Control {
  readonly #self: IsrMember;
  readonly #rumours: Rumours;
  readonly #raft: Raft;
  /** What this node's own log has come to. Behind `#facts` where those were learned from others. */
  #machine: Facts;
  /** The last entry that `#machine` has seen. Behind the commit index while a write is under way. */
  #appliedIndex: number;
  #facts: Facts;
  #nowMs: number;
  readonly #feed: FactsFeed;
  readonly #send: (to: NodeId, message: ControlMessage) => void;
  readonly #desk: ProposalDesk;
  readonly #votes = new SupportVotes();
  /** As the leader: voters that somebody asked to forget, since when, and until when that counts. */
  readonly #leaving = new Map<NodeId, { readonly sinceMs: number; readonly untilMs: number }>();
  readonly #watch: PrimaryWatch;
  readonly #leases: LeaseTraffic;
  /** Its write is under way. */
  #writing: Ready | undefined;
  #actions: ControlAction[] = [];

  constructor({ self, rumours, random, nowMs, restored, savedFacts }: ControlOptions) {
    this.#self = self;
    this.#rumours = rumours;
    this.#nowMs = nowMs;
    this.#raft = new Raft({ selfId: self.nodeId, random, nowMs, ...(restored && { restored }) });
    this.#machine = restored?.snapshot?.facts ?? NO_FACTS;
    this.#appliedIndex = restored?.snapshot?.index ?? 0;
    const isNewer = savedFacts !== undefined && savedFacts.version > this.#machine.version;
    this.#facts = isNewer ? savedFacts : this.#machine;
    this.#watch = new PrimaryWatch({ selfId: self.nodeId, rumours, nowMs });
    const send = (to: NodeId, message: ControlMessage): void => {
      this.#actions.push({ do: "send", to, message });
    };
    this.#send = send;
    this.#feed = new FactsFeed(send);
    this.#desk = new ProposalDesk(this.#asDeskHost());
    this.#leases = new LeaseTraffic({
      self,
      watch: this.#watch,
      facts: () => this.#facts,
      unapplied: () => this.#raft.entriesAfter(this.#appliedIndex),
      send,
      behind: (from, atMs) => {
        this.#feed.request(from, atMs);
      },
    });
  }

  get facts(): Facts {
    return this.#facts;
  }

  get isLeader(): boolean {
    return this.#raft.role === "leader";
  }

  /** As far as this node knows. */
  get leaderId(): NodeId | undefined {
    return this.#desk.leaderId;
  }

  get term(): number {
    return this.#raft.term;
  }

  /** Until when this process, a primary, may answer reads; on the clock that `nowMs` is of. */
  get leaseEndMs(): number {
    return this.#leases.endMs;
  }

  /** Asks for a change; its id comes back with a `proposed`. A node without facts asks `via` it: to be let in. */
  propose(command: FactCommand, nowMs: number, via?: NodeId): number | undefined {
    this.#nowMs = nowMs;
    return this.#desk.ask(command, nowMs, via);
  }

  /** Tells a replica that it is about to be promoted. */
  prepare(replicaId: NodeId, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#send(replicaId, { kind: "prepare" });
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#raft.tick(nowMs);
    this.#desk.tick(nowMs);
    this.#leases.renew(nowMs);
    this.#reviewPrimaries();
    this.#lead();
  }

  /** The process that the facts know under that id is certainly dead. */
  peerGone(nodeId: NodeId, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#raft.peerGone(nodeId, nowMs);
    this.#desk.leaderGone(nodeId);
    this.#reviewPrimaries();
    this.#lead();
  }

  /** A peer said how new its facts are. */
  heardVersion(from: NodeId, version: number, nowMs: number): void {
    this.#nowMs = nowMs;
    if (version > this.#facts.version) this.#feed.request(from, nowMs);
  }

  receive(from: NodeId, message: ControlMessage, nowMs: number): void {
    this.#nowMs = nowMs;
    switch (message.kind) {
      case "raft":
        if (!this.#isOutdated(message.message)) this.#raft.receive(from, message.message, nowMs);
        break;
      case "facts-update":
        this.#receiveUpdate(from, message);
        break;
      case "facts-request":
        this.#send(from, { kind: "facts", facts: this.#facts });
        break;
      case "facts":
        this.#adopt(message.facts, []);
        break;
      case "propose":
      case "not-leader":
      case "proposed":
        this.#desk.receive(from, message, nowMs);
        break;
      case "prepare":
        this.#leases.ahead(nowMs);
        break;
      case "lease-request":
        this.#leases.asked(from, message, nowMs);
        break;
      case "lease-grant":
        this.#leases.granted(from, message, nowMs);
        break;
      case "support":
        this.#votes.said(from, message.against, nowMs);
        this.#lead();
        break;
    }
  }

  /** What there is to do, in this order. Empty: nothing. */
  takeActions(): ControlAction[] {
    this.#drainRaft();
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** The write of the last `persist` is durable. */
  persisted(nowMs: number): void {
    this.#nowMs = nowMs;
    const ready = this.#writing;
    if (ready === undefined) return;
    this.#writing = undefined;
    this.#raft.persisted(ready);
    this.#perform(ready);
    this.#lead();
  }

  // The log

  #drainRaft(): void {
    while (this.#writing === undefined) {
      const ready = this.#raft.takeReady();
      if (ready === undefined) return;
      if (ready.persist === undefined) {
        this.#perform(ready);
      } else {
        this.#writing = ready;
        this.#actions.push({ do: "persist", write: ready.persist });
      }
    }
  }

  #perform({ messages, restored, committed }: Ready): void {
    for (const { to, message } of messages) this.#send(to, { kind: "raft", message });
    if (restored !== undefined) {
      this.#machine = restored.facts;
      this.#appliedIndex = restored.index;
      this.#adopt(restored.facts, []);
    }
    for (const entry of committed) this.#apply(entry);
    if (this.#raft.wantsSnapshot) this.#compact(committed.at(-1));
  }

  #apply({ index, term, command }: LogEntry): void {
    const before = this.#machine;
    const outcome = applyLogCommand(before, command, index);
    this.#appliedIndex = index;
    if ("facts" in outcome && outcome.facts !== before) {
      this.#machine = outcome.facts;
      if (this.isLeader) this.#feed.push(before, outcome.facts, command, this.#self.nodeId);
      this.#adopt(outcome.facts, [command]);
    }
    // After the facts: who is told that it is so must be able to see it.
    this.#desk.committed(
      { index, term },
      "refusal" in outcome
        ? { kind: "refused", refusal: outcome.refusal }
        : { kind: "accepted", version: outcome.facts.version },
    );
  }

  #compact(last: LogEntry | undefined): void {
    if (last === undefined) return;
    const { index, term } = last;
    this.#raft.compact({ index, term, voters: this.#machine.voters, facts: this.#machine });
  }

  // The facts

  #receiveUpdate(
    from: NodeId,
    update: Extract<ControlMessage, { readonly kind: "facts-update" }>,
  ): void {
    const { clusterId, previousVersion, version, command } = update;
    this.#desk.leaderIs(from);
    const { facts } = this;
    const isNew = facts.clusterId === "";
    if ((clusterId !== facts.clusterId && !isNew) || version <= facts.version) return;
    // A node without facts is told because it has just been let in.
    if (isNew || previousVersion !== facts.version) {
      this.#feed.request(from, this.#nowMs);
      return;
    }
    const outcome = applyLogCommand(facts, command, version);
    if ("refusal" in outcome || outcome.facts.version !== version) {
      this.#feed.request(from, this.#nowMs);
    } else {
      this.#adopt(outcome.facts, [command]);
    }
  }

  /** Facts never go back, and never to another cluster. */
  #adopt(facts: Facts, changes: readonly LogCommand[]): void {
    const { clusterId, version } = this.#facts;
    if (facts.version <= version || (clusterId !== "" && facts.clusterId !== clusterId)) return;
    this.#facts = facts;
    this.#feed.arrived();
    this.#actions.push({ do: "facts", facts, changes });
    this.#leases.factsChanged(this.#nowMs);
  }

  #asDeskHost(): DeskHost {
    return {
      selfId: this.#self.nodeId,
      isLeader: () => this.isLeader,
      leaderId: () => this.#raft.leaderId,
      voters: () => this.#facts.voters,
      isMember: (nodeId) => this.#facts.nodes.has(nodeId),
      append: (command) => this.#append(command),
      send: this.#send,
      settled: (id, outcome) => {
        this.#actions.push({ do: "proposed", id, outcome });
      },
    };
  }

  /**
   * A candidate that lacks what is committed must not win, and does not, as long as voters keep their logs. A node that
   * was forgotten and let in again has none, but it has the facts.
   */
  #isOutdated(message: RaftMessage): boolean {
    return message.kind === "vote-request" && message.lastIndex < this.#facts.version;
  }

  /** A voter is forgotten when others vote: until then who asks for it asks in vain, and again. */
  #append(command: FactCommand): LogPosition | undefined {
    if (command.kind === "forget" && this.#machine.voters.includes(command.nodeId)) {
      this.#askedToLeave(command.nodeId);
      return undefined;
    }
    return this.#raft.propose({ kind: "facts", command }, this.#nowMs);
  }

  #askedToLeave(nodeId: NodeId): void {
    const before = this.#leaving.get(nodeId);
    const isNew = before === undefined || before.untilMs <= this.#nowMs;
    const sinceMs = isNew ? this.#nowMs : before.sinceMs;
    this.#leaving.set(nodeId, { sinceMs, untilMs: this.#nowMs + PROPOSAL_TIMEOUT_MS });
  }

  /**
   * Not at once: who is forgotten has often just died. After so long it has answered since it was asked to leave, or
   * does not count as there (`hasAnswered`).
   */
  #isLeavingNow({ sinceMs, untilMs }: { sinceMs: number; untilMs: number }): boolean {
    return this.#nowMs - sinceMs > ELECTION_TIMEOUT_MS && untilMs > this.#nowMs;
  }

  // Who must be replaced

  /** As a voter: says which primaries it wants replaced. */
  #reviewPrimaries(): void {
    if (!this.#isVoter) return;
    const against = this.#watch.review(this.#facts, this.#nowMs);
    if (against === undefined) return;
    const { leaderId } = this;
    if (this.isLeader) this.#votes.said(this.#self.nodeId, against, this.#nowMs);
    else if (leaderId !== undefined) this.#send(leaderId, { kind: "support", against });
  }

  get #isVoter(): boolean {
    return this.#facts.voters.includes(this.#self.nodeId);
  }

  /** As the leader: proposes what has to be done, once everything before has come to be. */
  #lead(): void {
    if (!this.isLeader) {
      this.#desk.leadsNoMore();
      this.#votes.clear();
      this.#leaving.clear();
      return;
    }
    const isSettled = this.#raft.commitIndex === this.#raft.lastIndex;
    if (!isSettled || !this.#raft.hasQuorum(this.#nowMs) || this.#writing !== undefined) return;
    for (const command of decide(this.#leaderView)) this.#raft.propose(command, this.#nowMs);
  }

  get #leaderView(): LeaderView {
    const facts = this.#machine;
    const rumours = this.#rumours;
    return {
      facts,
      selfId: this.#self.nodeId,
      supporters: (nodeId) => {
        const node = facts.nodes.get(nodeId);
        const primary = node && facts.shards.get(node.shardId)?.primary;
        return primary === undefined ? new Set() : this.#votes.supporters(primary, this.#nowMs);
      },
      progress: (nodeId) => rumours.progress(nodeId),
      isThere: (nodeId) => rumours.isThere(nodeId),
      hasAnswered: (voterId) => this.#raft.hasAnswered(voterId, this.#nowMs),
      absentMs: (nodeId) => rumours.absentMs(nodeId),
      leaving: new Set(
        [...this.#leaving].flatMap(([nodeId, asked]) =>
          this.#isLeavingNow(asked) ? [nodeId] : [],
        ),
      ),
    };
  }
}

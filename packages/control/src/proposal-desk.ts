import type { ControlMessage, ProposalOutcome } from "./control-messages.ts";
import type { FactCommand } from "./fact-command.ts";
import type { NodeId } from "./facts.ts";
import { Proposals } from "./proposals.ts";
import type { LogPosition } from "./raft/raft-log.ts";

/** What the desk needs of its node. */
export interface DeskHost {
  readonly selfId: NodeId;
  isLeader(): boolean;
  /** Of the voters; `undefined`: this node does not vote, or none is known. */
  leaderId(): NodeId | undefined;
  voters(): readonly NodeId[];
  isMember(nodeId: NodeId): boolean;
  /** Into the log, as the leader. */
  append(command: FactCommand): LogPosition | undefined;
  send(to: NodeId, message: ControlMessage): void;
  /** A proposal of this node itself has its outcome. */
  settled(id: number, outcome: ProposalOutcome): void;
}

type Decided = Exclude<ProposalOutcome, { readonly kind: "timed-out" }>;
type DeskMessage = Extract<
  ControlMessage,
  { readonly kind: "propose" | "not-leader" | "proposed" }
>;

/** Who wants to know what became of a proposal: this node itself, or another. */
interface Asker {
  readonly from: NodeId;
  readonly id: number;
}

/**
 * How a wish becomes an entry of the log, and its outcome an answer. A node asks the leader, and when it does not know
 * it, the voters in turn. A stranger, who knows nobody, is helped by whom it asks.
 */
export class ProposalDesk {
  readonly #host: DeskHost;
  readonly #open = new Proposals();
  /** As the leader: whose entries are in the log, and of which term. */
  readonly #awaited = new Map<number, Asker & { readonly term: number }>();
  /** Asked on behalf of strangers, by the number of our own proposal. */
  readonly #relayed = new Map<number, Asker>();
  #knownLeaderId: NodeId | undefined;
  #nowMs = 0;

  constructor(host: DeskHost) {
    this.#host = host;
  }

  get leaderId(): NodeId | undefined {
    return this.#host.leaderId() ?? this.#knownLeaderId;
  }

  /** That one said so, or acts so. */
  leaderIs(nodeId: NodeId | undefined): void {
    if (nodeId !== this.#host.selfId) this.#knownLeaderId = nodeId;
  }

  leaderGone(nodeId: NodeId): void {
    if (this.#knownLeaderId === nodeId) this.#knownLeaderId = undefined;
  }

  /** `via`: whom to ask when nobody else is known. */
  ask(command: FactCommand, nowMs: number, via?: NodeId): number | undefined {
    this.#nowMs = nowMs;
    if (via !== undefined) this.#knownLeaderId ??= via;
    const id = this.#open.add(command, nowMs);
    this.#sendDue();
    return id;
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#sendDue();
    for (const id of this.#open.takeTimedOut(nowMs)) this.#settle(id, { kind: "timed-out" });
  }

  receive(from: NodeId, message: DeskMessage, nowMs: number): void {
    this.#nowMs = nowMs;
    switch (message.kind) {
      case "propose":
        this.#proposed(from, message);
        break;
      case "not-leader":
        this.leaderIs(message.leaderId);
        if (message.leaderId === undefined) break;
        this.#open.askLeader(message.id, nowMs);
        this.#sendDue();
        break;
      case "proposed":
        if (this.#open.settle(message.id)) this.#settle(message.id, message.outcome);
        break;
    }
  }

  /** The entry is committed and applied. Another one may have taken the place of what was asked for. */
  committed({ index, term }: LogPosition, outcome: Decided): void {
    const asker = this.#awaited.get(index);
    this.#awaited.delete(index);
    if (asker?.term === term) this.#answer(asker, outcome);
  }

  /** This node leads no more: who asked will ask somebody else. */
  leadsNoMore(): void {
    this.#awaited.clear();
  }

  #sendDue(): void {
    for (const { id, command, tries } of this.#open.takeDue(this.#nowMs)) {
      if (this.#host.isLeader()) {
        this.#append(command, { from: this.#host.selfId, id });
        continue;
      }
      const to = this.#whomToAsk(tries);
      if (to !== undefined) this.#host.send(to, { kind: "propose", id, command });
    }
  }

  /** The leader, if it is known and was not asked in vain; else the voters in turn. */
  #whomToAsk(tries: number): NodeId | undefined {
    const { leaderId } = this;
    const { selfId } = this.#host;
    if (leaderId !== undefined && leaderId !== selfId && tries % 2 === 0) return leaderId;
    const others = this.#host.voters().filter((voter) => voter !== selfId);
    return others[Math.floor(tries / 2) % Math.max(others.length, 1)] ?? leaderId;
  }

  #proposed(
    from: NodeId,
    { id, command }: { readonly id: number; readonly command: FactCommand },
  ): void {
    if (this.#host.isLeader()) this.#append(command, { from, id });
    else if (this.#host.isMember(from)) {
      this.#host.send(from, { kind: "not-leader", id, leaderId: this.leaderId });
    } else this.#relay({ from, id }, command);
  }

  #relay(asker: Asker, command: FactCommand): void {
    for (const { from, id } of this.#relayed.values()) {
      if (from === asker.from && id === asker.id) return;
    }
    const own = this.#open.add(command, this.#nowMs);
    if (own === undefined) return;
    this.#relayed.set(own, asker);
    this.#sendDue();
  }

  #append(command: FactCommand, asker: Asker): void {
    const position = this.#host.append(command);
    if (position !== undefined) this.#awaited.set(position.index, { ...asker, ...position });
  }

  #answer({ from, id }: Asker, outcome: Decided): void {
    if (from !== this.#host.selfId) this.#host.send(from, { kind: "proposed", id, outcome });
    else if (this.#open.settle(id)) this.#settle(id, outcome);
  }

  #settle(id: number, outcome: ProposalOutcome): void {
    const asker = this.#relayed.get(id);
    this.#relayed.delete(id);
    if (asker === undefined) this.#host.settled(id, outcome);
    // A stranger that hears nothing asks again.
    else if (outcome.kind !== "timed-out") this.#answer(asker, outcome);
  }
}

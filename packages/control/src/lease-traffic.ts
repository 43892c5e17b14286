import type { ControlMessage } from "./control-messages.ts";
import type { Facts, IsrMember, NodeId, ShardId } from "./facts.ts";
import { Lease } from "./leases.ts";
import type { PrimaryWatch } from "./primary-watch.ts";
import type { LogEntry } from "./raft/messages.ts";
import { hasSlots, isSameMember } from "./shard-members.ts";

export interface LeaseTrafficOptions {
  /** This process. */
  readonly self: IsrMember;
  readonly watch: PrimaryWatch;
  readonly facts: () => Facts;
  /** Entries of this node's own log that its facts do not show yet. `undefined`: any may be among them. */
  readonly unapplied: () => readonly LogEntry[] | undefined;
  readonly send: (to: NodeId, message: ControlMessage) => void;
  /** That node has newer facts. */
  readonly behind: (from: NodeId, nowMs: number) => void;
}

/**
 * Leases on their way: a primary asks the voters for its own, and a voter answers those who ask.
 *
 * Owner: Control.
 */
export class LeaseTraffic {
  readonly #options: LeaseTrafficOptions;
  readonly #lease: Lease;

  constructor(options: LeaseTrafficOptions) {
    this.#options = options;
    this.#lease = new Lease(options.self.incarnation);
  }

  /** Until when this process, a primary, may answer reads; on the clock that `nowMs` is of. */
  get endMs(): number {
    return this.#lease.endMs(this.#options.facts().voters);
  }

  /** As a primary: asks when it is time to. */
  renew(nowMs: number): void {
    if (this.#lease.isDue(nowMs, this.#options.facts().voters) && this.#isPrimary) this.#ask(nowMs);
  }

  /**
   * A primary since this very change has clients that wait for its lease. What it asked ahead of time may have come too
   * early or too late for some voter: it does not wait to ask again.
   */
  factsChanged(nowMs: number): void {
    if (nowMs >= this.endMs && this.#isPrimary) this.#ask(nowMs);
    else this.renew(nowMs);
  }

  /**
   * As a replica that is about to be promoted. What it is granted counts from when it asked, which is before its own
   * reign, so it ends before any successor of it has waited for its end.
   */
  ahead(nowMs: number): void {
    this.#ask(nowMs);
  }

  /** As a voter. */
  asked(
    from: NodeId,
    { incarnation, sentMs }: { readonly incarnation: number; readonly sentMs: number },
    nowMs: number,
  ): void {
    const { self, facts, watch, send } = this.#options;
    const member = { nodeId: from, incarnation };
    if (!this.#isVoter || !this.#mayHold(member) || !watch.grant(member, nowMs)) return;
    const grant = { incarnation, sentMs, version: facts().version };
    if (from === self.nodeId) this.#lease.granted(from, grant);
    else send(from, { kind: "lease-grant", ...grant });
  }

  /** By newer facts others may vote: those are to be asked, and count. */
  granted(
    from: NodeId,
    grant: Extract<ControlMessage, { readonly kind: "lease-grant" }>,
    nowMs: number,
  ): void {
    const { facts, behind } = this.#options;
    if (grant.version > facts().version) behind(from, nowMs);
    else this.#lease.granted(from, grant);
  }

  #ask(nowMs: number): void {
    const { self, facts, send } = this.#options;
    if (!this.#mayHold(self)) return;
    this.#lease.asked(nowMs);
    for (const voter of facts().voters) {
      const request = { incarnation: self.incarnation, sentMs: nowMs };
      if (voter === self.nodeId) this.asked(voter, request, nowMs);
      else send(voter, { kind: "lease-request", ...request });
    }
  }

  get #isPrimary(): boolean {
    const { self, facts } = this.#options;
    const { nodes, shards } = facts();
    const primary = shards.get(nodes.get(self.nodeId)?.shardId ?? "")?.primary;
    return primary !== undefined && isSameMember(primary, self);
  }

  /**
   * It leads a shard with slots or may come to, being in its in-sync set; and nothing is on its way through our log by
   * which another would lead, or others vote. By its own promotion it comes to lead: that stands in nobody's way, and
   * its clients wait.
   */
  #mayHold(member: IsrMember): boolean {
    const facts = this.#options.facts();
    const shard = facts.shards.get(facts.nodes.get(member.nodeId)?.shardId ?? "");
    if (shard === undefined || !shard.isr.some((other) => isSameMember(other, member)))
      return false;
    return hasSlots(facts, shard.id) && !this.#isChanging(shard.id, member);
  }

  #isChanging(shardId: ShardId, member: IsrMember): boolean {
    // What a former voter has left uncommitted in its log stays there for ever, and says nothing.
    const unapplied = this.#isVoter ? this.#options.unapplied() : [];
    if (unapplied === undefined) return true;
    return unapplied.some(
      ({ command }) =>
        command.kind === "voters" ||
        (command.kind === "facts" &&
          command.command.kind === "promote" &&
          command.command.shardId === shardId &&
          !isSameMember(command.command.member, member)),
    );
  }

  get #isVoter(): boolean {
    return this.#options.facts().voters.includes(this.#options.self.nodeId);
  }
}

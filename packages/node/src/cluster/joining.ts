import {
  rangesByShard,
  type FactCommand,
  type Facts,
  type NodeFact,
  type NodeId,
  type ProposalOutcome,
} from "@slotcast/control";
import { BusProtocolError, type Bus, type BusAddress, type Stranger } from "@slotcast/gossip";
import type { Logger } from "../logger.ts";
import type { AdminOutcome } from "./cluster-admin.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { joinFromPlain, joinToPlain, type JoinMessage, type JoinRequest } from "./join-shape.ts";
import { Meetings, type Attempt } from "./meetings.ts";
import { ProposalGate } from "./proposal-gate.ts";

const BEHIND = "one of both has not heard yet that the other is a member";

export interface JoiningOptions {
  readonly bus: () => Bus;
  readonly member: () => ClusterMember;
  /**
   * This node gives up its own cluster, in which it is alone, for that one. Resolves to false when it has moved elsewhere
   * meanwhile: then nothing comes of it. Never rejects.
   */
  readonly adopt: (facts: Facts) => Promise<boolean>;
  /**
   * That life of this node ends: it becomes a cluster of its own, without keys and slots, and keeps its id. Resolves as
   * `adopt`; rejects when the new cluster does not begin in time.
   */
  readonly startOver: (leaving: ClusterMember) => Promise<boolean>;
  /** May a node join this one's cluster that nobody has invited? */
  readonly mayBeJoined: () => boolean;
  readonly logger: Logger;
}

/**
 * How two clusters become one: the node that is alone in its own joins the other's, with the slots that it claimed
 * there. Who dialled decides who asks: a lone node asks to be let in, any other invites. Two clusters of several nodes
 * each stay two.
 *
 * Owner: ClusterNode.
 */
export class Joining {
  readonly #options: JoiningOptions;
  readonly #meetings: Meetings;
  readonly #gate: ProposalGate;
  /** Whom this node asks to be let in, and in which of its lives. Meanwhile the gate is closed. */
  #asking: { readonly nodeId: NodeId; readonly member: ClusterMember } | undefined;
  /** From one cluster into another. */
  #isMoving = false;
  /** Nodes that are being let in. */
  #guests = 0;

  constructor(options: JoiningOptions) {
    this.#options = options;
    const { bus, member, logger } = options;
    const version = (): number => member().facts.version;
    const introduce = (stranger: Stranger): void => {
      this.up(stranger);
    };
    this.#meetings = new Meetings({ bus, version, introduce, logger });
    this.#gate = new ProposalGate(async (command) => member().propose(command));
  }

  /** As ClusterMember has it, for what is asked from outside. While this node is being let in elsewhere, it waits. */
  async propose(command: FactCommand): Promise<ProposalOutcome> {
    return this.#gate.propose(command);
  }

  /**
   * `isInvited`: an operator wants it, so also a node that was forgotten may come back. Resolves when the nodes are in
   * one cluster, when they cannot be, or after MEET_ANSWER_MS: then it is tried on.
   */
  async meet(
    address: BusAddress,
    { isInvited }: { readonly isInvited: boolean },
  ): Promise<AdminOutcome> {
    return this.#meetings.meet(address, { isInvited });
  }

  /** One try, for who tries again by itself. */
  async attempt(address: BusAddress, { isInvited }: { isInvited: boolean }): Promise<Attempt> {
    return this.#meetings.attempt(address, { isInvited });
  }

  // What the bus tells

  /** Who dialled says first who it is. */
  up(stranger: Stranger): void {
    if (stranger.direction === "to") this.#introduce(stranger, { isAnswer: false });
  }

  down(stranger: Stranger, reason: string): void {
    if (this.#asking?.nodeId === stranger.nodeId) this.#askNoMore();
    this.#meetings.with(stranger)?.settle({ kind: "failed", reason });
  }

  meetFailed(address: BusAddress, reason: string): void {
    this.#meetings.failed(address, reason);
  }

  /** Throws BusProtocolError for what is none of these messages. */
  received(stranger: Stranger, plain: unknown): void {
    let message: JoinMessage;
    try {
      message = joinFromPlain(plain);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new BusProtocolError("bad-body", error.message);
    }
    if (this.#isMoving) this.#putOff(stranger, message);
    else this.#answer(stranger, message);
  }

  #answer(stranger: Stranger, message: JoinMessage): void {
    switch (message.kind) {
      case "card":
        // Whichever link it came on: when both have dialled, each says all on its own one.
        if (message.isAnswer) this.#decide(stranger, message);
        else if (this.#isOurs(message.clusterId) && !this.#knows(stranger.nodeId)) {
          this.#sayRemoved(stranger);
        } else this.#introduce(stranger, { isAnswer: true });
        break;
      case "invite":
        if (this.#isLone) void this.#ask(stranger, true);
        else {
          // A member's invitation is about what this node was before that one let it in.
          const isFinal = !this.#knows(stranger.nodeId);
          this.#refuse(stranger, "it is in a cluster with other nodes already", isFinal);
        }
        break;
      case "removed":
        if (this.#isOurs(message.clusterId)) this.#removed(stranger, message);
        break;
      case "ask":
        void this.#letIn(stranger, message.command);
        break;
      case "welcome":
        void this.#welcomed(stranger, message.facts);
        break;
      case "sorry": {
        const { reason, isFinal } = message;
        if (this.#asking?.nodeId === stranger.nodeId) this.#askNoMore();
        this.#meetings.with(stranger)?.settle({ kind: isFinal ? "refused" : "failed", reason });
        break;
      }
    }
  }

  /** All that this node could say is about the cluster that it leaves. */
  #putOff(stranger: Stranger, { kind }: JoinMessage): void {
    // Who asked twice is welcomed twice.
    if (kind === "welcome" || kind === "sorry") return;
    const reason = "it is moving to another cluster";
    this.#refuse(stranger, reason, false);
    this.#meetings.with(stranger)?.settle({ kind: "failed", reason });
  }

  get #isLone(): boolean {
    return this.#options.member().facts.nodes.size === 1 && this.#knowsItself;
  }

  /** Not when it was removed, and has heard that. */
  get #knowsItself(): boolean {
    return this.#knows(this.#options.member().self.nodeId);
  }

  #knows(nodeId: NodeId): boolean {
    return this.#options.member().facts.nodes.has(nodeId);
  }

  #isOurs(clusterId: string): boolean {
    return this.#options.member().facts.clusterId === clusterId;
  }

  #decide(stranger: Stranger, card: Extract<JoinMessage, { readonly kind: "card" }>): void {
    const meeting = this.#meetings.with(stranger);
    if (this.#isOurs(card.clusterId)) {
      if (!this.#knows(stranger.nodeId)) this.#sayRemoved(stranger);
      else if (this.#knowsItself) {
        meeting?.settle({ kind: "done" });
        this.#options.bus().dismiss(stranger.nodeId);
      } else meeting?.settle({ kind: "failed", reason: BEHIND });
    } else if (this.#isLone) void this.#ask(stranger, meeting?.isInvited ?? false);
    else if (card.nodeCount === 1) this.#say(stranger, { kind: "invite" });
    else {
      meeting?.settle({
        kind: "refused",
        reason: "Both nodes are in clusters with other nodes: clusters do not merge",
      });
    }
  }

  // Who was forgotten

  /** The other takes itself for a member of this cluster. Whether it is this node that is behind, it will see. */
  #sayRemoved(stranger: Stranger): void {
    const { clusterId, version, forgotten } = this.#options.member().facts;
    const meeting = this.#meetings.with(stranger);
    const entry = forgotten.find(({ nodeId }) => nodeId === stranger.nodeId);
    if (meeting !== undefined && entry !== undefined && meeting.knownVersion <= entry.lastVersion) {
      // What was said before that does not bring it back, and must not cost it its keys.
      meeting.settle({ kind: "refused", reason: "it was removed from the cluster since" });
      return;
    }
    const isInvited = meeting?.isInvited ?? false;
    this.#say(stranger, { kind: "removed", clusterId, version, isInvited });
  }

  /**
   * Facts never go back: newer ones without this node mean that it was removed, even when it has not heard of it. Nobody
   * is removed who has the only copy of anything: what this node has may go.
   */
  #removed(
    stranger: Stranger,
    { version, isInvited }: Extract<JoinMessage, { readonly kind: "removed" }>,
  ): void {
    const meeting = this.#meetings.with(stranger);
    if (this.#knowsItself && version <= this.#options.member().facts.version) {
      // The other one is behind, or was removed itself before this node came in.
      if (!this.#knows(stranger.nodeId)) this.#sayRemoved(stranger);
      else {
        this.#refuse(stranger, BEHIND, false);
        meeting?.settle({ kind: "failed", reason: BEHIND });
      }
    } else if (isInvited || meeting?.isInvited === true) void this.#startOver(stranger);
    else {
      const reason = "removed from the cluster: it comes back by CLUSTER MEET only";
      this.#refuse(stranger, reason, true);
      meeting?.settle({ kind: "refused", reason });
    }
  }

  /** Then it is alone, and the next try lets it in. */
  async #startOver(stranger: Stranger): Promise<void> {
    const { member, startOver, logger } = this.#options;
    const { clusterId } = member().facts;
    logger.warn(
      { event: "cluster.starts-over", clusterId, by: stranger.nodeId },
      "was removed from its cluster, and is invited back: starts over, without its keys",
    );
    this.#isMoving = true;
    try {
      await startOver(member());
    } catch (error) {
      logger.warn({ err: error }, "could not start over: try CLUSTER RESET");
    }
    this.#isMoving = false;
    const reason = "it was removed from the cluster, and starts over";
    this.#refuse(stranger, reason, false);
    this.#meetings.with(stranger)?.settle({ kind: "failed", reason });
  }

  // Who is let in

  async #ask(stranger: Stranger, isInvited: boolean): Promise<void> {
    const member = this.#options.member();
    const before = this.#asking;
    // It will answer, or its link will end; and that must not be taken for the answer to a second time.
    if (before?.nodeId === stranger.nodeId && before.member === member) return;
    const isBusy = before !== undefined && before.nodeId !== stranger.nodeId;
    if (isBusy || this.#guests > 0) {
      const reason = isBusy ? "another one is being asked" : "another one is being let in";
      this.#meetings.with(stranger)?.settle({ kind: "failed", reason });
      return;
    }
    const asking = { nodeId: stranger.nodeId, member };
    this.#asking = asking;
    // What is being decided here goes with it, and nothing more is decided behind its back.
    await this.#gate.close();
    if (this.#asking !== asking) return;
    const { facts, self } = member;
    const node = facts.nodes.get(self.nodeId);
    const shard = node && facts.shards.get(node.shardId);
    if (node === undefined || shard === undefined || member.hasEnded) {
      this.#askNoMore();
      return;
    }
    const slots = rangesByShard(facts.slotOwners).get(shard.id) ?? [];
    const { historyId, epoch } = shard;
    const command = { kind: "join", node, historyId, epoch, slots, isInvited } as const;
    this.#say(stranger, { kind: "ask", command });
  }

  #askNoMore(): void {
    this.#asking = undefined;
    this.#gate.open();
  }

  async #letIn(stranger: Stranger, command: JoinRequest): Promise<void> {
    const { member, mayBeJoined } = this.#options;
    if (!command.isInvited && !mayBeJoined()) {
      this.#refuse(stranger, "it waits to be let in itself", false);
      return;
    }
    if (this.#asking !== undefined) {
      // Both asked each other: the lower id lets the other in.
      if (this.#asking.nodeId !== stranger.nodeId || member().self.nodeId > stranger.nodeId) {
        this.#refuse(stranger, "it is about to join a cluster itself", false);
        return;
      }
      this.#askNoMore();
    }
    if (command.node.id !== stranger.nodeId) {
      this.#refuse(stranger, "a node asks for itself only", true);
      return;
    }
    this.#guests += 1;
    try {
      await this.#admit(stranger, command);
    } finally {
      this.#guests -= 1;
    }
  }

  async #admit(stranger: Stranger, command: JoinRequest): Promise<void> {
    const { member, logger } = this.#options;
    const host = member();
    const meeting = this.#meetings.with(stranger);
    const { version: knownVersion } = host.facts;
    const isKnownForgotten = host.facts.forgotten.some(({ nodeId }) => nodeId === stranger.nodeId);
    await this.#learnOwnHost(stranger);
    const node = { ...command.node, host: command.node.host || stranger.remoteHost };
    const outcome = await host.propose({
      ...command,
      node,
      knownVersion: meeting?.knownVersion ?? knownVersion,
    });
    if (outcome.kind === "accepted") {
      logger.info({ event: "cluster.joined", node: node.id, host: node.host }, "let a node in");
      this.#say(stranger, { kind: "welcome", facts: host.facts });
      this.#meetings.with(stranger)?.settle({ kind: "done" });
    } else if (outcome.kind === "refused") {
      const { code, detail } = outcome.refusal;
      // Who had not heard that it was forgotten knows more the next time.
      const isBehind = code === "forgotten" && meeting === undefined && !isKnownForgotten;
      this.#refuse(stranger, `${code}: ${detail}`, !isBehind);
      this.#meetings.with(stranger)?.settle({ kind: "refused", reason: detail });
    } else this.#refuse(stranger, "its cluster could not decide in time", false);
  }

  /** A node that was alone need not know by which address others reach it: now it does. */
  async #learnOwnHost({ localHost }: Stranger): Promise<void> {
    const member = this.#options.member();
    const own = member.facts.nodes.get(member.self.nodeId);
    if (own === undefined || own.host !== "" || localHost === "") return;
    const { shardId: _, ...node }: NodeFact = own;
    await member.propose({ kind: "update-node", node: { ...node, host: localHost } });
  }

  async #welcomed(stranger: Stranger, facts: Facts): Promise<void> {
    const asking = this.#asking;
    if (asking?.nodeId !== stranger.nodeId) return;
    const { member, adopt, bus } = this.#options;
    if (asking.member !== member() || !hasSlotsOf(member(), facts)) {
      this.#askNoMore();
      const reason = "it was let in as it was before";
      this.#meetings.with(stranger)?.settle({ kind: "failed", reason });
      return;
    }
    this.#isMoving = true;
    const hasMoved = await adopt(facts);
    this.#isMoving = false;
    this.#askNoMore();
    const failure = { kind: "failed", reason: "this node was reset meanwhile" } as const;
    this.#meetings.with(stranger)?.settle(hasMoved ? { kind: "done" } : failure);
    bus().dismiss(stranger.nodeId);
  }

  #refuse(stranger: Stranger, reason: string, isFinal: boolean): void {
    this.#say(stranger, { kind: "sorry", reason, isFinal });
  }

  #say({ nodeId }: Stranger, message: JoinMessage): void {
    this.#options.bus().send(nodeId, "join", joinToPlain(message));
  }

  #introduce(stranger: Stranger, { isAnswer }: { readonly isAnswer: boolean }): void {
    const { clusterId, nodes } = this.#options.member().facts;
    this.#say(stranger, { kind: "card", clusterId, nodeCount: nodes.size, isAnswer });
  }
}

/** This node is in those facts, with all slots that it told anybody are its own: the answer may be to an older request. */
function hasSlotsOf({ facts: own, self }: ClusterMember, facts: Facts): boolean {
  const shardId = facts.nodes.get(self.nodeId)?.shardId;
  return (
    shardId !== undefined &&
    own.slotOwners.every((owner, slot) => owner === undefined || facts.slotOwners[slot] === shardId)
  );
}

import { rangesByShard, type Facts, type NodeFact } from "@slotcast/control";
import { BusProtocolError, type Bus, type BusAddress, type Stranger } from "@slotcast/gossip";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import type { AdminOutcome } from "./cluster-admin.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { joinFromPlain, joinToPlain, type JoinMessage, type JoinRequest } from "./join-shape.ts";
import { MEET_ANSWER_MS, MEET_ATTEMPT_MS, MEET_RETRY_MS, MEET_TRY_MS } from "./limits.ts";

/** `failed`: it may work the next time. */
type Attempt =
  | AdminOutcome
  | { readonly kind: "failed"; readonly reason: string }
  /** That address is this node's own. */
  | { readonly kind: "self" };

interface Wish {
  readonly isInvited: boolean;
  /** Of the facts, when it was wished: who is forgotten after that stays out. */
  readonly knownVersion: number;
}

interface Meeting extends Wish {
  readonly settle: (attempt: Attempt) => void;
}

export interface JoiningOptions {
  readonly bus: () => Bus;
  readonly member: () => ClusterMember;
  /** This node gives up its own cluster, in which it is alone, for that one. */
  readonly adopt: (facts: Facts) => Promise<void>;
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
  /** Under way, by the address that was dialled. */
  readonly #meetings = new Map<string, Meeting>();
  /** Whom this node has asked to be let in. */
  #asking: string | undefined;
  #isMovingIn = false;
  /** Nodes that are being let in. */
  #guests = 0;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /**
   * `isInvited`: an operator wants it, so also a node that was forgotten may come back. Resolves when the nodes are in
   * one cluster, when they cannot be, or after MEET_ANSWER_MS: then it is tried on.
   */
  async meet(
    address: BusAddress,
    { isInvited }: { readonly isInvited: boolean },
  ): Promise<AdminOutcome> {
    const patience = setTimeout(MEET_ANSWER_MS, { kind: "done" } as const, { ref: false });
    const knownVersion = this.#options.member().facts.version;
    return Promise.race([this.#keepTrying(address, { isInvited, knownVersion }), patience]);
  }

  /** One try, for who tries again by itself. */
  async attempt(address: BusAddress, { isInvited }: { isInvited: boolean }): Promise<Attempt> {
    return this.#attempt(address, {
      isInvited,
      knownVersion: this.#options.member().facts.version,
    });
  }

  async #attempt(address: BusAddress, wish: Wish): Promise<Attempt> {
    const name = nameOf(address);
    if (this.#meetings.has(name)) return { kind: "failed", reason: "it is being tried" };
    const settled = new Promise<Attempt>((settle) => {
      this.#meetings.set(name, { ...wish, settle });
    });
    if (!this.#options.bus().meet(address)) {
      this.#meetings.delete(name);
      return { kind: "failed", reason: "too many nodes are being met" };
    }
    for (const stranger of this.#options.bus().strangers) {
      // The link of an earlier try: it says its name again.
      if (stranger.dialled !== undefined && nameOf(stranger.dialled) === name) this.up(stranger);
    }
    const timeUp = setTimeout(MEET_ATTEMPT_MS, { kind: "failed", reason: "no answer" } as const, {
      ref: false,
    });
    const attempt = await Promise.race([settled, timeUp]);
    this.#meetings.delete(name);
    return attempt;
  }

  // What the bus tells

  /** Who dialled says first who it is. */
  up(stranger: Stranger): void {
    if (stranger.direction === "to") this.#introduce(stranger, { isAnswer: false });
  }

  down(stranger: Stranger, reason: string): void {
    if (this.#asking === stranger.nodeId) this.#asking = undefined;
    this.#meetingWith(stranger)?.settle({ kind: "failed", reason });
  }

  meetFailed(address: BusAddress, reason: string): void {
    const isSelf = reason === "own-id";
    this.#meetings
      .get(nameOf(address))
      ?.settle(isSelf ? { kind: "self" } : { kind: "failed", reason });
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
    switch (message.kind) {
      case "card":
        // Whichever link it came on: when both have dialled, each says all on its own one.
        if (message.isAnswer) this.#decide(stranger, message);
        else this.#introduce(stranger, { isAnswer: true });
        break;
      case "invite":
        if (this.#isLone) this.#ask(stranger, true);
        else this.#refuse(stranger, "it is in a cluster with other nodes already", true);
        break;
      case "ask":
        void this.#letIn(stranger, message.command);
        break;
      case "welcome":
        void this.#welcomed(stranger, message.facts);
        break;
      case "sorry": {
        const { reason, isFinal } = message;
        if (this.#asking === stranger.nodeId) this.#asking = undefined;
        this.#meetingWith(stranger)?.settle({ kind: isFinal ? "refused" : "failed", reason });
        break;
      }
    }
  }

  get #isLone(): boolean {
    return this.#options.member().facts.nodes.size === 1;
  }

  async #keepTrying(address: BusAddress, wish: Wish): Promise<AdminOutcome> {
    const { logger } = this.#options;
    const deadlineMs = Date.now() + MEET_TRY_MS;
    for (;;) {
      const attempt = await this.#attempt(address, wish);
      // Redis, too, answers OK to a node that is to meet itself.
      if (attempt.kind === "self") return { kind: "done" };
      if (attempt.kind !== "failed") return attempt;
      if (Date.now() >= deadlineMs) {
        const { reason } = attempt;
        logger.warn({ event: "cluster.not-met", ...address, reason }, "the node was not met");
        return { kind: "refused", reason };
      }
      await setTimeout(MEET_RETRY_MS, undefined, { ref: false });
    }
  }

  #decide(stranger: Stranger, card: Extract<JoinMessage, { readonly kind: "card" }>): void {
    const meeting = this.#meetingWith(stranger);
    const { facts } = this.#options.member();
    if (facts.clusterId === card.clusterId) {
      meeting?.settle({ kind: "done" });
      this.#options.bus().dismiss(stranger.nodeId);
    } else if (this.#isLone) this.#ask(stranger, meeting?.isInvited ?? false);
    else if (card.nodeCount === 1) this.#say(stranger, { kind: "invite" });
    else {
      meeting?.settle({
        kind: "refused",
        reason: "Both nodes are in clusters with other nodes: clusters do not merge",
      });
    }
  }

  #ask(stranger: Stranger, isInvited: boolean): void {
    const isBusy = this.#asking !== undefined && this.#asking !== stranger.nodeId;
    if (isBusy || this.#guests > 0) {
      const reason = isBusy ? "another one is being asked" : "another one is being let in";
      this.#meetingWith(stranger)?.settle({ kind: "failed", reason });
      return;
    }
    const { facts, self } = this.#options.member();
    const node = facts.nodes.get(self.nodeId);
    const shard = node && facts.shards.get(node.shardId);
    if (node === undefined || shard === undefined) return;
    this.#asking = stranger.nodeId;
    const slots = rangesByShard(facts.slotOwners).get(shard.id) ?? [];
    const { historyId, epoch } = shard;
    const command = { kind: "join", node, historyId, epoch, slots, isInvited } as const;
    this.#say(stranger, { kind: "ask", command });
  }

  async #letIn(stranger: Stranger, command: JoinRequest): Promise<void> {
    const { member, mayBeJoined } = this.#options;
    if (!command.isInvited && !mayBeJoined()) {
      this.#refuse(stranger, "it waits to be let in itself", false);
      return;
    }
    if (this.#asking !== undefined) {
      // Both asked each other: the lower id lets the other in.
      if (this.#asking !== stranger.nodeId || member().self.nodeId > stranger.nodeId) {
        this.#refuse(stranger, "it is about to join a cluster itself", false);
        return;
      }
      this.#asking = undefined;
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
    const { knownVersion } = this.#meetingWith(stranger) ?? { knownVersion: host.facts.version };
    await this.#learnOwnHost(stranger);
    const node = { ...command.node, host: command.node.host || stranger.remoteHost };
    const outcome = await host.propose({ ...command, node, knownVersion });
    if (outcome.kind === "accepted") {
      logger.info({ event: "cluster.joined", node: node.id, host: node.host }, "let a node in");
      this.#say(stranger, { kind: "welcome", facts: host.facts });
      this.#meetingWith(stranger)?.settle({ kind: "done" });
    } else if (outcome.kind === "refused") {
      const { code, detail } = outcome.refusal;
      this.#refuse(stranger, `${code}: ${detail}`, true);
      this.#meetingWith(stranger)?.settle({ kind: "refused", reason: detail });
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
    // Who asked twice is welcomed twice.
    if (this.#asking !== stranger.nodeId || this.#isMovingIn) return;
    const { member, adopt, bus } = this.#options;
    if (!facts.nodes.has(member().self.nodeId)) {
      this.#meetingWith(stranger)?.settle({ kind: "failed", reason: "it was not let in" });
      return;
    }
    this.#isMovingIn = true;
    await adopt(facts);
    this.#isMovingIn = false;
    this.#asking = undefined;
    this.#meetingWith(stranger)?.settle({ kind: "done" });
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

  /** What it says on a link that it dialled itself may be about ours. */
  #meetingWith(stranger: Stranger): Meeting | undefined {
    const { strangers } = this.#options.bus();
    const links = [stranger, ...strangers.filter(({ nodeId }) => nodeId === stranger.nodeId)];
    const address = links.find(({ dialled }) => dialled !== undefined)?.dialled;
    return address && this.#meetings.get(nameOf(address));
  }
}

function nameOf({ host, port }: BusAddress): string {
  return `${host}:${port}`;
}

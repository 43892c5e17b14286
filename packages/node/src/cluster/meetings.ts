import type { Bus, BusAddress, Stranger } from "@slotcast/gossip";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import type { AdminOutcome } from "./cluster-admin.ts";
import { MEET_ANSWER_MS, MEET_ATTEMPT_MS, MEET_RETRY_MS, MEET_TRY_MS } from "./limits.ts";

/** `failed`: it may work the next time. */
export type Attempt =
  | AdminOutcome
  | { readonly kind: "failed"; readonly reason: string }
  /** That address is this node's own. */
  | { readonly kind: "self" };

interface Wish {
  readonly isInvited: boolean;
  /** Of the facts, when it was wished: who is forgotten after that stays out. */
  readonly knownVersion: number;
}

export interface Meeting extends Wish {
  readonly settle: (attempt: Attempt) => void;
}

export interface MeetingsOptions {
  readonly bus: () => Bus;
  /** Of this node's facts. */
  readonly version: () => number;
  /** Says again who this node is, on a link that is there already. */
  readonly introduce: (stranger: Stranger) => void;
  readonly logger: Logger;
}

/** The addresses that this node is to meet, and how it is tried. Owner: Joining, which says what becomes of a try. */
export class Meetings {
  readonly #options: MeetingsOptions;
  /** Under way, by the address that was dialled. */
  readonly #meetings = new Map<string, Meeting>();

  constructor(options: MeetingsOptions) {
    this.#options = options;
  }

  /** Resolves when it is settled that the nodes are in one cluster, or cannot be, or after MEET_ANSWER_MS: see Joining. */
  async meet(
    address: BusAddress,
    { isInvited }: { readonly isInvited: boolean },
  ): Promise<AdminOutcome> {
    const patience = setTimeout(MEET_ANSWER_MS, { kind: "done" } as const, { ref: false });
    const knownVersion = this.#options.version();
    return Promise.race([this.#keepTrying(address, { isInvited, knownVersion }), patience]);
  }

  /** One try. */
  async attempt(
    address: BusAddress,
    { isInvited }: { readonly isInvited: boolean },
  ): Promise<Attempt> {
    return this.#attempt(address, { isInvited, knownVersion: this.#options.version() });
  }

  /** Nobody was met there. */
  failed(address: BusAddress, reason: string): void {
    const isSelf = reason === "own-id";
    this.#meetings
      .get(nameOf(address))
      ?.settle(isSelf ? { kind: "self" } : { kind: "failed", reason });
  }

  /** What it says on a link that it dialled itself may be about ours. */
  with(stranger: Stranger): Meeting | undefined {
    const { strangers } = this.#options.bus();
    const links = [stranger, ...strangers.filter(({ nodeId }) => nodeId === stranger.nodeId)];
    const address = links.find(({ dialled }) => dialled !== undefined)?.dialled;
    return address && this.#meetings.get(nameOf(address));
  }

  async #keepTrying(address: BusAddress, wish: Wish): Promise<AdminOutcome> {
    const { logger } = this.#options;
    const deadlineMs = Date.now() + MEET_TRY_MS;
    for (;;) {
      const attempt = await this.#attempt(address, wish);
      // Redis, too, answers OK to a node that is to meet itself.
      if (attempt.kind === "self") return { kind: "done" };
      if (attempt.kind === "done") return attempt;
      if (attempt.kind === "refused" || Date.now() >= deadlineMs) {
        const { reason } = attempt;
        // The operator may have had his answer before.
        logger.warn({ event: "cluster.not-met", ...address, reason }, "the node was not met");
        return { kind: "refused", reason };
      }
      // Nodes that ask each other in a circle refuse each other, until one of them is faster.
      const pauseMs = MEET_RETRY_MS * (0.5 + Math.random());
      await setTimeout(pauseMs, undefined, { ref: false });
    }
  }

  async #attempt(address: BusAddress, wish: Wish): Promise<Attempt> {
    const name = nameOf(address);
    if (this.#meetings.has(name)) return { kind: "failed", reason: "it is being tried" };
    const { bus, introduce } = this.#options;
    const settled = new Promise<Attempt>((settle) => {
      this.#meetings.set(name, { ...wish, settle });
    });
    if (!bus().meet(address)) {
      this.#meetings.delete(name);
      return { kind: "failed", reason: "too many nodes are being met" };
    }
    for (const stranger of bus().strangers) {
      // The link of an earlier try.
      if (stranger.dialled !== undefined && nameOf(stranger.dialled) === name) introduce(stranger);
    }
    const timeUp = setTimeout(MEET_ATTEMPT_MS, { kind: "failed", reason: "no answer" } as const, {
      ref: false,
    });
    const attempt = await Promise.race([settled, timeUp]);
    this.#meetings.delete(name);
    return attempt;
  }
}

function nameOf({ host, port }: BusAddress): string {
  return `${host}:${port}`;
}

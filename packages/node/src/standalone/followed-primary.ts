import type { NodeId } from "@slotcast/control";
import { steadyMs } from "../cluster/steady-ms.ts";
import type { Config } from "../config/config.ts";
import type { PrimaryAddress } from "../config/directive.ts";
import type { Logger } from "../logger.ts";
import type { Answer } from "./greeting.ts";
import { REDIAL_MS_MAX, REDIAL_MS_MIN, REDIRECTIONS_MAX, REPLICA_ALIVE_MS } from "./limits.ts";
import { PrimaryLink } from "./primary-link.ts";
import type { Leader } from "./standalone-authority.ts";

export interface FollowedPrimaryEvents {
  accepted(leader: Leader): void;
  /** It said no, and nothing that it may have heard before can have been a yes. It is asked again. */
  refused(why: string): void;
  /** The link is down; it was `accepted` before. */
  unlinked(): void;
  /** May throw TypeError: the link is done. */
  received(nodeId: NodeId, body: Buffer): void;
}

export interface FollowedPrimaryOptions {
  /** As REPLICAOF has it. */
  readonly primary: PrimaryAddress;
  readonly nodeId: NodeId;
  readonly config: Config;
  readonly logger: Logger;
  /** Of a primary that hands over: see Greeting. */
  readonly failoverOffset: number | undefined;
  readonly events: FollowedPrimaryEvents;
}

/**
 * Keeps a link to the primary: dials it, follows redirections of a replica that stands there, and dials again whatever
 * went wrong, until it is told to stop. Owner: StandaloneReplication.
 */
export class FollowedPrimary {
  /** As REPLICAOF has it: what INFO and ROLE show. */
  readonly primary: PrimaryAddress;
  /** Steady clock: since when the link is as it is. */
  sinceMs = steadyMs();
  readonly #options: FollowedPrimaryOptions;
  #link: PrimaryLink | undefined;
  #leaderId: NodeId | undefined;
  #redirections = 0;
  #redialAtMs = 0;
  #redialMs = 0;
  /** Until it was answered for the first time. */
  #isHandingOver: boolean;
  /** An attempt ended behind the request for the link: that may have been obeyed. */
  #wasAsked = false;
  /** Said once, not with each attempt. */
  #lastTrouble = "";
  #lastRedirection = "";

  constructor(options: FollowedPrimaryOptions) {
    this.#options = options;
    this.primary = options.primary;
    this.#isHandingOver = options.failoverOffset !== undefined;
  }

  /** It carries frames. `undefined`: there is none. */
  get link(): PrimaryLink | undefined {
    return this.#link?.isUp === true ? this.#link : undefined;
  }

  /** Where the server is that it is linked to, or tries to reach. */
  get address(): PrimaryAddress {
    return this.#link?.address ?? this.primary;
  }

  get progress(): "connect" | "connecting" | "handshake" | "linked" {
    const link = this.#link;
    if (link === undefined) return "connect";
    if (link.isUp) return "linked";
    return link.isConnected ? "handshake" : "connecting";
  }

  stop(): void {
    const wasUp = this.link !== undefined;
    this.#link?.close();
    this.#link = undefined;
    this.#redialAtMs = Infinity;
    if (wasUp) this.#options.events.unlinked();
  }

  /** It dials when it is first called. */
  tick(nowMs: number): void {
    const link = this.#link;
    if (link === undefined) {
      if (nowMs >= this.#redialAtMs) this.#dial(this.primary);
      return;
    }
    if (nowMs - link.lastHeardMs > this.#options.config.get("repl-timeout") * 1000) {
      link.close();
      this.#ended(link, "it has said nothing for `repl-timeout`");
    } else if (link.isUp && nowMs - link.lastSentMs >= REPLICA_ALIVE_MS) link.sayAlive();
  }

  #dial(address: PrimaryAddress): void {
    const { config, events, failoverOffset, nodeId } = this.#options;
    const link: PrimaryLink = new PrimaryLink({
      address,
      steadyMs,
      greeting: {
        nodeId,
        announced: {
          host: config.get("replica-announce-ip"),
          port: config.get("replica-announce-port") || config.get("port"),
        },
        user: config.get("masteruser"),
        password: config.get("masterauth"),
        failoverOffset: this.#isHandingOver ? failoverOffset : undefined,
      },
      events: {
        answered: (answer) => {
          if (this.#link === link) this.#answered(link, answer);
        },
        frame: (body) => {
          if (this.#link === link && this.#leaderId !== undefined) {
            events.received(this.#leaderId, body);
          }
        },
        ended: (why) => {
          this.#ended(link, why);
        },
      },
    });
    this.#link = link;
  }

  #answered(link: PrimaryLink, answer: Answer): void {
    const { events, logger } = this.#options;
    if (answer.kind === "redirected") {
      this.#redirections += 1;
      if (this.#redirections <= REDIRECTIONS_MAX) {
        const { host, port } = answer;
        const to = `${host}:${port}`;
        if (to !== this.#lastRedirection) {
          logger.info(
            { event: "primary.redirected", host, port },
            "a replica, which named its primary",
          );
        }
        this.#lastRedirection = to;
        link.close();
        this.#dial(answer);
      } else this.#ended(link, "replicas that follow each other in a circle");
      return;
    }
    if (answer.kind === "refused") {
      const isRedis = /Unrecognized REPLCONF option|^ERR unknown command/i.test(answer.error);
      const why = isRedis
        ? `it is no Slotcast server, and cannot be followed (${answer.error})`
        : answer.error;
      // One that does not let us in any more does not say what it did when it was asked.
      const isClear = link.hasAsked || !this.#wasAsked;
      this.#ended(link, why);
      if (isClear) events.refused(why);
      return;
    }
    logger.info({ event: "primary.linked", ...link.address }, "linked to the primary");
    this.#leaderId = answer.nodeId;
    this.#isHandingOver = false;
    this.#redialMs = 0;
    this.#redirections = 0;
    this.#lastTrouble = "";
    this.sinceMs = steadyMs();
    events.accepted(answer);
  }

  #ended(link: PrimaryLink, why: string): void {
    if (this.#link !== link) return;
    const { events, logger } = this.#options;
    this.#link = undefined;
    this.#wasAsked ||= link.hasAsked;
    this.#redirections = 0;
    const nowMs = steadyMs();
    this.#redialAtMs = nowMs + this.#redialMs;
    this.#redialMs = Math.min(Math.max(2 * this.#redialMs, REDIAL_MS_MIN), REDIAL_MS_MAX);
    if (why !== this.#lastTrouble) {
      this.#lastTrouble = why;
      logger.warn({ event: "primary.unreached", ...link.address, why }, "no link to the primary");
    }
    if (!link.isUp) return;
    this.sinceMs = nowMs;
    events.unlinked();
  }
}

import type { PrimaryAddress } from "../config/directive.ts";
import type { Logger } from "../logger.ts";
import type { Pause } from "../pause.ts";

/** Words of INFO `master_failover_state`. */
export type FailoverState = "no-failover" | "waiting-for-sync" | "failover-in-progress";

/** What FAILOVER asks for. */
export interface FailoverOrder {
  /** `undefined`: whichever replica is first to have everything. */
  readonly target: PrimaryAddress | undefined;
  /** 0: waits for ever. */
  readonly timeoutMs: number;
  /** When time is up the target takes over with what it has. */
  readonly isForced: boolean;
}

export interface FailoverHost {
  /** A replica that is in step and has all of the log; that of this address, if one is given. */
  levelReplica(target: PrimaryAddress | undefined): PrimaryAddress | undefined;
  /** Where the log ends. */
  logEnd(): number;
  /** This server gives its place to that one, which needs the log up to there. */
  handOver(to: PrimaryAddress, offset: number): void;
  /** It keeps its place after all, or takes it back. */
  takeBack(): void;
}

/**
 * FAILOVER: writes wait until a replica has everything; then this server follows it, and tells it so with its first words.
 * Clients go on when the replica has answered: by then they are told that this is one. Only a clear refusal, or FAILOVER
 * ABORT, makes this server the primary again: silence may mean that the other has taken over.
 *
 * Source: Redis 7.0 src/replication.c, failoverCommand, updateFailoverStatus, abortFailover.
 */
export class Failover {
  state: FailoverState = "no-failover";
  readonly #host: FailoverHost;
  readonly #pause: Pause;
  readonly #logger: Logger;
  #order: FailoverOrder | undefined;
  /** Steady clock; Infinity: never. */
  #deadlineMs = Infinity;

  constructor(options: {
    readonly host: FailoverHost;
    readonly pause: Pause;
    readonly logger: Logger;
  }) {
    this.#host = options.host;
    this.#pause = options.pause;
    this.#logger = options.logger;
  }

  get isUnderWay(): boolean {
    return this.state !== "no-failover";
  }

  begin(order: FailoverOrder, nowMs: number): void {
    this.state = "waiting-for-sync";
    this.#order = order;
    this.#deadlineMs = order.timeoutMs === 0 ? Infinity : nowMs + order.timeoutMs;
    this.#pause.isFailingOver = true;
    this.#logger.info({ event: "failover.begun", ...order.target }, "failover: writes wait");
  }

  /** Replicas may have more, and it may be late. */
  review(nowMs: number): void {
    const order = this.#order;
    if (this.state !== "waiting-for-sync" || order === undefined) return;
    const { target, isForced } = order;
    if (nowMs >= this.#deadlineMs) {
      if (isForced && target !== undefined) this.#handOver(target, 0);
      else this.abort("the replica never caught up before the time-out");
      return;
    }
    const level = this.#host.levelReplica(target);
    if (level !== undefined) this.#handOver(level, this.#host.logEnd());
  }

  /** The other server leads now. */
  finished(): void {
    if (!this.isUnderWay) return;
    this.#logger.info({ event: "failover.done" }, "failover: done");
    this.#clear();
  }

  abort(why: string): void {
    if (!this.isUnderWay) return;
    const wasHandedOver = this.state === "failover-in-progress";
    this.#logger.warn({ event: "failover.aborted", why }, "failover: aborted");
    if (wasHandedOver) this.#host.takeBack();
    this.#clear();
  }

  #handOver(to: PrimaryAddress, offset: number): void {
    this.state = "failover-in-progress";
    this.#logger.info({ event: "failover.handing-over", ...to, offset }, "failover: handing over");
    this.#host.handOver(to, offset);
  }

  #clear(): void {
    this.state = "no-failover";
    this.#order = undefined;
    this.#pause.isFailingOver = false;
  }
}

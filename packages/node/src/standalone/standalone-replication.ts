import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { NodeId } from "@slotcast/control";
import { CommandError, type ByteSpan, type Bytes } from "@slotcast/protocol";
import type { Broker } from "../broker.ts";
import type { ReplicaReport, ReplicationReport } from "../cluster/replication-report.ts";
import { steadyMs } from "../cluster/steady-ms.ts";
import type { ShardRole } from "../cluster-core/shard-role.ts";
import type { PrimaryAddress } from "../config/directive.ts";
import type { Connection } from "../connection.ts";
import type { Dispatch } from "../dispatch.ts";
import { Gate } from "../gates.ts";
import type { Logger } from "../logger.ts";
import { decodeFrame } from "../replication/frames.ts";
import type { ReplicationState } from "../replication/replication-state.ts";
import { Replication } from "../replication/replication.ts";
import { Failover, type FailoverOrder } from "./failover.ts";
import { FollowedPrimary } from "./followed-primary.ts";
import { STOP_POLL_MS, STOP_WAIT_MS, TICK_MS } from "./limits.ts";
import { ReplicaLinks } from "./replica-links.ts";
import { reportOf } from "./report-of.ts";
import type { Leader } from "./standalone-authority.ts";
import { StandaloneShard } from "./standalone-shard.ts";

const UNBLOCKED = new CommandError(
  "UNBLOCKED",
  "force unblock from blocking operation, instance state changed (master -> replica?)",
);

export interface StandaloneReplicationOptions {
  readonly broker: () => Broker;
  readonly dispatch: Dispatch;
  readonly logger: Logger;
  /** Asks for a `flush` at the end of the turn. */
  readonly schedule: () => void;
}

/**
 * Replication between servers without a cluster: REPLICAOF, and what follows from it. Roles are an operator's to give,
 * the rest is as in a cluster: the same halves of replication, the same gate for replies.
 *
 * While nobody follows this server, commands run as if there were none of this, and there is no timer. What is executed
 * is logged from the first replica on, until `repl-backlog-ttl` after the last one.
 *
 * Owner: server.ts, which calls `start`, `flush` at the end of each turn, `settle` and `stop`.
 */
export class StandaloneReplication implements ReplicationState {
  readonly replication: Replication;
  readonly failover: Failover;
  readonly replicas: ReplicaLinks;
  /** Whom it follows; `undefined`: this server leads. */
  followed: FollowedPrimary | undefined;
  /** This server leads since that process gave it its place. */
  tookOverFrom: NodeId | undefined;
  readonly #options: StandaloneReplicationOptions;
  readonly #logger: Logger;
  readonly #shard: StandaloneShard;
  #isReplicated = false;
  #isStopped = false;
  /** Of the time without replicas, of which there is no log: nobody can go on from it. */
  #unloggedHistoryId = "";
  /** Steady clock: since when there is a log, and nobody to send it to. */
  #aloneSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StandaloneReplicationOptions) {
    const { broker, dispatch, logger, schedule } = options;
    const { config, pause, runId } = broker();
    this.#options = options;
    this.#logger = logger;
    this.#shard = new StandaloneShard({
      nodeId: runId,
      config,
      logger,
      replication: () => this.replication,
      linkTo: (nodeId) => this.#linkTo(nodeId),
      stepped: () => {
        this.#review();
      },
    });
    this.replication = new Replication({
      state: this,
      dispatch,
      broker,
      steadyMs,
      schedule,
      // Only what is about a slot is redirected.
      redirection: () => "",
    });
    this.replicas = new ReplicaLinks({
      config,
      linked: (nodeId) => {
        // From here on all is logged; what was before comes with the snapshot.
        this.#unloggedHistoryId = "";
        this.#setReplicated(true);
        this.#shard.replicaLinked(nodeId);
      },
      unlinked: (nodeId) => {
        this.#aloneSinceMs = steadyMs();
        this.#shard.replicaUnlinked(nodeId);
      },
      received: (nodeId, body) => {
        this.#received(nodeId, body);
      },
    });
    this.failover = new Failover({
      pause,
      logger,
      host: {
        levelReplica: (target) => this.#levelReplica(target),
        logEnd: () => this.logEnd,
        handOver: (to, offset) => {
          this.#follow(to, offset);
          this.followed?.tick(steadyMs());
        },
        takeBack: () => {
          this.lead();
        },
      },
    });
  }

  get role(): ReplicationState["role"] {
    return this.followed === undefined ? "primary" : "replica";
  }

  get isReplicated(): boolean {
    return this.#isReplicated;
  }

  get logEnd(): number {
    return this.#shard.log.endOffset;
  }

  get commitOffset(): number {
    return this.#shard.log.commitOffset;
  }

  get isrSize(): number {
    return this.#shard.fact.isr.length;
  }

  /** A snapshot comes in: there are some keys, and not all. */
  get isLoading(): boolean {
    return this.#shard.isLoading;
  }

  /** For INFO, ROLE, and who wants to know how a half is. */
  get parts(): Pick<ShardRole, "primary" | "replica" | "log"> {
    return this.#shard.role;
  }

  get report(): ReplicationReport {
    return reportOf(this);
  }

  /** What a replica is told that is welcome. */
  get leader(): Leader {
    const { epoch, historyId } = this.#shard.fact;
    return { nodeId: this.#options.broker().runId, epoch, historyId };
  }

  /** The process that this replica follows; `undefined`: it has reached none yet. */
  get leaderId(): NodeId | undefined {
    return this.#shard.fact.primary?.nodeId;
  }

  /** As INFO has it; `undefined`: no replica of this server. */
  stateOf(nodeId: NodeId): ReplicaReport["state"] | undefined {
    return this.report.replicas.find((replica) => replica.nodeId === nodeId)?.state;
  }

  ackedBy(offset: number): number {
    return this.parts.primary?.countAcked(offset) ?? 0;
  }

  append(effects: Bytes | ByteSpan): number {
    return this.#shard.role.append(effects);
  }

  /** An operator made it the primary, and nobody takes that back but this server itself. */
  mayRelease(): boolean {
    return this.followed === undefined;
  }

  start(): void {
    const primary = this.#options.broker().config.get("replicaof");
    if (primary === undefined) this.lead();
    else this.#follow(primary, undefined);
  }

  /** Before `stop`: what was executed is acknowledged by the replicas that are in step, unless they take too long. */
  async settle(): Promise<void> {
    const { logEnd } = this;
    const deadlineMs = steadyMs() + STOP_WAIT_MS;
    while (this.#isReplicated && this.commitOffset < logEnd && steadyMs() < deadlineMs) {
      await setTimeout(STOP_POLL_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.followed?.stop();
    this.replicas.closeAll();
    this.#review();
  }

  /** The end of a turn. */
  flush(): void {
    if (!this.#isReplicated) return;
    this.#shard.step((nowMs) => {
      this.#shard.role.flush(nowMs);
    });
  }

  /** REPLICAOF NO ONE, and at the start: this server goes on with what it has. */
  lead(): void {
    const { config, gates, replicationId } = this.#options.broker();
    const { historyId } = this.#shard.log;
    this.followed?.stop();
    this.followed = undefined;
    this.tookOverFrom = undefined;
    config.put("replicaof", []);
    gates.set(Gate.replica, false);
    // Who has the log that this server followed may go on from there.
    const isLogged = historyId !== this.#unloggedHistoryId;
    this.#setReplicated(isLogged);
    if (isLogged) this.#shard.lead(historyId);
    else this.#leadUnlogged(replicationId);
  }

  /** REPLICAOF: from now on that server decides what happens to the keys. */
  follow(primary: PrimaryAddress): void {
    this.#follow(primary, undefined);
    this.followed?.tick(steadyMs());
  }

  /** FAILOVER. */
  beginFailover(order: FailoverOrder): void {
    this.failover.begin(order, steadyMs());
    this.flush();
  }

  /** FAILOVER of the primary that this server follows, which gives its place to us. */
  takeOver(): void {
    this.#logger.info({ event: "failover.taken-over" }, "failover: the primary hands over");
    const { leaderId } = this;
    this.lead();
    this.tookOverFrom = leaderId;
  }

  /** A replica has greeted. Its connection is a link from now on; the answer must have left before. */
  accept(nodeId: NodeId, connection: Connection): void {
    this.replicas.accept(nodeId, connection);
  }

  /** DEBUG CHANGE-REPL-ID: nobody can go on from what he has. */
  changeHistory(): void {
    if (this.followed !== undefined) return;
    this.replicas.closeAll();
    this.#shard.lead(newHistoryId());
  }

  #follow(primary: PrimaryAddress, failoverOffset: number | undefined): void {
    const { blocking, config, gates, runId } = this.#options.broker();
    this.followed?.stop();
    this.followed = new FollowedPrimary({
      primary,
      nodeId: runId,
      config,
      logger: this.#logger,
      failoverOffset,
      events: {
        accepted: (leader) => {
          this.failover.finished();
          this.#shard.follow(leader);
        },
        refused: (why) => {
          this.failover.abort(why);
        },
        unlinked: () => {
          this.#shard.primaryUnlinked();
        },
        received: (nodeId, body) => {
          this.#received(nodeId, body);
        },
      },
    });
    this.tookOverFrom = undefined;
    config.put("replicaof", [primary.host, String(primary.port)]);
    gates.set(Gate.replica, true);
    this.#shard.followNobody();
    this.replicas.closeAll();
    this.#setReplicated(false);
    blocking.redirect((connection) => unblocking(connection, primary));
    blocking.endReplicaWaits();
  }

  /** Throws TypeError: that is no frame. */
  #received(nodeId: NodeId, body: Buffer): void {
    const frame = decodeFrame(body);
    // The answer to the greeting has said that, and the replica has asked.
    if (frame.kind === "reign") return;
    this.#shard.received(nodeId, frame);
    if (frame.kind === "ack") this.replication.acknowledged();
  }

  #linkTo(nodeId: NodeId): ReturnType<ReplicaLinks["to"]> | FollowedPrimary["link"] {
    if (this.followed === undefined) return this.replicas.to(nodeId);
    return nodeId === this.leaderId ? this.followed.link : undefined;
  }

  #levelReplica(target: PrimaryAddress | undefined): PrimaryAddress | undefined {
    const wanted = target && this.replicas.at(target)?.nodeId;
    for (const { nodeId, state, ackedOffset } of this.parts.primary?.followers ?? []) {
      if (state !== "streaming" || ackedOffset !== this.logEnd) continue;
      if (target === undefined || nodeId === wanted) return this.replicas.to(nodeId)?.address;
    }
    return undefined;
  }

  #setReplicated(isReplicated: boolean): void {
    this.#aloneSinceMs = steadyMs();
    if (isReplicated === this.#isReplicated) return;
    this.#isReplicated = isReplicated;
    this.replication.replicasChanged();
  }

  /** What may be another matter after any event. */
  #review(): void {
    this.failover.review(steadyMs());
    const isTicking = this.#isReplicated || this.followed !== undefined;
    if (isTicking && !this.#isStopped) {
      this.#timer ??= setInterval(() => {
        this.#tick();
      }, TICK_MS);
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #tick(): void {
    const nowMs = steadyMs();
    this.#shard.tick();
    this.replication.tick();
    this.followed?.tick(nowMs);
    this.replicas.tick(nowMs);
    this.#endLog(nowMs);
  }

  /** Source: Redis 7.0 src/replication.c, replicationCron (repl-backlog-ttl). */
  #endLog(nowMs: number): void {
    if (this.followed !== undefined || this.replicas.size > 0 || !this.#isReplicated) return;
    const ttlMs = this.#options.broker().config.get("repl-backlog-ttl") * 1000;
    if (ttlMs === 0 || nowMs - this.#aloneSinceMs < ttlMs) return;
    this.#logger.info({ event: "backlog.freed" }, "no replicas for long: the log is given up");
    // From here on nothing is logged.
    this.#setReplicated(false);
    this.#leadUnlogged(newHistoryId());
  }

  #leadUnlogged(historyId: string): void {
    this.#unloggedHistoryId = historyId;
    this.#shard.lead(historyId);
  }
}

function unblocking(connection: Connection, { host, port }: PrimaryAddress): CommandError {
  if (connection.followsRedirects) return new CommandError("REDIRECT", `${host}:${port}`);
  connection.closeAfterReply();
  return UNBLOCKED;
}

function newHistoryId(): string {
  return randomBytes(20).toString("hex");
}

import { randomBytes } from "node:crypto";
import { SLOTS } from "@slotcast/protocol";
import { entrySizeBytes, Keyspace } from "@slotcast/store";
import type { Broker } from "./broker.ts";
import { ChangeFeed } from "./change-feed.ts";
import { ClientDoor } from "./client-door.ts";
import { Clients } from "./clients.ts";
import { ClusterNode } from "./cluster-node.ts";
import { makeCommandLogs } from "./command-log.ts";
import { leaveShardChannels } from "./commands/pubsub/leave-shard-channels.ts";
import { CommandMeter } from "./command-meter.ts";
import type { Config } from "./config/config.ts";
import { Dispatch } from "./dispatch.ts";
import { ExpiryCycle } from "./expiry-cycle.ts";
import { GcPauses } from "./gc-pauses.ts";
import { sweepIdle } from "./idle-sweep.ts";
import { InterestGate } from "./interest-gate.ts";
import { followKeyspaceEvents, KeyspaceEvents } from "./keyspace-events.ts";
import { IDLE_SWEEP_INTERVAL_MS } from "./limits.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import type { Logger } from "./logger.ts";
import { Memory } from "./memory/memory.ts";
import { Monitors } from "./monitors.ts";
import { Hub, type InterestListener } from "./pubsub/hub.ts";
import { RateSampler } from "./rate-sampler.ts";
import { redirectWaiting } from "./redirect-waiting.ts";
import { Replication } from "./replication/replication.ts";
import { steadyMs } from "./cluster/steady-ms.ts";
import { ServerStats } from "./server-stats.ts";
import { SilentConsumers } from "./silent-consumers.ts";
import { StandaloneReplication } from "./standalone/standalone-replication.ts";
import { followSetLimits } from "./set-limits.ts";
import { followStreamLimits } from "./stream-limits.ts";
import { Tracking } from "./tracking/tracking.ts";
import { WatchedKeys } from "./watched-keys.ts";
import { Turn } from "./turn.ts";

/** A started node. Owner: main.ts, or a test. */
export interface RunningServer {
  /** The default listener's port, also when `port 0` let the system choose. */
  readonly port: number;
  /** Resolves when the node has stopped, by `stop` or by a SHUTDOWN command. */
  readonly stopped: Promise<void>;
  /** Stops accepting, closes the connections, releases the ports. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Wires one node together and starts it: the only place that knows all rooms. Stop undoes start, in reverse
 * order. Rejects with a clear error when a port is taken or the configuration cannot work.
 */
export async function startServer(
  config: Config,
  { logger }: { readonly logger: Logger },
): Promise<RunningServer> {
  const node = new Node(config, logger);
  await node.start();
  return node;
}

const NO_INTEREST: InterestListener = { added: ignore, removed: ignore };

class Node implements RunningServer {
  readonly stopped: Promise<void>;
  readonly #logger: Logger;
  readonly #broker: Broker;
  readonly #door: ClientDoor;
  readonly #expiry: ExpiryCycle;
  readonly #sampler: RateSampler;
  readonly #gcPauses: GcPauses;
  readonly #sweepConsumers: () => void;
  #idleTimer: NodeJS.Timeout | undefined;
  #markStopped: () => void = ignore;
  #stopping: Promise<void> | undefined;

  constructor(config: Config, logger: Logger) {
    this.#logger = logger;
    this.stopped = new Promise((resolve) => {
      this.#markStopped = resolve;
    });
    const isCluster = config.get("cluster-enabled");
    const seedBytes = randomBytes(8);
    const hashSeed = { low: seedBytes.readInt32LE(0), high: seedBytes.readInt32LE(4) };
    const keyspace = new Keyspace({
      tables: isCluster ? SLOTS : config.get("databases"),
      hashSeed,
      isBySlot: isCluster,
    });
    const dispatch = new Dispatch({ effects: undefined });
    const { gates } = dispatch;
    const stats = new ServerStats();
    const clients = new Clients();
    const cluster: ClusterNode | undefined = isCluster
      ? new ClusterNode({
          config,
          logger,
          callbacks: {
            published: (channel, payload) => {
              hub.publish("channel", channel, payload);
            },
            publishedShard: (channel, payload) => {
              hub.publish("shardChannel", channel, payload);
            },
            interestAcknowledged: () => {
              interestGate?.acknowledged();
            },
            schedule: () => {
              turn.schedule();
            },
            replication: () => replicationOf(this.#broker),
            slotsMoved: () => {
              redirectWaiting(this.#broker, dispatch);
            },
            shardChanged: () => {
              leaveShardChannels(this.#broker);
            },
            resume: (connection, argv) => {
              if (argv === undefined) dispatch.blocking.retry(connection);
              else dispatch.pump(connection, argv);
            },
          },
        })
      : undefined;
    const interestGate: InterestGate | undefined =
      cluster === undefined ? undefined : new InterestGate(cluster);
    const sendLog = (): void => {
      cluster?.flushLog();
      this.#broker.standalone?.flush();
    };
    const turn = new Turn([
      () => {
        // Then this turn's replies may leave in this turn.
        if (this.#broker.replication?.commitsAlone === true) sendLog();
        cluster?.flush();
      },
      () => {
        this.#broker.tracking.flush();
      },
      () => {
        hub.flush();
      },
      () => {
        this.#door.flush();
      },
      () => {
        hub.writeShared();
      },
      // Behind the replies: while the log is hashed and sent, clients work on (a fifth more SETs a second).
      sendLog,
    ]);
    const schedule = (): void => {
      turn.schedule();
    };
    const hub = new Hub({ interest: interestGate ?? NO_INTEREST, schedule });
    const changes = new ChangeFeed(keyspace);
    const events = new KeyspaceEvents({ hub, changes, isCluster });
    followKeyspaceEvents(config, events);
    const commandLogs = makeCommandLogs(config);
    const latency = new LatencyMonitor(config);
    this.#expiry = new ExpiryCycle(keyspace, {
      config,
      settle: (spentMs) => {
        latency.note("expire-cycle", spentMs, Date.now());
        dispatch.blocking.drain();
      },
    });
    const runId = randomBytes(20).toString("hex");
    this.#broker = {
      config,
      keyspace,
      changes,
      events,
      watchedKeys: new WatchedKeys(changes),
      gates,
      tracking: new Tracking({
        changes,
        clients,
        gates,
        hub,
        running: () => dispatch.running,
        keysMax: () => config.get("tracking-table-max-keys"),
        schedule,
      }),
      monitors: new Monitors({ hub, gates, nowMs: Date.now }),
      memory: new Memory({
        broker: () => this.#broker,
        effects: () => dispatch.effects,
        sizeOf: entrySizeBytes,
        random: Math.random,
      }),
      clients,
      hub,
      blocking: dispatch.blocking,
      pause: dispatch.pause,
      expiryCycle: this.#expiry,
      interestGate,
      cluster,
      replication: undefined,
      standalone: undefined,
      stats,
      commands: dispatch.commands,
      meter: new CommandMeter({ config, logs: commandLogs, latency, events }),
      commandLogs,
      latency,
      silentConsumers: new SilentConsumers(),
      streamNodeLimits: followStreamLimits(config),
      memberSetOptions: followSetLimits(config, hashSeed),
      logger,
      runId,
      replicationId: runId,
      startedAtMs: Date.now(),
      kill: (connection, { afterReply }) => {
        if (afterReply) {
          connection.closeAfterReply();
          return;
        }
        connection.destroy();
        // Now, not when the socket says so: the next command must not serve or count a dead client.
        this.#door.closed(connection);
      },
      shutDown: () => {
        void this.stop();
      },
    };
    dispatch.attach(this.#broker);
    if (cluster !== undefined) {
      this.#broker.replication = new Replication({
        state: cluster.replicationState,
        dispatch,
        broker: () => this.#broker,
        steadyMs,
        schedule,
        redirection: (connection, slot) => {
          const { message } = dispatch.movedTo(connection, slot);
          return `-MOVED ${message}\r\n`;
        },
      });
    } else {
      const standalone = new StandaloneReplication({
        broker: () => this.#broker,
        dispatch,
        logger: logger.child({ component: "replication" }),
        schedule,
      });
      this.#broker.standalone = standalone;
      this.#broker.replication = standalone.replication;
    }
    this.#sweepConsumers = () => {
      if (cluster?.isServing === false || this.#broker.standalone?.role === "replica") return;
      this.#broker.silentConsumers.sweep((keys, work) => {
        dispatch.runUnasked(keys, work);
      });
    };
    this.#door = new ClientDoor({ broker: this.#broker, dispatch, schedule });
    this.#broker.memory.start();
    this.#gcPauses = new GcPauses(config, latency);
    this.#sampler = new RateSampler(stats, () => this.#broker.memory.usedBytes);
  }

  get port(): number {
    return this.#door.port;
  }

  async start(): Promise<void> {
    // The others first: a subscription confirmed before they can hear of it would miss their messages.
    const { cluster } = this.#broker;
    await cluster?.start();
    this.#broker.standalone?.start();
    try {
      await this.#door.listen();
    } catch (error) {
      this.#broker.standalone?.stop();
      await cluster?.stop();
      throw error;
    }
    this.#expiry.start();
    this.#sampler.start();
    this.#gcPauses.start();
    this.#idleTimer = setInterval(() => {
      sweepIdle(this.#broker, Date.now());
      this.#sweepConsumers();
      this.#door.reviewBacklogs();
      this.#broker.memory.clients.refresh();
      this.#broker.keyspace.dropIdleIndexes(Date.now());
    }, IDLE_SWEEP_INTERVAL_MS);
    this.#logger.info({ port: this.port }, "ready to accept connections");
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#logger.info({}, "stopping");
    clearInterval(this.#idleTimer);
    this.#gcPauses.stop();
    this.#sampler.stop();
    this.#expiry.stop();
    this.#broker.pause.end();
    await this.#broker.cluster?.handOver();
    await this.#broker.standalone?.settle();
    this.#broker.standalone?.stop();
    await this.#door.close();
    this.#broker.cluster?.flushLog();
    this.#broker.cluster?.flush();
    await this.#broker.cluster?.stop();
    this.#logger.info({}, "stopped");
    this.#markStopped();
  }
}

function replicationOf({ replication }: Broker): Replication {
  if (replication === undefined) throw new Error("a node of a cluster replicates");
  return replication;
}

function ignore(): void {}

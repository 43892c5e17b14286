import { randomBytes } from "node:crypto";
import { SLOTS } from "@slotcast/protocol";
import { Keyspace, type StreamNodeLimits } from "@slotcast/store";
import type { Broker } from "./broker.ts";
import { ChangeFeed } from "./change-feed.ts";
import { ClientDoor } from "./client-door.ts";
import { Clients } from "./clients.ts";
import { ClusterNode } from "./cluster-node.ts";
import type { Config } from "./config/config.ts";
import { Dispatch } from "./dispatch.ts";
import { ExpiryCycle } from "./expiry-cycle.ts";
import { sweepIdle } from "./idle-sweep.ts";
import { InterestGate } from "./interest-gate.ts";
import { KeyspaceEvents } from "./keyspace-events.ts";
import { IDLE_SWEEP_INTERVAL_MS } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { Hub, type InterestListener } from "./pubsub/hub.ts";
import { RateSampler } from "./rate-sampler.ts";
import { ServerStats } from "./server-stats.ts";
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
  #idleTimer: NodeJS.Timeout | undefined;
  #markStopped: () => void = ignore;
  #stopping: Promise<void> | undefined;

  constructor(config: Config, logger: Logger) {
    this.#logger = logger;
    this.stopped = new Promise((resolve) => {
      this.#markStopped = resolve;
    });
    const isCluster = config.get("cluster-enabled");
    const keyspace = new Keyspace({ tables: isCluster ? SLOTS : config.get("databases") });
    const dispatch = new Dispatch({ effects: undefined });
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
            interestAcknowledged: () => {
              interestGate?.acknowledged();
            },
            schedule: () => {
              turn.schedule();
            },
          },
        })
      : undefined;
    const interestGate: InterestGate | undefined =
      cluster === undefined ? undefined : new InterestGate(cluster);
    const turn = new Turn([
      () => {
        cluster?.flush();
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
    ]);
    const schedule = (): void => {
      turn.schedule();
    };
    const hub = new Hub({ interest: interestGate ?? NO_INTEREST, schedule });
    const changes = new ChangeFeed(keyspace);
    const events = new KeyspaceEvents({ hub, changes, isCluster });
    followKeyspaceEvents(config, events);
    this.#broker = {
      config,
      keyspace,
      changes,
      events,
      watchedKeys: new WatchedKeys(changes),
      clients,
      hub,
      blocking: dispatch.blocking,
      pause: dispatch.pause,
      interestGate,
      cluster,
      stats,
      streamNodeLimits: followStreamNodeLimits(config),
      logger,
      runId: randomBytes(20).toString("hex"),
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
    this.#door = new ClientDoor({ broker: this.#broker, dispatch, schedule });
    this.#expiry = new ExpiryCycle(keyspace);
    this.#sampler = new RateSampler(stats);
  }

  get port(): number {
    return this.#door.port;
  }

  async start(): Promise<void> {
    // The others first: a subscription confirmed before they can hear of it would miss their messages.
    const { cluster } = this.#broker;
    await cluster?.start();
    try {
      await this.#door.listen();
    } catch (error) {
      await cluster?.stop();
      throw error;
    }
    this.#expiry.start();
    this.#sampler.start();
    this.#idleTimer = setInterval(() => {
      sweepIdle(this.#broker, Date.now());
      this.#door.reviewBacklogs();
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
    this.#sampler.stop();
    this.#expiry.stop();
    this.#broker.pause.end();
    await this.#door.close();
    this.#broker.cluster?.flush();
    await this.#broker.cluster?.stop();
    this.#logger.info({}, "stopped");
    this.#markStopped();
  }
}

function followStreamNodeLimits(config: Config): StreamNodeLimits {
  const limits = {
    nodeEntriesMax: config.get("stream-node-max-entries"),
    nodeBytesMax: config.get("stream-node-max-bytes"),
  };
  config.onChange("stream-node-max-entries", (entries) => {
    limits.nodeEntriesMax = entries;
  });
  config.onChange("stream-node-max-bytes", (bytes) => {
    limits.nodeBytesMax = bytes;
  });
  return limits;
}

function followKeyspaceEvents(config: Config, events: KeyspaceEvents): void {
  events.configure(config.get("notify-keyspace-events"));
  config.onChange("notify-keyspace-events", (flags) => {
    events.configure(flags);
  });
}

function ignore(): void {}

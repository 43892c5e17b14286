import type { Logger } from "./logger.ts";
import type { Keyspace, MemberSetOptions, StreamNodeLimits } from "@slotcast/store";
import type { Blocking } from "./blocking.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { Clients } from "./clients.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { CommandLogs } from "./command-log.ts";
import type { CommandMeter } from "./command-meter.ts";
import type { CommandRegistry } from "./command-registry.ts";
import type { Config } from "./config/config.ts";
import type { Gates } from "./gates.ts";
import type { Memory } from "./memory/memory.ts";
import type { Monitors } from "./monitors.ts";
import type { Tracking } from "./tracking/tracking.ts";
import type { ExpiryCycle } from "./expiry-cycle.ts";
import type { KeyspaceEvents } from "./keyspace-events.ts";
import type { LatencyMonitor } from "./latency-monitor.ts";
import type { InterestGate } from "./interest-gate.ts";
import type { Hub } from "./pubsub/hub.ts";
import type { Pause } from "./pause.ts";
import type { Replication } from "./replication/replication.ts";
import type { ServerStats } from "./server-stats.ts";
import type { StandaloneReplication } from "./standalone/standalone-replication.ts";
import type { Connection } from "./connection.ts";
import type { SilentConsumers } from "./silent-consumers.ts";
import type { WatchedKeys } from "./watched-keys.ts";

/** The parts of one node that commands about the node itself may reach. Owner of all: server.ts. */
export interface Broker {
  readonly config: Config;
  readonly keyspace: Keyspace;
  /** What happens to keys, for who asks. */
  readonly changes: ChangeFeed;
  readonly events: KeyspaceEvents;
  readonly watchedKeys: WatchedKeys;
  /** Why requests need a second look; 0 on an ordinary day. */
  readonly gates: Gates;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  /** What keys and clients take, and what happens above `maxmemory` and `maxmemory-clients`. */
  readonly memory: Memory;
  readonly clients: Clients;
  readonly hub: Hub;
  readonly blocking: Blocking;
  readonly pause: Pause;
  readonly expiryCycle: ExpiryCycle;
  /** `undefined`: not in cluster mode, so subscribing is effective at once. */
  readonly interestGate: InterestGate | undefined;
  /** `undefined`: not in cluster mode. */
  readonly cluster: ClusterNode | undefined;
  /** `undefined`: this node keeps its keys alone. */
  replication: Replication | undefined;
  /** REPLICAOF and its kin. `undefined`: in cluster mode, where the cluster decides. */
  standalone: StandaloneReplication | undefined;
  readonly stats: ServerStats;
  /** Every command, and what became of its calls. */
  readonly commands: CommandRegistry;
  readonly meter: CommandMeter;
  readonly commandLogs: CommandLogs;
  readonly latency: LatencyMonitor;
  /** CONSUMERTTL of consumer groups, where nobody reads. */
  readonly silentConsumers: SilentConsumers;
  /** `stream-node-max-entries` and `-bytes`: shared by all streams, follows CONFIG SET. */
  readonly streamNodeLimits: StreamNodeLimits;
  /** Shared by all sets: `set-max-intset-entries`, follows CONFIG SET, and the secret seed of their hashes. */
  readonly memberSetOptions: MemberSetOptions;
  readonly logger: Logger;
  /** 40 hex digits, new at each start: INFO `run_id`. */
  readonly runId: string;
  /** 40 hex digits: names the history of changes. INFO `master_replid`. */
  replicationId: string;
  readonly startedAtMs: number;
  /** Ends a client's connection at once, as CLIENT KILL does; its own reply is still sent when `afterReply`. */
  kill(connection: Connection, options: { readonly afterReply: boolean }): void;
  /** Starts a graceful stop; the process ends when it is done. */
  shutDown(): void;
}

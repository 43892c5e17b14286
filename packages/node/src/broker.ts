import type { Logger } from "./logger.ts";
import type { Keyspace, StreamNodeLimits } from "@slotcast/store";
import type { Blocking } from "./blocking.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { Clients } from "./clients.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { Config } from "./config/config.ts";
import type { KeyspaceEvents } from "./keyspace-events.ts";
import type { InterestGate } from "./interest-gate.ts";
import type { Hub } from "./pubsub/hub.ts";
import type { Pause } from "./pause.ts";
import type { ServerStats } from "./server-stats.ts";
import type { Connection } from "./connection.ts";
import type { WatchedKeys } from "./watched-keys.ts";

/** The parts of one node that commands about the node itself may reach. Owner of all: server.ts. */
export interface Broker {
  readonly config: Config;
  readonly keyspace: Keyspace;
  /** What happens to keys, for who asks. */
  readonly changes: ChangeFeed;
  readonly events: KeyspaceEvents;
  readonly watchedKeys: WatchedKeys;
  readonly clients: Clients;
  readonly hub: Hub;
  readonly blocking: Blocking;
  readonly pause: Pause;
  /** `undefined`: not in cluster mode, so subscribing is effective at once. */
  readonly interestGate: InterestGate | undefined;
  /** `undefined`: not in cluster mode. */
  readonly cluster: ClusterNode | undefined;
  readonly stats: ServerStats;
  /** `stream-node-max-entries` and `-bytes`: shared by all streams, follows CONFIG SET. */
  readonly streamNodeLimits: StreamNodeLimits;
  readonly logger: Logger;
  /** 40 hex digits, new at each start: INFO `run_id`. */
  readonly runId: string;
  readonly startedAtMs: number;
  /** Ends a client's connection at once, as CLIENT KILL does; its own reply is still sent when `afterReply`. */
  kill(connection: Connection, options: { readonly afterReply: boolean }): void;
  /** Starts a graceful stop; the process ends when it is done. */
  shutDown(): void;
}

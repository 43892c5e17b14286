/** What INFO and ROLE say of this node's part in its shard. */
export interface ReplicationReport {
  /** 40 hex digits: offsets are compared within one history. */
  readonly historyId: string;
  /** Where this node's log ends; of a replica, what of it was applied. */
  readonly offset: number;
  /** Up to where all in-sync nodes have it. */
  readonly commitOffset: number;
  /** Nodes in the shard's in-sync set, the primary included. */
  readonly inSyncCount: number;
  /** The tail of the log, from which replicas that were away go on. */
  readonly backlog: {
    readonly sizeBytesMax: number;
    readonly firstOffset: number;
    readonly keptBytes: number;
  };
  /** Of a primary: who follows it, and is connected. */
  readonly replicas: readonly ReplicaReport[];
  /** Of a replica: its link to the primary. */
  readonly link: PrimaryLinkReport;
}

export interface ReplicaReport {
  readonly nodeId: string;
  /** `send_bulk`: it is being sent a snapshot; `wait_bgsave`: it waits for one. */
  readonly state: "wait_bgsave" | "send_bulk" | "online";
  /** What it acknowledged. */
  readonly offset: number;
  /** Since its last acknowledgement. */
  readonly lagMs: number;
}

export interface PrimaryLinkReport {
  readonly state: "connect" | "connecting" | "handshake" | "sync" | "connected";
  /** Since something was heard over it, or while it is down, since it went down. */
  readonly sinceMs: number;
}

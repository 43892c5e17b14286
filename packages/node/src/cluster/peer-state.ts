/** How a node looks from here, this one included: rumours, good for showing. */
export interface PeerState {
  readonly isConnected: boolean;
  /** Silent for `cluster-node-timeout`, or its process is known to be dead: Redis' PFAIL. */
  readonly isSuspected: boolean;
  /** A majority of the voters suspects it: Redis' FAIL. */
  readonly isFailed: boolean;
  /** Unix time of the ping that waits for its answer; 0: none does. */
  readonly pingSentMs: number;
  /** Unix time of the latest answer; 0: none yet. */
  readonly pongReceivedMs: number;
  /** A replica that has not got its primary's data yet. */
  readonly isLoading: boolean;
  /** Where its log ends, by what it said last. */
  readonly replicationOffset: number;
}

/** This node, where there is no replication. */
export const SELF_STATE: PeerState = {
  isConnected: true,
  isSuspected: false,
  isFailed: false,
  pingSentMs: 0,
  pongReceivedMs: 0,
  isLoading: false,
  replicationOffset: 0,
};

/** Of a node that clients should be sent to. Source: Redis 7.0 src/cluster.c, isReplicaAvailable. */
export function isAvailable({ isFailed, isLoading }: PeerState): boolean {
  return !isFailed && !isLoading;
}

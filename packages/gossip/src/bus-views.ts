import type { Traffic } from "./bus-stats.ts";
import type { Hello } from "./control-messages.ts";
import type { LinkKind } from "./frame-types.ts";
import type { LinkDirection } from "./link.ts";
import type { Peer } from "./peer.ts";

/** One TCP connection, as CLUSTER LINKS shows it. */
export interface LinkView {
  readonly direction: LinkDirection;
  readonly nodeId: string;
  readonly kind: LinkKind;
  /** Unix time. */
  readonly createdAtMs: number;
  /** Written and not yet taken by the kernel. */
  readonly queuedBytes: number;
}

/** A peer as CLUSTER NODES shows it. A snapshot. */
export interface PeerView {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** The control link that we dial is up. */
  readonly isConnected: boolean;
  /** Unix time of the ping that is not answered yet; 0: none is out. */
  readonly pingSentMs: number;
  /** Unix time of the latest pong; 0: none yet. */
  readonly pongReceivedMs: number;
  readonly roundTripMs: number | undefined;
  /** As last announced; undefined: never heard of. */
  readonly hello: Hello | undefined;
  /** Published messages that it did not get since it was added. */
  readonly drops: Traffic;
}

export function peerView(peer: Peer): PeerView {
  const { pingSentMs, pongReceivedMs, roundTripMs } = peer.heartbeat;
  return {
    id: peer.id,
    ...peer.address,
    isConnected: peer.outbound.control.link !== undefined,
    pingSentMs,
    pongReceivedMs,
    roundTripMs,
    hello: peer.hello,
    drops: { ...peer.drops },
  };
}

export function linkViews(peer: Peer): LinkView[] {
  return peer.links().map(({ direction, peerId, kind, createdAtMs, queuedBytes }) => ({
    direction,
    nodeId: peerId,
    kind,
    createdAtMs,
    queuedBytes,
  }));
}

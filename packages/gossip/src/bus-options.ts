import type { Bytes } from "@slotcast/protocol";
import type { BusLogger } from "./bus-logger.ts";
import type { Hello } from "./control-messages.ts";
import type { DataCallbacks } from "./data-traffic.ts";
import type { PublishMode } from "./flood-traffic.ts";
import type { PlainFrameName } from "./frame-types.ts";
import type { StrangerCallbacks } from "./strangers.ts";

/** What a bus tells its owner. None may throw, but for BusProtocolError where it says so. */
export interface BusCallbacks extends DataCallbacks, StrangerCallbacks {
  /**
   * A peer's PUBLISH. Both are views into the frame's text: valid for the turn, `own` what is kept. Called in
   * a loop over the frame.
   */
  onPublish(channel: Bytes, payload: Bytes): void;
  /** A peer's SPUBLISH, as `onPublish`. Whether it is of this node's shard was not checked: facts travel, too. */
  onPublishShard?(channel: Bytes, payload: Bytes): void;
  /** A peer announced where clients reach it. */
  onPeerHello?(peerId: string, hello: Hello): void;
  /** `interest.acknowledgedSeq` grew. May be called from within `flush`, `setPeers` and `close`. */
  onInterestAcknowledged?(): void;
  /**
   * A peer said something on a control link. Only there: what its kernel has still queued on the others may arrive
   * long after the process is gone.
   */
  onPeerHeard?(peerId: string): void;
  /** Nobody listens where the peer's bus was: its process is gone. Again at each dial. */
  onPeerRefused?(peerId: string): void;
  /**
   * What a member says to control. `plain` is decoded, owned by the receiver and otherwise unchecked: to refuse it
   * throw BusProtocolError (`bad-body`), which closes the link and is counted.
   */
  onControl?(peerId: string, frame: PlainFrameName, plain: unknown): void;
  /** What each new link begins with, so that who has just come hears at once; undefined: nothing. */
  rumour?(): unknown;
}

export interface BusOptions {
  /** 40 lower case hex digits. */
  readonly selfId: string;
  /** The same on all nodes; at least SECRET_BYTES_MIN. */
  readonly secret: Buffer;
  readonly hello: Hello;
  readonly callbacks: BusCallbacks;
  /** Unix time. Only shown, never waited by. */
  readonly nowMs: () => number;
  /** 0 (included) to 1 (not included); spreads the redials. */
  readonly random: () => number;
  readonly logger: BusLogger;
  /** Default: `interest`. */
  readonly publishMode?: PublishMode;
  /** `cluster-link-sendbuf-limit`; default 0: no limit. */
  readonly linkSendbufLimitBytes?: number;
  /** `cluster-node-timeout`: pings and silences follow it. Default: NODE_TIMEOUT_MS. */
  readonly nodeTimeoutMs?: number;
}

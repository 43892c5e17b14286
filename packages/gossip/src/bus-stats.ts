import { BUS_FAULTS, type BusFault } from "./bus-protocol-error.ts";
import { FRAME_NAMES, type FrameName } from "./frame-types.ts";

/** Why a connection of the bus ended, besides faults of the peer. The words are what INFO shows. */
export const CLOSE_REASONS = [
  "peer-closed", //          the other side closed it, or TCP reset it
  "connect-refused", //      nobody listens there: the process is gone
  "connect-failed", //       no route, no such host, no answer
  "unanswered", //           the dialled side left without a word: it is ending, or does not want us and counts why
  "handshake-abandoned", //  the other side left during the handshake: usually it found our secret wrong
  "handshake-timeout", //    not authenticated in HANDSHAKE_TIMEOUT_MS
  "too-many-handshakes", //  PENDING_HANDSHAKES_MAX of these at once
  "too-many-strangers", //   STRANGERS_MAX authenticated nodes that are not our peers
  "silent", //               too long without a heartbeat (bus-timing.ts), or a word from a stranger
  "ack-timeout", //          INTEREST_ACK_TIMEOUT_MS without an acknowledgement
  "control-queue", //        CONTROL_QUEUED_BYTES_MAX waiting on a control link
  "replaced", //             the peer dialled again: its newest link counts
  "removed", //              no longer one of our peers, or its address changed
  "unwanted", //             this node has no more use for it: a data link, a stranger
  "shutdown", //             this bus was closed
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number] | BusFault;

/** Of these, the ones that may be an attack or a wrong configuration: they make up `authFailures`. */
const AUTH_FAILURES: readonly CloseReason[] = [
  "bad-magic",
  "bad-version",
  "bad-kind",
  "bad-node-id",
  "unknown-peer",
  "not-welcome",
  "wrong-node",
  "bad-proof",
  "excess-bytes",
  "handshake-abandoned",
  "handshake-timeout",
  "too-many-handshakes",
];

/** Why a published message was not sent to a peer. */
export const DROP_REASONS = [
  "link-down", //     no flood link to the peer at this moment
  "sendbuf-limit", // `cluster-link-sendbuf-limit` bytes wait on the link already
  "too-large", //     channel and payload exceed BUS_FRAME_BYTES_MAX
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Messages and their bytes on the wire, frame heads included. A message to two peers counts twice. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/** Counters since the bus was made; they only grow. */
export interface BusStats {
  readonly sent: Readonly<Record<FrameName, Traffic>>;
  readonly received: Readonly<Record<FrameName, Traffic>>;
  /** Published messages that a peer did not get; bytes without frame heads. */
  readonly drops: Readonly<Record<DropReason, Traffic>>;
  /** Connections ended, by reason. */
  readonly closes: Readonly<Record<CloseReason, number>>;
  /** Connections that were not let in, on either side: the sum of the `closes` of that kind. */
  readonly authFailures: number;
}

interface MutableTraffic {
  messages: number;
  bytes: number;
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, MutableTraffic> {
  const entries = names.map((name) => [name, { messages: 0, bytes: 0 }]);
  return Object.fromEntries(entries) as Record<Name, MutableTraffic>; // one entry for each name
}

/** The writable side, for the parts of the bus that count. */
export class BusCounters implements BusStats {
  readonly sent = zeros(FRAME_NAMES);
  readonly received = zeros(FRAME_NAMES);
  readonly drops = zeros(DROP_REASONS);
  readonly closes: Record<CloseReason, number>;

  constructor() {
    const reasons: string[] = [...CLOSE_REASONS, ...Object.keys(BUS_FAULTS)];
    const entries = reasons.map((reason) => [reason, 0]);
    this.closes = Object.fromEntries(entries) as Record<CloseReason, number>; // one entry for each reason
  }

  get authFailures(): number {
    return AUTH_FAILURES.reduce((sum, reason) => sum + this.closes[reason], 0);
  }
}

/** Adds to one counter. */
export function count(traffic: MutableTraffic, messages: number, bytes: number): void {
  traffic.messages += messages;
  traffic.bytes += bytes;
}

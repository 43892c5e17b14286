import { BUS_FRAME_BYTES_MAX, CONTROL_FRAME_BYTES_MAX } from "./limits.ts";

/**
 * What a link carries, so that one kind of traffic cannot starve another. The number is the wire format:
 * append, never renumber.
 */
export const LINK_KINDS = {
  control: 1, // heartbeats, interest; later gossip and Raft: small, never behind bulk
  flood: 2, //   published messages: dropped beyond a limit
  // 3 data: replication, reserved
} as const;
export type LinkKind = keyof typeof LINK_KINDS;

/** The one who opened the TCP connection, or the one who accepted it. */
export type LinkSide = "dialler" | "acceptor";

interface FrameSpec {
  readonly type: number;
  readonly kind: LinkKind;
  readonly from: LinkSide;
  /** Of the body. */
  readonly bytesMax: number;
}

const control = (type: number, from: LinkSide): FrameSpec => ({
  type,
  kind: "control",
  from,
  bytesMax: CONTROL_FRAME_BYTES_MAX,
});

/**
 * Every frame of the bus (docs/bus.md). The number is the wire format: append, never renumber or reuse. To
 * add one: a line here, its message in control-messages.ts, its case in control-traffic.ts.
 */
export const FRAMES = {
  hello: control(1, "dialler"), //          first on a control link: where clients reach the sender
  ping: control(2, "dialler"), //           heartbeat
  pong: control(3, "acceptor"), //          its answer, on the same link
  interestFull: control(4, "dialler"), //   all channels and patterns the sender wants
  interestAdd: control(5, "dialler"), //    what it wants from now on
  interestRemove: control(6, "dialler"), // what it no longer wants
  interestAck: control(7, "acceptor"), //   "from here on I send you that"
  // 8–15 gossip: suspicion reports. 16–31 Raft and facts
  publish: { type: 32, kind: "flood", from: "dialler", bytesMax: BUS_FRAME_BYTES_MAX },
  // 33 publishShard: SPUBLISH to the nodes of a shard. 64–95 replication, on data links
} as const satisfies Record<string, FrameSpec>;
export type FrameName = keyof typeof FRAMES;

/** In the order of the table. */
export const FRAME_NAMES = Object.keys(FRAMES) as readonly FrameName[]; // keys of the literal above, which TypeScript widens

/** Decides which frames a link accepts, and of what size, before anything of the body is looked at. */
export interface FrameFilter {
  readonly kind: LinkKind;
  readonly from: LinkSide;
}

const BY_TYPE: readonly (FrameName | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  FRAME_NAMES.find((name) => FRAMES[name].type === type),
);

/** `undefined` when the type is unknown or may not come from that side of that kind of link. */
export function frameName(type: number, filter: FrameFilter): FrameName | undefined {
  const name = BY_TYPE[type];
  if (name === undefined) return undefined;
  const spec = FRAMES[name];
  return spec.kind === filter.kind && spec.from === filter.from ? name : undefined;
}

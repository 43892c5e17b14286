import {
  BUS_FRAME_BYTES_MAX,
  CONTROL_FRAME_BYTES_MAX,
  REPLICATION_FRAME_BYTES_MAX,
} from "./limits.ts";

/**
 * What a link carries, so that one kind of traffic cannot starve another. The number is the wire format:
 * append, never renumber.
 */
export const LINK_KINDS = {
  control: 1, // heartbeats, interest, Raft, facts: small, never behind bulk
  flood: 2, //   published messages: dropped beyond a limit
  data: 3, //    replication: dialled when a replica needs it, never dropped
  meet: 4, //    with a node that is none of our peers: who wants in
} as const;
export type LinkKind = keyof typeof LINK_KINDS;
/** Between members of one cluster. */
export type PeerLinkKind = Exclude<LinkKind, "meet">;

/** The one who opened the TCP connection, or the one who accepted it. */
export type LinkSide = "dialler" | "acceptor";

interface FrameSpec {
  readonly type: number;
  readonly kinds: readonly LinkKind[];
  readonly from: LinkSide | "either";
  /** Of the body. */
  readonly bytesMax: number;
}

const control = (type: number, from: LinkSide): FrameSpec => ({
  type,
  kinds: ["control"],
  from,
  bytesMax: CONTROL_FRAME_BYTES_MAX,
});

const plain = (type: number, ...kinds: readonly LinkKind[]): FrameSpec => ({
  type,
  kinds,
  from: "either",
  bytesMax: CONTROL_FRAME_BYTES_MAX,
});

/**
 * What control says. The bus only carries these: the body is any plain data, and who receives it checks its shape.
 */
const PLAIN_FRAMES = {
  rumour: plain(8, "control", "meet"), //         how the sender is and what it heard of others
  raft: plain(16, "control"), //                  a message between voters
  facts: plain(17, "control", "meet"), //         what all agree on, or an increment
  factsRequest: plain(18, "control", "meet"), //  asks for that
  propose: plain(19, "control"), //               a change of the facts, on its way to the leader
  proposeResult: plain(20, "control", "meet"), // what came of it, or of a join
  lease: plain(21, "control"), //                 a primary asks for the right to answer reads
  leaseGrant: plain(22, "control"), //            a voter's answer
  join: plain(23, "meet"), //                     a node that is not a member asks to be let in
  support: plain(24, "control"), //               a voter says whom it wants replaced
  handOver: plain(25, "control"), //              a replica asks its primary to let it lead
} as const satisfies Record<string, FrameSpec>;
export type PlainFrameName = keyof typeof PLAIN_FRAMES;

/**
 * Every frame of the bus (docs/bus.md). The number is the wire format: append, never renumber or reuse. To
 * add one: a line here, its message in control-messages.ts, its case in control-traffic.ts; or a line above.
 */
export const FRAMES = {
  hello: control(1, "dialler"), //          first on a control link: where clients reach the sender
  ping: control(2, "dialler"), //           heartbeat
  pong: control(3, "acceptor"), //          its answer, on the same link
  interestFull: control(4, "dialler"), //   all channels and patterns the sender wants
  interestAdd: control(5, "dialler"), //    what it wants from now on
  interestRemove: control(6, "dialler"), // what it no longer wants
  interestAck: control(7, "acceptor"), //   "from here on I send you that"
  ...PLAIN_FRAMES, //                       8 and 16 to 25; free: 9 to 15, 26 to 31
  publish: { type: 32, kinds: ["flood"], from: "dialler", bytesMax: BUS_FRAME_BYTES_MAX },
  publishShard: { type: 33, kinds: ["flood"], from: "dialler", bytesMax: BUS_FRAME_BYTES_MAX },
  replication: { type: 64, kinds: ["data"], from: "either", bytesMax: REPLICATION_FRAME_BYTES_MAX },
  // 65–95: more of it
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
  if (name === undefined || !travelsOn(name, filter.kind)) return undefined;
  const { from }: FrameSpec = FRAMES[name];
  return from === "either" || from === filter.from ? name : undefined;
}

export function travelsOn(name: FrameName, kind: LinkKind): boolean {
  const { kinds }: FrameSpec = FRAMES[name];
  return kinds.includes(kind);
}

export function isPlainFrame(name: FrameName): name is PlainFrameName {
  return Object.hasOwn(PLAIN_FRAMES, name);
}

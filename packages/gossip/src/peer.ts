import type { Hello } from "./control-messages.ts";
import type { PeerLinkKind } from "./frame-types.ts";
import type { Link } from "./link.ts";
import type { BusAddress, OutboundLink } from "./outbound-link.ts";
import { PeerInterest } from "./peer-interest.ts";
import { Batch, type BatchTarget } from "./publish-batches.ts";

/** Heartbeats of the control link that we dialled. */
export interface Heartbeat {
  /** Number of the latest ping. */
  seq: number;
  /** Unix time of the ping that is not answered yet; 0: none is out. CLUSTER NODES shows it. */
  pingSentMs: number;
  /** Unix time of the latest pong; 0: none yet. */
  pongReceivedMs: number;
  /** Of the latest pong; undefined: none yet. */
  roundTripMs: number | undefined;
  /** Clock that never steps: when the latest ping left. */
  pingSentSteadyMs: number;
}

export interface OutboundLinks {
  readonly control: OutboundLink;
  readonly flood: OutboundLink;
  /** While this node wants the peer's data. */
  data: OutboundLink | undefined;
}

/** Another node as this one sees it: its links and what it told us. Owner: the Mesh. */
export class Peer implements BatchTarget {
  readonly id: string;
  readonly address: BusAddress;
  /** Links that we keep up; messages to the peer go there. */
  readonly outbound: OutboundLinks;
  /** Links that the peer keeps up; its messages come from there. */
  readonly inbound: Record<PeerLinkKind, Link | undefined> = {
    control: undefined,
    flood: undefined,
    data: undefined,
  };
  readonly interest = new PeerInterest();
  /** As last announced; kept when the peer is gone. */
  hello: Hello | undefined;
  /** The present inbound control link has begun with a hello, as it must. */
  isIntroduced = false;
  readonly heartbeat: Heartbeat = {
    seq: 0,
    pingSentMs: 0,
    pongReceivedMs: 0,
    roundTripMs: undefined,
    pingSentSteadyMs: 0,
  };
  /** When the inbound control link was last heard of; clock that never steps. */
  heardAtSteadyMs = 0;
  readonly drops = { messages: 0, bytes: 0 };
  batch = new Batch(0);

  constructor(options: {
    readonly id: string;
    readonly address: BusAddress;
    readonly outbound: OutboundLinks;
  }) {
    this.id = options.id;
    this.address = options.address;
    this.outbound = options.outbound;
  }

  /** All that are up, ours first. */
  links(): Link[] {
    const { control, flood, data } = this.outbound;
    return [
      control.link,
      flood.link,
      data?.link,
      this.inbound.control,
      this.inbound.flood,
      this.inbound.data,
    ].filter((link) => link !== undefined);
  }
}

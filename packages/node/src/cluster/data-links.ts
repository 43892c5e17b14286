import type { NodeId } from "@slotcast/control";
import { BusProtocolError, type DataLink } from "@slotcast/gossip";
import { decodeFrame, type ReplicationFrame } from "../replication/frames.ts";

export interface DataLinksOptions {
  /** This node leads its shard. */
  readonly isPrimary: () => boolean;
  readonly linked: (nodeId: NodeId) => void;
  readonly unlinked: (nodeId: NodeId) => void;
  readonly received: (nodeId: NodeId, frame: ReplicationFrame) => void;
  readonly drained: () => void;
}

/**
 * The data links of the bus, as replication counts them. A replica dials its primary, so there may be one in each
 * direction while their parts change: a primary counts those that were dialled to it, a replica the one that it dialled.
 * On the others nothing is said, and nothing is heard.
 *
 * Owner: ClusterMember.
 */
export class DataLinks {
  readonly #options: DataLinksOptions;
  readonly #links = new Set<DataLink>();
  readonly #counted = new Map<NodeId, DataLink>();

  constructor(options: DataLinksOptions) {
    this.#options = options;
  }

  to(nodeId: NodeId): DataLink | undefined {
    return this.#counted.get(nodeId);
  }

  up(link: DataLink): void {
    this.#links.add(link);
    if (this.#counts(link)) this.#count(link);
  }

  down(link: DataLink): void {
    this.#links.delete(link);
    if (this.#counted.get(link.peerId) === link) this.#discount(link.peerId);
  }

  /** Throws BusProtocolError for what is no frame of replication. */
  received(link: DataLink, body: Buffer): void {
    let frame: ReplicationFrame;
    try {
      frame = decodeFrame(body);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new BusProtocolError("bad-body", error.message);
    }
    if (this.#counted.get(link.peerId) === link) this.#options.received(link.peerId, frame);
  }

  drained(): void {
    this.#options.drained();
  }

  /** This node's part is another one. */
  review(): void {
    for (const [nodeId, link] of [...this.#counted]) {
      if (!this.#counts(link)) this.#discount(nodeId);
    }
    for (const link of this.#links) {
      if (this.#counts(link) && !this.#counted.has(link.peerId)) this.#count(link);
    }
  }

  closeAll(): void {
    this.#counted.clear();
    for (const link of [...this.#links]) link.close();
    this.#links.clear();
  }

  #counts({ direction }: DataLink): boolean {
    return direction === (this.#options.isPrimary() ? "from" : "to");
  }

  #count(link: DataLink): void {
    const { peerId } = link;
    // A new link voids the old one, whatever is still on its way there.
    if (this.#counted.has(peerId)) this.#discount(peerId);
    this.#counted.set(peerId, link);
    this.#options.linked(peerId);
  }

  #discount(nodeId: NodeId): void {
    this.#counted.delete(nodeId);
    this.#options.unlinked(nodeId);
  }
}

import type { NodeId } from "@slotcast/control";
import type { FrameBody } from "@slotcast/gossip";
import type { PrimaryAddress } from "../config/directive.ts";
import type { Connection, Takeover } from "../connection.ts";
import { unsentBytes } from "../direct-write.ts";
import type { ShardLink } from "../replication/shard-driver.ts";
import { ALIVE, framed, LinkFrameReader } from "./link-frames.ts";

export interface ReplicaLinkEvents {
  /** A view, valid during the call. May throw TypeError: the link is done. */
  frame(body: Buffer): void;
  /** The connection is gone. */
  closed(): void;
}

/**
 * A client that turned out to be a replica: its connection carries frames from now on, and no requests. How much waits
 * in it is bounded by replication itself, so `client-output-buffer-limit` does not ask for it.
 *
 * Owner: StandaloneReplication.
 */
export class ReplicaLink implements ShardLink, Takeover {
  readonly nodeId: NodeId;
  /** As it wants to be shown, or where it comes from. */
  readonly address: PrimaryAddress;
  /** Steady clock. */
  lastHeardMs: number;
  lastSentMs: number;
  readonly #connection: Connection;
  readonly #events: ReplicaLinkEvents;
  readonly #steadyMs: () => number;
  readonly #reader = new LinkFrameReader();

  constructor(options: {
    readonly nodeId: NodeId;
    readonly connection: Connection;
    readonly steadyMs: () => number;
    readonly events: ReplicaLinkEvents;
  }) {
    const { nodeId, connection, steadyMs, events } = options;
    this.nodeId = nodeId;
    this.#connection = connection;
    this.#events = events;
    this.#steadyMs = steadyMs;
    this.lastHeardMs = steadyMs();
    this.lastSentMs = this.lastHeardMs;
    const { host, port } = connection.announcedAddress ?? { host: "", port: 0 };
    this.address = { host: host === "" ? plainHost(connection.socket.remoteAddress) : host, port };
    connection.takenOver = this;
    connection.isStopped = true;
  }

  get queuedBytes(): number {
    return unsentBytes(this.#connection.socket);
  }

  send({ parts, sizeBytes }: Pick<FrameBody, "parts" | "sizeBytes">): boolean {
    if (this.#connection.isClosed) return false;
    for (const part of framed(parts, sizeBytes)) this.#connection.writeShared(part);
    this.lastSentMs = this.#steadyMs();
    return true;
  }

  sayAlive(): void {
    this.#connection.writeShared(ALIVE);
    this.lastSentMs = this.#steadyMs();
  }

  received(bytes: Buffer): void {
    this.lastHeardMs = this.#steadyMs();
    try {
      for (const body of this.#reader.push(bytes)) {
        if (body.length > 0) this.#events.frame(body);
        if (this.#connection.isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.close();
    }
  }

  closed(): void {
    this.#connection.takenOver = undefined;
    this.#events.closed();
  }

  close(): void {
    this.#connection.destroy();
  }
}

/** A listener on `::` shows IPv4 clients as mapped addresses. */
function plainHost(address = ""): string {
  return address.replace(/^::ffff:/, "");
}

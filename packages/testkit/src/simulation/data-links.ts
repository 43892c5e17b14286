import type { NodeId } from "@slotcast/control";
import type { ReplicationFrame } from "@slotcast/node";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import type { Network } from "./network.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface DataLinkEvents {
  linked(peerId: NodeId): void;
  unlinked(peerId: NodeId): void;
  received(from: NodeId, frame: ReplicationFrame): void;
}

/**
 * The data links of one process: at most one with each peer, dialled by whoever follows. A new one voids the one before,
 * whose frames are not looked at any more.
 */
export class DataLinks {
  readonly #owner: Party;
  readonly #network: Network;
  readonly #random: SeededRandom;
  readonly #hostOf: (nodeId: NodeId) => number | undefined;
  readonly #events: DataLinkEvents;
  readonly #links = new Map<NodeId, Socket>();
  #primaryId: NodeId | undefined;
  #dialled: Socket | undefined;
  #isDialling = false;

  constructor(options: {
    readonly owner: Party;
    readonly network: Network;
    readonly random: SeededRandom;
    readonly hostOf: (nodeId: NodeId) => number | undefined;
    readonly events: DataLinkEvents;
  }) {
    this.#owner = options.owner;
    this.#network = options.network;
    this.#random = options.random;
    this.#hostOf = options.hostOf;
    this.#events = options.events;
  }

  /** Keeps a link to that node, and gives up the one to the node before. */
  follow(primaryId: NodeId | undefined): void {
    const dialled = this.#dialled;
    const before = this.#primaryId;
    this.#primaryId = primaryId;
    this.#dialled = undefined;
    if (dialled !== undefined && before !== undefined) this.#end(before, dialled);
    this.#dial();
  }

  /** Lost when there is no link. */
  send(to: NodeId, frame: ReplicationFrame): void {
    this.#links.get(to)?.send({ kind: "frame", frame });
  }

  has(peerId: NodeId): boolean {
    return this.#links.has(peerId);
  }

  accepted(peerId: NodeId, socket: Socket): SocketEvents {
    return this.#begin(peerId, socket);
  }

  #begin(peerId: NodeId, socket: Socket): SocketEvents {
    const before = this.#links.get(peerId);
    if (before !== undefined) this.#end(peerId, before);
    this.#links.set(peerId, socket);
    this.#events.linked(peerId);
    return {
      received: (packet) => {
        const isCurrent = this.#links.get(peerId) === socket;
        if (isCurrent && packet.kind === "frame") this.#events.received(peerId, packet.frame);
      },
      closed: () => {
        this.#end(peerId, socket);
        this.#dialLater();
      },
    };
  }

  #end(peerId: NodeId, socket: Socket): void {
    socket.close();
    if (this.#dialled === socket) this.#dialled = undefined;
    if (this.#links.get(peerId) !== socket) return;
    this.#links.delete(peerId);
    this.#events.unlinked(peerId);
  }

  #dial(): void {
    const primaryId = this.#primaryId;
    const to = primaryId === undefined ? undefined : this.#hostOf(primaryId);
    if (primaryId === undefined || to === undefined) return;
    if (this.#isDialling || this.#links.has(primaryId)) return;
    this.#isDialling = true;
    const ended = (): void => {
      this.#isDialling = false;
      this.#dialLater();
    };
    const opened = (socket: Socket): SocketEvents => {
      this.#isDialling = false;
      if (this.#primaryId === primaryId) {
        this.#dialled = socket;
        return this.#begin(primaryId, socket);
      }
      socket.close();
      this.#dialLater();
      return { received: () => {}, closed: () => {} };
    };
    const events = { opened, refused: ended, failed: ended };
    this.#network.dial({ from: this.#owner, to, kind: "data", events });
  }

  #dialLater(): void {
    this.#network.clock.after(this.#random.between(20, 60), () => {
      this.#owner.whenAwake(() => this.#dial());
    });
  }
}

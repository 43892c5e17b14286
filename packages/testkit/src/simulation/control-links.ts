import type { NodeId } from "@slotcast/control";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import type { Network } from "./network.ts";
import type { Packet } from "./packet.ts";

/** After a dial that came to nothing. */
const REDIAL_MS = 60;
/** Packets that wait for a link. More are dropped, as by a full buffer. */
const WAITING_MAX = 256;

interface Peer {
  socket: Socket | undefined;
  isDialling: boolean;
  waiting: Packet[];
  mayDialAtMs: number;
}

/**
 * The control links of one process: one to each peer that it sends something to, dialled when needed. A link that ends
 * is dialled again at once: a refusal says that the peer's process is gone.
 */
export class ControlLinks {
  readonly #owner: Party;
  readonly #network: Network;
  readonly #hostOf: (nodeId: NodeId) => number | undefined;
  readonly #refused: (peerId: NodeId) => void;
  readonly #peers = new Map<NodeId, Peer>();

  constructor(options: {
    readonly owner: Party;
    readonly network: Network;
    /** `undefined`: nobody knows where it is. */
    readonly hostOf: (nodeId: NodeId) => number | undefined;
    readonly refused: (peerId: NodeId) => void;
  }) {
    this.#owner = options.owner;
    this.#network = options.network;
    this.#hostOf = options.hostOf;
    this.#refused = options.refused;
  }

  send(to: NodeId, packet: Packet): void {
    const peer = this.#peerOf(to);
    if (peer.socket !== undefined) {
      peer.socket.send(packet);
      return;
    }
    if (peer.isDialling || this.#dial(to, peer)) {
      if (peer.waiting.length < WAITING_MAX) peer.waiting.push(packet);
    }
  }

  #peerOf(id: NodeId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = { socket: undefined, isDialling: false, waiting: [], mayDialAtMs: 0 };
      this.#peers.set(id, peer);
    }
    return peer;
  }

  #dial(id: NodeId, peer: Peer): boolean {
    const { clock } = this.#network;
    const to = this.#hostOf(id);
    if (to === undefined || clock.nowMs < peer.mayDialAtMs) return false;
    peer.isDialling = true;
    const ended = (): void => {
      peer.isDialling = false;
      peer.waiting = [];
      peer.mayDialAtMs = clock.nowMs + REDIAL_MS;
    };
    this.#network.dial({
      from: this.#owner,
      to,
      kind: "control",
      events: {
        opened: (socket) => this.#opened(id, peer, socket),
        refused: () => {
          ended();
          this.#refused(id);
        },
        failed: ended,
      },
    });
    return true;
  }

  #opened(id: NodeId, peer: Peer, socket: Socket): SocketEvents {
    peer.isDialling = false;
    peer.socket = socket;
    for (const packet of peer.waiting) socket.send(packet);
    peer.waiting = [];
    return {
      received: () => {},
      closed: () => {
        peer.socket = undefined;
        this.#dial(id, peer);
      },
    };
  }
}

import { BusProtocolError } from "./bus-protocol-error.ts";
import { packControl, unpackControl } from "./control-codec.ts";
import { checkHello, type ControlMessage, type Hello } from "./control-messages.ts";
import { frameBody, type FrameBody } from "./frame-codec.ts";
import type { FrameName } from "./frame-types.ts";
import { CONTROL_QUEUED_BYTES_MAX, LINK_SILENCE_MS, PING_PERIOD_MS } from "./limits.ts";
import type { Link } from "./link.ts";
import type { LocalInterest } from "./local-interest.ts";
import type { Mesh } from "./mesh.ts";
import type { Peer } from "./peer.ts";

export interface ControlTrafficOptions {
  readonly mesh: Mesh;
  readonly interest: LocalInterest;
  readonly hello: Hello;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  /** The peer announced its client endpoints, for the first time or again. */
  readonly onPeerHello: (peerId: string, hello: Hello) => void;
  /** Which peers want which channels is different now. */
  readonly onInterestChanged: () => void;
}

/** What is said on the control links: who I am, am I there, what do I want. */
export class ControlTraffic {
  readonly #options: ControlTrafficOptions;
  #hello: Hello;

  constructor(options: ControlTrafficOptions) {
    this.#options = options;
    this.#hello = checkHello(options.hello);
  }

  /** Announced to all peers at once, and to those that connect later. */
  setHello(hello: Hello): void {
    this.#hello = checkHello(hello);
    this.#broadcast({ name: "hello", body: hello });
  }

  up(peer: Peer, link: Link): void {
    if (link.direction === "to") {
      this.#send(peer, link, { name: "hello", body: this.#hello });
      this.#send(peer, link, this.#options.interest.full());
      this.#options.interest.peerConnected(peer.id);
      this.#ping(peer, link);
    } else {
      peer.isIntroduced = false;
      peer.heardAtSteadyMs = this.#options.steadyMs();
      this.#forgetInterest(peer);
    }
  }

  down(peer: Peer, link: Link): void {
    if (link.direction === "to") {
      peer.heartbeat.pingSentMs = 0;
      this.#options.interest.peerGone(peer.id);
    } else {
      this.#forgetInterest(peer);
    }
  }

  receive(peer: Peer, link: Link, name: Exclude<FrameName, "publish">, body: Buffer): void {
    const message = unpackControl(name, body);
    if (link.direction === "to") this.#receiveAnswer(peer, message);
    else this.#receiveFromDialler(peer, link, message);
  }

  /** Announces what was added and removed since the last flush. */
  flush(): void {
    for (const message of this.#options.interest.takeIncrements(this.#options.steadyMs())) {
      this.#broadcast(message);
    }
  }

  /** `isLate`: this process was held up, so the silence may be its own: nobody is judged this time. */
  tick(options: { readonly steadyMs: number; readonly isLate: boolean }): void {
    const { mesh, interest } = this.#options;
    const { steadyMs, isLate } = options;
    for (const peer of mesh.peers.values()) this.#tickPeer(peer, steadyMs, { isLate });
    if (isLate) return;
    for (const peerId of interest.overdue(steadyMs)) {
      const peer = mesh.peers.get(peerId);
      if (peer !== undefined) mesh.closeOutbound(peer, "ack-timeout");
    }
  }

  #tickPeer(peer: Peer, steadyMs: number, { isLate }: { readonly isLate: boolean }): void {
    const { mesh } = this.#options;
    const { heartbeat, inbound } = peer;
    const { link } = peer.outbound.control;
    const sinceMs = steadyMs - heartbeat.pingSentSteadyMs;
    if (link !== undefined) {
      const isAnswered = heartbeat.pingSentMs === 0;
      if (isAnswered && sinceMs >= PING_PERIOD_MS) this.#ping(peer, link);
      else if (!isAnswered && sinceMs >= LINK_SILENCE_MS && !isLate) {
        mesh.closeOutbound(peer, "silent");
      }
    }
    const isSilent = steadyMs - peer.heardAtSteadyMs >= LINK_SILENCE_MS;
    if (inbound.control !== undefined && isSilent && !isLate) mesh.closeInbound(peer, "silent");
  }

  #ping(peer: Peer, link: Link): void {
    const { heartbeat } = peer;
    heartbeat.seq += 1;
    heartbeat.pingSentMs = this.#options.nowMs();
    heartbeat.pingSentSteadyMs = this.#options.steadyMs();
    this.#send(peer, link, { name: "ping", body: { seq: heartbeat.seq } });
  }

  #receiveAnswer(peer: Peer, message: ControlMessage): void {
    const { interest, nowMs, steadyMs } = this.#options;
    const { heartbeat } = peer;
    if (message.name === "interestAck") {
      interest.peerAcknowledged(peer.id, message.body.seq, steadyMs());
    } else if (message.name === "pong" && message.body.seq === heartbeat.seq) {
      heartbeat.pingSentMs = 0;
      heartbeat.pongReceivedMs = nowMs();
      heartbeat.roundTripMs = steadyMs() - heartbeat.pingSentSteadyMs;
    }
  }

  #receiveFromDialler(peer: Peer, link: Link, message: ControlMessage): void {
    peer.heardAtSteadyMs = this.#options.steadyMs();
    if (message.name === "hello") {
      peer.isIntroduced = true;
      peer.hello = message.body;
      this.#options.onPeerHello(peer.id, message.body);
      return;
    }
    if (!peer.isIntroduced) throw new BusProtocolError("bad-order", `${message.name} before hello`);
    if (message.name === "ping") {
      this.#send(peer, link, { name: "pong", body: { seq: message.body.seq } });
      return;
    }
    this.#learnInterest(peer, message);
    const { seq } = message.body;
    // After it was applied: from here on the peer may tell its subscriber.
    this.#send(peer, link, { name: "interestAck", body: { seq } });
  }

  #learnInterest(peer: Peer, message: ControlMessage): void {
    const { interest } = peer;
    if (message.name === "interestFull") {
      interest.replace(message.body);
    } else if (!interest.isKnown) {
      throw new BusProtocolError("bad-order", `${message.name} before the full digest`);
    } else if (message.name === "interestAdd") {
      interest.add(message.body);
    } else if (message.name === "interestRemove") {
      interest.remove(message.body);
    }
    this.#options.onInterestChanged();
  }

  #forgetInterest(peer: Peer): void {
    peer.interest.forget();
    this.#options.onInterestChanged();
  }

  #broadcast(message: ControlMessage): void {
    const body = frameBody(packControl(message));
    for (const peer of this.#options.mesh.peers.values()) {
      const { link } = peer.outbound.control;
      if (link !== undefined) this.#sendBody(peer, link, message.name, body);
    }
  }

  #send(peer: Peer, link: Link, message: ControlMessage): void {
    this.#sendBody(peer, link, message.name, frameBody(packControl(message)));
  }

  #sendBody(peer: Peer, link: Link, name: FrameName, body: FrameBody): void {
    link.send(name, body, 1);
    if (link.queuedBytes <= CONTROL_QUEUED_BYTES_MAX) return;
    if (link.direction === "to") this.#options.mesh.closeOutbound(peer, "control-queue");
    else this.#options.mesh.closeInbound(peer, "control-queue");
  }
}

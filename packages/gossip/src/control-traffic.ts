import { BusProtocolError } from "./bus-protocol-error.ts";
import type { BusTiming } from "./bus-timing.ts";
import { packControl, packPlain, unpackControl, unpackPlain } from "./control-codec.ts";
import {
  checkHello,
  type ControlMessage,
  type ControlName,
  type Hello,
} from "./control-messages.ts";
import { frameBody, type FrameBody } from "./frame-codec.ts";
import { isPlainFrame, travelsOn, type FrameName, type PlainFrameName } from "./frame-types.ts";
import { CONTROL_QUEUED_BYTES_MAX, INTEREST_ACK_TIMEOUT_MS } from "./limits.ts";
import type { Link } from "./link.ts";
import type { LocalInterest } from "./local-interest.ts";
import type { Mesh } from "./mesh.ts";
import type { Peer } from "./peer.ts";

export interface ControlTrafficOptions {
  readonly mesh: Mesh;
  readonly interest: LocalInterest;
  readonly hello: Hello;
  readonly timing: BusTiming;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  /** The peer announced its client endpoints, for the first time or again. */
  readonly onPeerHello: (peerId: string, hello: Hello) => void;
  /** Which peers want which channels is different now. */
  readonly onInterestChanged: () => void;
  /** What a heartbeat shall carry; undefined: nothing. */
  readonly rumour: () => unknown;
  /** Decoded, and otherwise unchecked. */
  readonly onPlain: (peerId: string, frame: PlainFrameName, plain: unknown) => void;
  /** The peer said something: its process runs. */
  readonly onHeard: (peerId: string) => void;
}

/** What is said on the control links: who I am, am I there, what do I want, what does control say. */
export class ControlTraffic {
  readonly #options: ControlTrafficOptions;
  #hello: Hello;
  #timing: BusTiming;

  constructor(options: ControlTrafficOptions) {
    this.#options = options;
    this.#hello = checkHello(options.hello);
    this.#timing = options.timing;
  }

  set timing(timing: BusTiming) {
    this.#timing = timing;
  }

  /** Announced to all peers at once, and to those that connect later. */
  setHello(hello: Hello): void {
    this.#hello = checkHello(hello);
    this.#announce({ name: "hello", body: hello });
  }

  up(peer: Peer, link: Link): void {
    if (link.direction === "to") {
      this.#send(peer, link, { name: "hello", body: this.#hello });
      this.#send(peer, link, this.#options.interest.full());
      this.#options.interest.peerConnected(peer.id);
      this.#sendRumour(peer, link);
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

  receive(peer: Peer, link: Link, name: FrameName, body: Buffer): void {
    if (isPlainFrame(name)) this.#receivePlain(peer, link, name, body);
    else this.#receiveMessage(peer, link, name as ControlName, body); // nothing else travels on these links
  }

  /** False: there is no link to the peer. Throws TypeError when this is no plain data. */
  send(peerId: string, name: PlainFrameName, plain: unknown): boolean {
    const peer = this.#options.mesh.peers.get(peerId);
    const link = peer === undefined ? undefined : controlLink(peer);
    if (peer === undefined || link === undefined || !travelsOn(name, link.kind)) return false;
    this.#sendBody(peer, link, name, frameBody(packPlain(plain)));
    return true;
  }

  /** As `send`, to all peers that have a link. Encoded once. */
  broadcast(name: PlainFrameName, plain: unknown): void {
    const body = frameBody(packPlain(plain));
    for (const peer of this.#options.mesh.peers.values()) {
      const link = controlLink(peer);
      if (link !== undefined && travelsOn(name, link.kind)) this.#sendBody(peer, link, name, body);
    }
  }

  /** Announces what was added and removed since the last flush. */
  flush(): void {
    for (const message of this.#options.interest.takeIncrements(this.#options.steadyMs())) {
      this.#announce(message);
    }
  }

  /** `listeningSinceMs`: this process was held up until then, so the silence before may be its own. */
  tick(options: { readonly steadyMs: number; readonly listeningSinceMs: number }): void {
    const { mesh, interest } = this.#options;
    const { steadyMs, listeningSinceMs } = options;
    for (const peer of mesh.peers.values()) this.#tickPeer(peer, options);
    if (steadyMs - listeningSinceMs < INTEREST_ACK_TIMEOUT_MS) return;
    for (const peerId of interest.overdue(steadyMs)) {
      const peer = mesh.peers.get(peerId);
      if (peer !== undefined) mesh.closeOutbound(peer, "ack-timeout");
    }
  }

  #tickPeer(
    peer: Peer,
    options: { readonly steadyMs: number; readonly listeningSinceMs: number },
  ): void {
    const { mesh } = this.#options;
    const { steadyMs, listeningSinceMs } = options;
    const { pingPeriodMs, outboundSilenceMs, inboundSilenceMs } = this.#timing;
    const { heartbeat, inbound } = peer;
    const { link } = peer.outbound.control;
    if (link !== undefined) {
      const sinceMs = steadyMs - heartbeat.pingSentSteadyMs;
      const silentMs = steadyMs - Math.max(heartbeat.pingSentSteadyMs, listeningSinceMs);
      const isAnswered = heartbeat.pingSentMs === 0;
      if (isAnswered && sinceMs >= pingPeriodMs) this.#ping(peer, link);
      else if (!isAnswered && silentMs >= outboundSilenceMs) mesh.closeOutbound(peer, "silent");
    }
    const silentMs = steadyMs - Math.max(peer.heardAtSteadyMs, listeningSinceMs);
    if (inbound.control !== undefined && silentMs >= inboundSilenceMs) {
      mesh.closeInbound(peer, "silent");
    }
  }

  #ping(peer: Peer, link: Link): void {
    const { heartbeat } = peer;
    heartbeat.seq += 1;
    heartbeat.pingSentMs = this.#options.nowMs();
    heartbeat.pingSentSteadyMs = this.#options.steadyMs();
    this.#send(peer, link, { name: "ping", body: { seq: heartbeat.seq } });
  }

  /** The first word on a link: who is new hears without delay. */
  #sendRumour(peer: Peer, link: Link): void {
    const plain = this.#options.rumour();
    if (plain !== undefined) this.#sendBody(peer, link, "rumour", frameBody(packPlain(plain)));
  }

  #receivePlain(peer: Peer, link: Link, name: PlainFrameName, body: Buffer): void {
    if (link.direction === "from") {
      peer.heardAtSteadyMs = this.#options.steadyMs();
      if (!peer.isIntroduced) throw new BusProtocolError("bad-order", `${name} before hello`);
    }
    const plain = unpackPlain(body);
    this.#options.onHeard(peer.id);
    this.#options.onPlain(peer.id, name, plain);
  }

  #receiveMessage(peer: Peer, link: Link, name: ControlName, body: Buffer): void {
    const message = unpackControl(name, body);
    this.#options.onHeard(peer.id);
    if (link.direction === "to") this.#receiveAnswer(peer, message);
    else this.#receiveFromDialler(peer, link, message);
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

  /** On the links that we dialled, where it belongs. */
  #announce(message: ControlMessage): void {
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

/** While ours is down, the one that the peer dialled does as well. */
function controlLink(peer: Peer): Link | undefined {
  return peer.outbound.control.link ?? peer.inbound.control;
}

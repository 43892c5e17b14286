import type { Socket } from "node:net";
import {
  EMPTY,
  makeReplyWriter,
  RequestDecoder,
  type Bytes,
  type ReplyWriter,
  type RequestLimits,
} from "@slotcast/protocol";
import { unsentBytes, writeDirect } from "./direct-write.ts";
import { OUTPUT_BUFFER_BYTES_MIN } from "./limits.ts";
import type { HeldReplies } from "./held-replies.ts";
import type { ClientTracking } from "./tracking/client-tracking.ts";
import type { Transaction } from "./transaction.ts";
import type { UncommittedReplies } from "./replication/uncommitted-replies.ts";
import type { Cohort, Subscriber, Subscriptions } from "./pubsub/cohort.ts";

/** One writer per protocol serves all connections: dispatch points it at the one whose request runs. */
const WRITERS: Readonly<Record<2 | 3, ReplyWriter>> = {
  2: makeReplyWriter(2),
  3: makeReplyWriter(3),
};

/** Why a connection's next request needs a second look before it runs; `0` is the everyday case. */
export const Restriction = {
  /** A password is set and was not given. */
  needsAuth: 1,
  /** RESP2 with subscriptions: only (P|S)SUBSCRIBE and its kin, PING, QUIT, RESET. */
  subscribed: 2,
  /** CLIENT REPLY OFF, or SKIP for this one request. */
  muted: 4,
  /** CLIENT REPLY SKIP was executed: the next request is muted. */
  muteNext: 8,
  /** MONITOR was executed. */
  monitor: 16,
} as const;

/** Who has a connection to himself: what comes on it is no request any more. */
export interface Takeover {
  /** A view, valid during the call. */
  received(bytes: Buffer): void;
  /** Once. */
  closed(): void;
}

/** What a connection needs of its node. One record for all connections. */
export interface ConnectionHost {
  readonly requestLimits: RequestLimits;
  /** The connection has output for the end of the turn. */
  dirty(connection: Connection): void;
  /** A write left bytes in the socket's queue; decides whether that is too much. */
  backlogged(connection: Connection): void;
  wrote(bytes: number): void;
}

/**
 * One client. Holds what the protocol, pub/sub and CLIENT LIST need, and nothing per request: 10,000 idle
 * ones must stay cheap. The listener feeds it, dispatch executes its requests, the end of the turn flushes it.
 */
export class Connection implements Subscriber {
  /** Pending output, in order of execution. */
  out = "";
  /** What `spill` took from `out` so far. */
  spilledBytes = 0;
  reply: ReplyWriter = WRITERS[2];
  restrictions = 0;
  /** Numbered database; 0 in a cluster. */
  database = 0;
  name: Bytes = EMPTY;
  libraryName: Bytes = EMPTY;
  libraryVersion: Bytes = EMPTY;
  /** READONLY was sent. */
  readsReplica = false;
  noEvict = false;
  noTouch = false;
  /** CLIENT DURABILITY: what its replies to commands with keys wait for. `default`: what `write-ack` says. */
  durability: "default" | "async" | "replicated" = "default";
  /** CLIENT CAPA redirect: it follows redirects also without a cluster. */
  followsRedirects = false;
  /** CLIENT TRACKING ON was sent. */
  tracking: ClientTracking | undefined;
  /** MULTI was sent. */
  transaction: Transaction | undefined;
  /** The name of the latest command, `container|subcommand` for those. */
  lastCommand = "NULL";
  lastActiveMs: number;
  commandCount = 0;
  /** Parked in BLPOP or XREAD, or held back by CLIENT PAUSE: what it sends meanwhile waits in the decoder. */
  isStopped = false;
  /** Closes once its output is written. */
  isClosing = false;
  isClosed = false;
  subscriptions: Subscriptions | undefined;
  cohort: Cohort | undefined;
  framesSeen = 0;
  /** Output waits until the cluster acknowledged this interest (gossip's sequence); 0: nothing to wait for. */
  heldUntilSeq = 0;
  /** Replies that wait until they are committed. `undefined`: it sent no command with keys that are replicated. */
  uncommitted: UncommittedReplies | undefined;
  /** While EXEC's commands run, or one of them answers later: their replies, before which nothing may be written. */
  heldReplies: HeldReplies | undefined;
  /** Of what waits there. */
  keptBytes = 0;
  /** A replica's link: nobody else reads or writes here. */
  takenOver: Takeover | undefined;
  /** REPLCONF: where the clients of this replica reach it. */
  announcedAddress: { readonly host: string; readonly port: number } | undefined;
  /** Unix time since when the soft output limit is exceeded; 0: it is not. */
  softLimitSinceMs = 0;
  readonly id: number;
  readonly socket: Socket;
  readonly decoder: RequestDecoder;
  readonly createdMs: number;
  /** Name of the listener it came in by: chooses the addresses it is told. */
  readonly listenerName: string;
  readonly #host: ConnectionHost;
  #isDirty = false;
  /** Output before `out` that piled up while it was held. */
  #spilled: Buffer[] | undefined;
  #spilledBytes = 0;

  constructor(options: {
    readonly id: number;
    readonly socket: Socket;
    readonly host: ConnectionHost;
    readonly listenerName: string;
    readonly nowMs: number;
  }) {
    this.id = options.id;
    this.socket = options.socket;
    this.#host = options.host;
    this.listenerName = options.listenerName;
    this.createdMs = options.nowMs;
    this.lastActiveMs = options.nowMs;
    this.decoder = new RequestDecoder(options.host.requestLimits);
  }

  get protocol(): 2 | 3 {
    return this.reply.protocol;
  }

  /** Only Hub.changeProtocol may call this for a connection with subscriptions. */
  set protocol(protocol: 2 | 3) {
    this.reply = WRITERS[protocol];
  }

  get isHeld(): boolean {
    if (this.heldUntilSeq > 0 || this.#spilled !== undefined) return true;
    return this.heldReplies !== undefined || this.uncommitted?.isHolding === true;
  }

  get isSubscriber(): boolean {
    return this.subscriptions !== undefined;
  }

  /** `ip:port` of the client, as CLIENT LIST shows it. */
  get address(): string {
    return formatAddress(this.socket.remoteAddress, this.socket.remotePort);
  }

  get localAddress(): string {
    return formatAddress(this.socket.localAddress, this.socket.localPort);
  }

  /** Bytes that wait to be sent, here and in the socket's queue. */
  get outputBytes(): number {
    const waitingBytes = this.#spilledBytes + (this.uncommitted?.bytes ?? 0);
    return this.out.length + this.keptBytes + waitingBytes + unsentBytes(this.socket);
  }

  markDirty(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#host.dirty(this);
  }

  /** Pending output has become long: hands it to the socket, or keeps it while it is held. */
  spill(): void {
    if (this.heldReplies !== undefined) {
      this.heldReplies.keepPushed();
      return;
    }
    this.spilledBytes += this.out.length;
    if (this.uncommitted !== undefined && this.#waits(this.uncommitted)) {
      this.markDirty();
      return;
    }
    if (this.heldUntilSeq === 0) {
      if (this.#spilled !== undefined) this.#writeSpilled(this.#spilled);
      this.#write();
      return;
    }
    const bytes = Buffer.from(this.out, "latin1");
    this.out = "";
    (this.#spilled ??= []).push(bytes);
    this.#spilledBytes += bytes.length;
  }

  /** So many bytes more wait elsewhere, which may be too much. */
  keep(bytes: number): void {
    this.keptBytes += bytes;
    if (!this.isClosed) this.#host.backlogged(this);
  }

  /** The end of the turn. */
  flush(): void {
    this.#isDirty = false;
    if (this.heldUntilSeq > 0 || this.heldReplies !== undefined) {
      if (!this.isClosed) this.#host.backlogged(this);
      return;
    }
    if (this.#spilled !== undefined) this.#writeSpilled(this.#spilled);
    if (this.uncommitted !== undefined && this.#waits(this.uncommitted)) {
      if (!this.isClosed) this.#host.backlogged(this);
      return;
    }
    if (this.out !== "") this.#write();
    // Both directions, once all is written: a client that stays would keep a descriptor.
    if (this.isClosing && !this.isClosed) this.socket.destroySoon();
  }

  writeShared(bytes: string | Buffer): void {
    if (this.isClosed) return;
    this.#host.wrote(bytes.length);
    writeDirect(this.socket, bytes);
    if (unsentBytes(this.socket) > 0) this.#host.backlogged(this);
  }

  /** Drops the connection at once, pending output included. */
  destroy(): void {
    this.isClosed = true;
    this.out = "";
    this.socket.destroy();
  }

  /** Stops reading requests and closes when the output is written. */
  closeAfterReply(): void {
    this.isClosing = true;
    this.isStopped = true;
    this.markDirty();
  }

  /** Whether `out` has to wait, with the replies that do. Then it has joined them. */
  #waits(replies: UncommittedReplies): boolean {
    if (replies.isFree && !replies.isOpen) return false;
    if (!replies.isOpen && this.heldUntilSeq === 0) return !replies.gate.letGo(this, replies);
    replies.gate.hold(this, replies);
    return true;
  }

  #writeSpilled(pieces: readonly Buffer[]): void {
    this.#spilled = undefined;
    this.#spilledBytes = 0;
    for (const piece of pieces) this.writeShared(piece);
  }

  #write(): void {
    const { out, socket } = this;
    this.out = "";
    if (this.isClosed) return;
    this.#host.wrote(out.length);
    writeDirect(socket, out.length < OUTPUT_BUFFER_BYTES_MIN ? out : Buffer.from(out, "latin1"));
    if (unsentBytes(socket) > 0) this.#host.backlogged(this);
  }
}

function formatAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return "?:0";
  return host.includes(":") ? `[${host}]:${port ?? 0}` : `${host}:${port ?? 0}`;
}

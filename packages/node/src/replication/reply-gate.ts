import { own, REPLY_STRING_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../connection.ts";
import { SETTLE_MS } from "./limits.ts";
import type { ReplicationState } from "./replication-state.ts";
import type { UncommittedReplies } from "./uncommitted-replies.ts";

export interface ReplyGateParts {
  readonly state: ReplicationState;
  /** The steady clock that leases are counted by. */
  readonly steadyMs: () => number;
  /** `-MOVED slot host:port`, with its line break, as this client is to be told. */
  readonly redirection: (connection: Connection, slot: number) => string;
  /** A keyspace event for the subscribers of this node. */
  readonly publish: (channel: Bytes, payload: Bytes) => void;
  /** `heldBytes` has grown. */
  readonly holdsMore: () => void;
  /** Ends the connection at once. */
  readonly kill: (connection: Connection) => void;
}

interface HeldEvent {
  readonly offset: number;
  readonly channel: Bytes;
  readonly payload: Bytes;
}

/** Since this primary was deposed. */
interface Deposition {
  /** Steady clock: who waits until then is closed. */
  readonly untilMs: number;
  sharedOffset: number;
  /** What is beyond `sharedOffset` happens nowhere. Until this is known it may happen yet. */
  isSettled: boolean;
}

/**
 * Lets a reply leave when what it rests on is committed: what the command did, and what was there when it looked. Each
 * connection keeps its order, whatever waits. A committed reply leaves only while no other process can be the primary,
 * which is asked in the turn in which it is written.
 *
 * It works at the end of the turn, when connections are flushed (`letGo`); `committed` only says whom to flush again.
 *
 * A deposed primary (`depose`) releases nothing until it has learnt how much of its log the new one has, `committed` by
 * `committed`, or `settle` for all of it: see UncommittedReplies.settle. Who cannot be told the truth is closed.
 *
 * Owner: Replication. Source: Amazon MemoryDB (SIGMOD '24), section 3.2.
 */
export class ReplyGate {
  /** What waits, over all connections. */
  heldBytes = 0;
  readonly #parts: ReplyGateParts;
  readonly #waiting = new Set<Connection>();
  /** In the order of their offsets. */
  #events: HeldEvent[] = [];
  /** Of the command that runs. */
  #newEvents: Omit<HeldEvent, "offset">[] = [];
  #deposition: Deposition | undefined;

  constructor(parts: ReplyGateParts) {
    this.#parts = parts;
  }

  /** Connections with output that waits. */
  get heldConnections(): number {
    return this.#waiting.size;
  }

  /**
   * Writes what may leave of what the connection waits for. True: nothing of it is left, and `out` may be written.
   * False: `out` waits with the rest.
   */
  letGo(connection: Connection, replies: UncommittedReplies): boolean {
    if (this.#deposition !== undefined)
      return this.#settleOne(connection, replies, this.#deposition);
    const { commitOffset } = this.#parts.state;
    if (replies.firstOffset <= commitOffset && this.#mayRelease(replies)) {
      if (!replies.isHolding) {
        replies.clear();
        this.#waiting.delete(connection);
        return true;
      }
      const { bytes } = replies;
      const released = replies.release(commitOffset);
      this.heldBytes -= bytes - replies.bytes;
      const isPassed = replies.isPassed(commitOffset);
      write(connection, released, isPassed);
      if (isPassed) {
        replies.clear();
        this.#waiting.delete(connection);
        return true;
      }
    }
    this.hold(connection, replies);
    return false;
  }

  /** `out` waits. */
  hold(connection: Connection, replies: UncommittedReplies): void {
    const { out } = connection;
    this.#waiting.add(connection);
    if (out === "") return;
    connection.out = "";
    replies.take(out);
    this.heldBytes += out.length;
    this.#parts.holdsMore();
  }

  /** The commit offset is another one, or the lease may be: who may be written to is, at the end of this turn. */
  committed(): void {
    const { state, steadyMs } = this.#parts;
    const { commitOffset } = state;
    const deposition = this.#deposition;
    this.#publishEvents(commitOffset);
    if (deposition !== undefined) {
      // Once settled, a commit may be one of another log, beyond what the two share.
      if (!deposition.isSettled)
        deposition.sharedOffset = Math.max(deposition.sharedOffset, commitOffset);
      this.#flushAll();
      return;
    }
    if (this.#waiting.size === 0 || !state.mayRelease(steadyMs())) return;
    for (const connection of this.#waiting) {
      if ((connection.uncommitted?.firstOffset ?? 0) <= commitOffset) connection.markDirty();
    }
  }

  /** This node is the primary, by a reign in which all of its log holds. */
  open(): void {
    this.#deposition = undefined;
    this.#flushAll();
  }

  /** Another node is the primary, or may be. Nothing more is released on this node's own account. */
  depose(): void {
    this.#deposition ??= {
      untilMs: this.#parts.steadyMs() + SETTLE_MS,
      sharedOffset: this.#parts.state.commitOffset,
      isSettled: false,
    };
    this.#flushAll();
  }

  /** Of a deposed primary: the new one has its log up to here, and what is beyond happens nowhere. */
  settle(sharedOffset: number): void {
    this.depose();
    const deposition = this.#deposition as Deposition; // just made
    if (deposition.isSettled) return;
    deposition.sharedOffset = Math.max(deposition.sharedOffset, sharedOffset);
    deposition.isSettled = true;
    this.#publishEvents(deposition.sharedOffset);
    this.#events = [];
    this.#flushAll();
  }

  /** Of a deposed primary: nobody can say any more what happened. Who waits for that is closed. */
  giveUp(): void {
    this.#events = [];
    for (const connection of [...this.#waiting]) this.#parts.kill(connection);
  }

  /** The log of the deposed primary is replaced by another one: nothing that comes now says what happened to it. */
  abandon(): void {
    const deposition = this.#deposition;
    if (deposition === undefined || deposition.isSettled) return;
    this.giveUp();
    deposition.isSettled = true;
  }

  /** Now and then: who has waited for too long after a deposition is closed. */
  tick(): void {
    const deposition = this.#deposition;
    if (deposition === undefined || deposition.isSettled || this.#waiting.size === 0) return;
    if (this.#parts.steadyMs() >= deposition.untilMs) this.giveUp();
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    const { uncommitted } = connection;
    this.#waiting.delete(connection);
    if (uncommitted === undefined) return;
    this.heldBytes -= uncommitted.bytes;
    uncommitted.clear();
  }

  /** A keyspace event of the command that runs: it is told when the command is committed. */
  publish(channel: Bytes, payload: Bytes): void {
    this.#newEvents.push({ channel, payload: own(payload) });
  }

  /** The command that ran is done, and the log ends here. */
  stampEvents(): void {
    if (this.#newEvents.length === 0) return;
    const offset = this.#parts.state.logEnd;
    for (const event of this.#newEvents) this.#events.push({ ...event, offset });
    this.#newEvents = [];
    this.#publishEvents(this.#parts.state.commitOffset);
  }

  /** Without a gated reply there is nothing that another primary could contradict. */
  #mayRelease(replies: UncommittedReplies): boolean {
    return !replies.hasMarks || this.#parts.state.mayRelease(this.#parts.steadyMs());
  }

  #settleOne(
    connection: Connection,
    replies: UncommittedReplies,
    { sharedOffset, isSettled }: Deposition,
  ): boolean {
    if (!isSettled && replies.unprovenOffset > sharedOffset) {
      this.hold(connection, replies);
      return false;
    }
    const { parts, isCut } = replies.settle(connection.out, {
      sharedOffset,
      redirection: (slot) => this.#parts.redirection(connection, slot),
    });
    this.forget(connection);
    connection.out = "";
    write(connection, parts, true);
    if (isCut) connection.closeAfterReply();
    return true;
  }

  #publishEvents(upTo: number): void {
    const later = this.#events.findIndex(({ offset }) => offset > upTo);
    const told = this.#events.splice(0, later === -1 ? this.#events.length : later);
    for (const { channel, payload } of told) this.#parts.publish(channel, payload);
  }

  #flushAll(): void {
    for (const connection of this.#waiting) connection.markDirty();
  }
}

/** Short pieces leave together, and with `out` when it `follows` them. */
function write(
  connection: Connection,
  pieces: readonly (string | Buffer)[],
  follows: boolean,
): void {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string" && text.length + piece.length <= REPLY_STRING_CHARS_MAX) {
      text += piece;
      continue;
    }
    if (text !== "") connection.writeShared(text);
    text = "";
    if (typeof piece === "string") text = piece;
    else connection.writeShared(piece);
  }
  if (follows) connection.out = text + connection.out;
  else if (text !== "") connection.writeShared(text);
}

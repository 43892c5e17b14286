import type { ClusterCore, EffectLog } from "@slotcast/node";
import type { Socket, SocketEvents } from "./connection.ts";
import { appendEffect, countEffect, type Keyspace } from "./keyspace.ts";
import { isWrite, type Answer, type Request } from "./request.ts";
import { slotOfKey } from "./slot-of-key.ts";

/** A deposed primary that cannot tell what became of a write closes the connection after so long (cluster.md, 3). */
const UNSETTLED_MS_MAX = 5000;

/** An answer that waits for its turn. */
export interface HeldAnswer {
  readonly request: Request;
  answer: Answer;
  /**
   * - `free`: only for those before it;
   * - `gated`: until what it rests on is committed, and this process may answer;
   * - `unsettled`: a write of a deposed primary: until the new one's log tells.
   */
  state: "free" | "gated" | "unsettled";
  readonly historyId: string;
  readonly epoch: number;
  /** The log must be committed up to here. */
  readonly offset: number;
  closeAtMs: number;
}

interface Visitor {
  readonly socket: Socket;
  readonly held: HeldAnswer[];
  /** Not read yet: too much waits to be committed. */
  unread: Request[];
}

export interface DeskWatch {
  /** A request is executed here. */
  executing(request: Request, slot: number): void;
  /** The real answer leaves. */
  releasing(held: HeldAnswer): void;
}

/**
 * Where a node's clients are served: executes at once, and holds the answers until what they show is committed, in
 * order for each connection. What production's dispatch and reply gate do, for a small state machine.
 */
export class ClientDesk {
  readonly #core: ClusterCore;
  readonly #log: EffectLog;
  readonly #keyspace: Keyspace;
  readonly #watch: DeskWatch;
  readonly #visitors = new Set<Visitor>();
  /** Where the last write to a key ends: who reads the key waits for that. */
  readonly #writtenTo = new Map<number, number>();
  #heldCount = 0;

  constructor(options: {
    readonly core: ClusterCore;
    readonly log: EffectLog;
    readonly keyspace: Keyspace;
    readonly watch: DeskWatch;
  }) {
    this.#core = options.core;
    this.#log = options.log;
    this.#keyspace = options.keyspace;
    this.#watch = options.watch;
  }

  /** `act`: as a step of the process. */
  accept(socket: Socket, act: (step: (nowMs: number) => void) => void): SocketEvents {
    const visitor: Visitor = { socket, held: [], unread: [] };
    this.#visitors.add(visitor);
    return {
      received: (packet) => {
        if (packet.kind !== "requests") return;
        visitor.unread.push(...packet.requests);
        act((nowMs) => this.#serve(visitor, nowMs));
      },
      closed: () => this.#forget(visitor),
    };
  }

  /**
   * The end of a step: what was not read for want of room is, and what may leave leaves. `nowMs` was read in this very
   * turn. True: something was executed, so there may be more to do.
   */
  turnEnded(nowMs: number): boolean {
    let hasServed = false;
    if (this.#core.role.primary?.isCongested !== true) {
      for (const visitor of this.#visitors) {
        if (visitor.unread.length === 0) continue;
        hasServed = true;
        this.#serve(visitor, nowMs);
      }
    }
    if (this.#heldCount > 0) for (const visitor of this.#visitors) this.#release(visitor, nowMs);
    return hasServed;
  }

  // What happens to the shard

  /** This process stopped being the primary. Reads are safe to ask again; executed writes are not. */
  deposed(nowMs: number): void {
    this.#forEachHeld((held) => {
      if (held.state !== "gated") return;
      if (isWrite(held.request.kind)) {
        held.state = "unsettled";
        held.closeAtMs = nowMs + UNSETTLED_MS_MAX;
      } else this.#refuse(held);
    });
  }

  /** As a replica again: the new primary has committed what this one wrote, up to here. */
  committed(offset: number): void {
    this.#forEachHeld((held) => {
      const isCovered = held.historyId === this.#log.historyId && held.offset <= offset;
      if (held.state === "unsettled" && isCovered) held.state = "free";
    });
  }

  /** What this process wrote beyond this offset happened nowhere; up to here it did. */
  settled(sharedOffset: number): void {
    this.#forEachHeld((held) => {
      if (held.state !== "unsettled") return;
      if (held.offset <= sharedOffset) held.state = "free";
      else this.#refuse(held);
    });
  }

  /** The keyspace is replaced. Nobody will ever tell what became of the rest. */
  reset(): void {
    this.#writtenTo.clear();
    for (const visitor of [...this.#visitors]) {
      if (!visitor.held.some(({ state }) => state === "unsettled")) continue;
      visitor.socket.close();
      this.#forget(visitor);
    }
  }

  // Serving

  #serve(visitor: Visitor, nowMs: number): void {
    let hasWritten = false;
    while (visitor.unread.length > 0 && this.#core.role.primary?.isCongested !== true) {
      const request = visitor.unread.shift();
      if (request === undefined) break;
      const held = this.#execute(request);
      hasWritten ||= held.state === "gated" && isWrite(request.kind);
      visitor.held.push(held);
      this.#heldCount += 1;
    }
    if (hasWritten) this.#core.flush(nowMs);
  }

  #execute(request: Request): HeldAnswer {
    const { id, kind, key } = request;
    const { facts, self } = this.#core;
    const slot = slotOfKey(key);
    const owner = facts.slotOwners[slot];
    const shard = owner === undefined ? undefined : facts.shards.get(owner);
    const isOurs = shard !== undefined && facts.nodes.get(self.nodeId)?.shardId === owner;
    if (isOurs && kind === "read-copy") return this.#readCopy(request);
    if (!isOurs || this.#core.role.primary === undefined) {
      const to = shard?.primary?.nodeId;
      return this.#held(request, { id, kind: "moved", to: to === self.nodeId ? undefined : to });
    }
    if (!this.#core.maySchedule) return this.#held(request, { id, kind: "not-now" });
    this.#watch.executing(request, slot);
    if (!isWrite(kind)) {
      const { length, last } = this.#keyspace.end(key);
      return this.#gated(
        request,
        { id, kind: "ok", value: length, last },
        this.#writtenTo.get(key),
      );
    }
    const value = kind === "append" ? this.#keyspace.append(key, id) : this.#keyspace.count(key);
    const { padding } = request;
    const effect = kind === "append" ? appendEffect(key, id, padding) : countEffect(key);
    const offset = this.#core.append(effect);
    this.#writtenTo.set(key, offset);
    return this.#gated(request, { id, kind: "ok", value, last: id }, offset);
  }

  /** Committed data only, maybe old. */
  #readCopy(request: Request): HeldAnswer {
    const { id, key } = request;
    if (this.#core.role.replica?.isReadable !== true) {
      return this.#held(request, { id, kind: "not-now" });
    }
    const { length, last } = this.#keyspace.end(key);
    return this.#held(request, { id, kind: "ok", value: length, last });
  }

  #gated(request: Request, answer: Answer, offset = 0): HeldAnswer {
    return { ...this.#held(request, answer), state: "gated", offset };
  }

  #held(request: Request, answer: Answer): HeldAnswer {
    const { historyId, epoch } = this.#log;
    return { request, answer, state: "free", historyId, epoch, offset: 0, closeAtMs: Infinity };
  }

  // Releasing

  #release(visitor: Visitor, nowMs: number): void {
    const { held, socket } = visitor;
    for (let first = held[0]; first !== undefined; first = held[0]) {
      if (first.state === "unsettled" && nowMs >= first.closeAtMs) {
        socket.close();
        this.#forget(visitor);
        return;
      }
      if (!this.#mayLeave(first, nowMs)) return;
      held.shift();
      this.#heldCount -= 1;
      if (first.answer.kind === "ok") this.#watch.releasing(first);
      socket.send({ kind: "answer", answer: first.answer });
    }
  }

  #mayLeave({ state, historyId, offset }: HeldAnswer, nowMs: number): boolean {
    if (state === "free") return true;
    const isCommitted = historyId === this.#log.historyId && offset <= this.#log.commitOffset;
    // An unsettled one too: this process was promoted again, with what it had written.
    return isCommitted && this.#core.mayAnswer(nowMs);
  }

  #refuse(held: HeldAnswer): void {
    held.answer = { id: held.request.id, kind: "moved", to: undefined };
    held.state = "free";
  }

  #forEachHeld(act: (held: HeldAnswer) => void): void {
    if (this.#heldCount === 0) return;
    for (const { held } of this.#visitors) held.forEach(act);
  }

  #forget(visitor: Visitor): void {
    if (!this.#visitors.delete(visitor)) return;
    this.#heldCount -= visitor.held.length;
    visitor.held.length = 0;
    visitor.unread = [];
  }
}

import {
  ReplyGate,
  UncommittedReplies,
  type ClusterCore,
  type EffectLog,
  type ReplicationState,
} from "@slotcast/node";
import type { Socket, SocketEvents } from "./connection.ts";
import { DeskVisitor, type Executed } from "./desk-visitor.ts";
import {
  appendEffect,
  countEffect,
  lockEffect,
  unlockEffect,
  type Keyspace,
  type ListEnd,
} from "./keyspace.ts";
import { encodeAnswer, isWrite, type Answer, type Request } from "./request.ts";
import { slotOfKey } from "./slot-of-key.ts";

/** How long a lock holds. */
const LOCK_MS = 300;

export interface DeskWatch {
  /** A request is executed here. */
  executing(request: Request, slot: number): void;
  /** The real answer leaves. */
  releasing(executed: Executed): void;
}

/**
 * Where a node's clients are served: executes at once, and leaves the answers to production's reply gate. What dispatch
 * and Replication do around it in production, for a small state machine.
 */
export class ClientDesk {
  readonly #core: ClusterCore;
  readonly #log: EffectLog;
  readonly #keyspace: Keyspace;
  readonly #wallMs: () => number;
  readonly #watch: DeskWatch;
  readonly #gate: ReplyGate;
  readonly #visitors = new Set<DeskVisitor>();
  /** Of them, those with requests that are not read yet, and those with something to write. */
  readonly #unread = new Set<DeskVisitor>();
  readonly #dirty = new Set<DeskVisitor>();
  /** By what the core said last. */
  #isServing = false;
  #commitOffset = 0;
  #mayAnswer = false;

  constructor(options: {
    readonly core: ClusterCore;
    readonly log: EffectLog;
    readonly keyspace: Keyspace;
    readonly steadyMs: () => number;
    /** The machine's idea of the time of day, which may go back. */
    readonly wallMs: () => number;
    readonly watch: DeskWatch;
  }) {
    const { core, log, keyspace, steadyMs, wallMs, watch } = options;
    this.#core = core;
    this.#log = log;
    this.#keyspace = keyspace;
    this.#wallMs = wallMs;
    this.#watch = watch;
    this.#gate = new ReplyGate({
      state: replicationStateOf(core, log),
      steadyMs,
      redirection: (_connection, slot) => encodeAnswer(this.#moved(slot)),
      publish: () => {},
      holdsMore: () => {},
      kill: (connection) => {
        for (const visitor of this.#visitors) {
          if (visitor.asConnection === connection) this.#kill(visitor);
        }
      },
    });
  }

  /** Something that was executed is not answered yet. */
  get isHolding(): boolean {
    return this.#gate.heldConnections > 0;
  }

  /** `act`: as a step of the process. */
  accept(socket: Socket, act: (step: () => void) => void): SocketEvents {
    const visitor = new DeskVisitor(socket, {
      dirty: () => this.#dirty.add(visitor),
      releasing: (executed) => this.#watch.releasing(executed),
    });
    this.#visitors.add(visitor);
    return {
      received: (packet) => {
        if (packet.kind !== "requests") return;
        act(() => {
          visitor.unread.push(...packet.requests);
          this.#serve(visitor);
        });
      },
      closed: () => this.#forget(visitor),
    };
  }

  /**
   * The end of a step: what was not read for want of room is, and what may leave leaves. True: something was executed,
   * so there may be more to do.
   */
  turnEnded(nowMs: number): boolean {
    let hasServed = false;
    for (const visitor of this.#unread) if (this.#serve(visitor)) hasServed = true;
    if (hasServed) return true;
    const { commitOffset } = this.#log;
    const mayAnswer = this.#core.mayAnswer(nowMs);
    if (commitOffset !== this.#commitOffset || (mayAnswer && !this.#mayAnswer)) {
      this.#gate.committed();
    }
    this.#commitOffset = commitOffset;
    this.#mayAnswer = mayAnswer;
    if (this.#dirty.size === 0) return false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const visitor of dirty) visitor.flush();
    return false;
  }

  /** From time to time: who waits for too long is closed, and what is over expires. */
  tick(): void {
    this.#gate.tick();
    this.#expire();
  }

  /** The primary decides it, and the others hear it. */
  #expire(): void {
    if (!this.#maySchedule) return;
    for (const key of this.#keyspace.expired(this.#wallMs())) {
      this.#keyspace.unlock(key);
      this.#core.append(unlockEffect(key));
    }
  }

  // What happens to the shard

  serve(): void {
    this.#isServing = true;
    this.#gate.open();
  }

  stepDown(): void {
    if (this.#isServing) this.#gate.depose();
    this.#isServing = false;
  }

  /** Also of a deposed primary: the new one has this much of its log. */
  committed(): void {
    this.#gate.committed();
  }

  settled(sharedOffset: number): void {
    this.#gate.settle(sharedOffset);
  }

  /** The keyspace is replaced. Nobody will ever tell what became of the rest. */
  reset(): void {
    this.#gate.abandon();
  }

  // Serving

  /** True: something was executed, or refused. */
  #serve(visitor: DeskVisitor): boolean {
    const { unread } = visitor;
    let count = 0;
    for (; unread.length > 0 && this.#core.role.primary?.isCongested !== true; count += 1) {
      const request = unread.shift();
      if (request !== undefined) this.#execute(visitor, request);
    }
    if (unread.length > 0) this.#unread.add(visitor);
    else this.#unread.delete(visitor);
    if (count > 0) visitor.markDirty();
    return count > 0;
  }

  #execute(visitor: DeskVisitor, request: Request): void {
    const { kind, key } = request;
    const { facts, self } = this.#core;
    const slot = slotOfKey(key);
    const owner = facts.slotOwners[slot];
    const isOurs = owner !== undefined && facts.nodes.get(self.nodeId)?.shardId === owner;
    if (isOurs && kind === "read-copy") this.#answer(visitor, request, this.#readCopy(request));
    else if (!isOurs || this.#core.role.primary === undefined) {
      this.#answer(visitor, request, this.#moved(slot));
    } else if (!this.#maySchedule) {
      this.#answer(visitor, request, { kind: "not-now" });
    } else this.#run(visitor, request, slot);
  }

  get #maySchedule(): boolean {
    return this.#isServing && this.#core.maySchedule;
  }

  #run(visitor: DeskVisitor, request: Request, slot: number): void {
    this.#watch.executing(request, slot);
    const replies = (visitor.uncommitted ??= new UncommittedReplies(this.#gate));
    replies.begin(visitor.out);
    const { length, last } = this.#change(request);
    this.#answer(visitor, request, { kind: "ok", id: request.id, value: length, last });
    const offset = this.#log.endOffset;
    replies.end(visitor.out, { offset, slot, isChange: isWrite(request.kind), waits: true });
  }

  #change({ id, kind, key, padding }: Request): ListEnd {
    const keyspace = this.#keyspace;
    switch (kind) {
      case "append": {
        const stamp = keyspace.nextStamp(key, this.#wallMs());
        const length = keyspace.append(key, id, stamp);
        this.#core.append(appendEffect(key, id, stamp, padding));
        return { length, last: id };
      }
      case "count": {
        const length = keyspace.count(key);
        this.#core.append(countEffect(key));
        return { length, last: id };
      }
      case "lock": {
        const untilMs = Math.floor(this.#wallMs()) + LOCK_MS;
        keyspace.lock(key, id, untilMs);
        this.#core.append(lockEffect(key, id, untilMs));
        return { length: 1, last: id };
      }
      case "read":
      case "read-copy":
        return keyspace.end(key);
    }
  }

  /** Committed data only, maybe old. */
  #readCopy({ id, key }: Request): Answer {
    if (this.#core.role.replica?.isReadable !== true) return { kind: "not-now" };
    const { length, last } = this.#keyspace.end(key);
    return { kind: "ok", id, value: length, last };
  }

  #moved(slot: number): Answer {
    const { facts, self } = this.#core;
    const owner = facts.slotOwners[slot];
    const to = owner === undefined ? undefined : facts.shards.get(owner)?.primary?.nodeId;
    return { kind: "moved", to: to === self.nodeId ? undefined : to };
  }

  #answer(visitor: DeskVisitor, request: Request, answer: Answer): void {
    visitor.out += encodeAnswer(answer);
    const { historyId, epoch, endOffset: offset } = this.#log;
    visitor.answered({ request, historyId, epoch, offset });
  }

  #kill(visitor: DeskVisitor): void {
    visitor.socket.close();
    this.#forget(visitor);
  }

  #forget(visitor: DeskVisitor): void {
    this.#unread.delete(visitor);
    this.#dirty.delete(visitor);
    if (this.#visitors.delete(visitor)) this.#gate.forget(visitor.asConnection);
  }
}

function replicationStateOf(core: ClusterCore, log: EffectLog): ReplicationState {
  return {
    get role() {
      return core.role.primary === undefined ? "replica" : "primary";
    },
    isReplicated: true,
    get logEnd() {
      return log.endOffset;
    },
    get commitOffset() {
      return log.commitOffset;
    },
    isrSize: 1,
    ackedBy: (offset) => core.role.primary?.countAcked(offset) ?? 0,
    append: (effects) => core.append(effects),
    mayRelease: (nowMs) => core.mayAnswer(nowMs),
  };
}

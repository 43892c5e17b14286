import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii, EMPTY, slice, type Bytes } from "@slotcast/protocol";
import { EffectLog } from "./effect-log.ts";
import type { ReplicationFrame } from "./frames.ts";
import { isSameMember, type IsrProposal } from "./in-sync-set.ts";
import type { OutgoingSnapshot } from "./outgoing-snapshot.ts";
import type { PrimaryAction, PrimaryTuning, ShardView } from "./primary-actions.ts";
import { PrimaryShard } from "./primary-shard.ts";
import type { ReplicaAction } from "./replica-actions.ts";
import { ReplicaShard } from "./replica-shard.ts";

/** What a client wanted. */
export interface ScriptedWrite {
  readonly historyId: string;
  readonly text: Bytes;
  readonly endOffset: number;
}

/** Where something happened: a node may wake up in a reign that is long over. */
export interface ScriptedReign {
  readonly historyId: string;
  readonly epoch: number;
}

/** What a node needs of the world, and what the world wants to know of it. */
export interface ScriptedWorld {
  now(): number;
  after(delayMs: number, run: () => void): void;
  /** Some milliseconds, whatever takes them. */
  delayMs(): number;
  send(from: NodeId, to: NodeId, frame: ReplicationFrame): void;
  propose(proposal: IsrProposal): void;
  /** All of `keyspace` is committed, by a primary. */
  committed(historyId: string, keyspace: string): void;
  /** The client has its answer, from who knew of this reign. */
  acknowledged(write: ScriptedWrite, epoch: number): void;
  /** The client was told that it did not happen. */
  denied(write: ScriptedWrite, epoch: number): void;
  /** A reign begins on this node, with this keyspace. */
  promoted(reign: ScriptedReign, keyspace: string): void;
  /** The primary's hash is another one. */
  diverged(what: string): void;
  violated(what: string): void;
}

const SNAPSHOT_CHUNK_BYTES = 700;

/**
 * For tests: the shell of a node's replication. Its keyspace is the text of all effects that it executed, so its length
 * is the applied offset. A process that ends is never used again.
 */
export class ScriptedNode {
  readonly self: IsrMember;
  isAlive = true;
  core: PrimaryShard | ReplicaShard;
  keyspace = "";
  readonly #world: ScriptedWorld;
  readonly #tuning: Partial<PrimaryTuning>;
  readonly #log: EffectLog;
  readonly #linked = new Set<NodeId>();
  #view: ShardView | undefined;
  /** Writes whose replies wait, in the order of their offsets. */
  #waiting: ScriptedWrite[] = [];
  #isDeposed = false;
  /** A load that was begun: another one voids it. */
  #loads = 0;

  constructor(self: IsrMember, world: ScriptedWorld, tuning: Partial<PrimaryTuning>) {
    this.self = self;
    this.#world = world;
    this.#tuning = tuning;
    this.#log = new EffectLog({ backlogBytesMax: 500 });
    this.core = this.#newReplica(0);
  }

  get log(): EffectLog {
    return this.#log;
  }

  get #epoch(): number {
    return this.#view?.shard.epoch ?? 0;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** What it would apply: a replica that loads a snapshot has nothing. */
  get appliedOffset(): number {
    return this.core instanceof ReplicaShard ? this.core.appliedOffset : this.#log.endOffset;
  }

  linked(peer: NodeId): void {
    this.#linked.add(peer);
    this.core.linked(peer, this.#world.now());
    this.#act();
  }

  unlinked(peer: NodeId): void {
    this.#linked.delete(peer);
    this.core.unlinked(peer, this.#world.now());
    this.#act();
  }

  received(from: NodeId, frame: ReplicationFrame): void {
    this.core.receive(from, frame, this.#world.now());
    this.#act();
  }

  tick(): void {
    this.core.tick(this.#world.now());
    this.#act();
  }

  learn(view: ShardView): void {
    if (view.shard.epoch < this.#epoch) return;
    if (view.shard.epoch > this.#epoch) this.#isDeposed = false;
    this.#view = view;
    this.core.factsChanged(view, this.#world.now());
    this.#act();
    const { primary } = view.shard;
    const isPrimary = primary !== undefined && isSameMember(primary, this.self);
    if (isPrimary && this.core instanceof ReplicaShard) this.#lead(view);
  }

  /** A turn with some writes of clients. False: it does not serve, or wants no more for now. */
  write(texts: readonly Bytes[]): boolean {
    const { core } = this;
    if (!(core instanceof PrimaryShard) || !core.isServing || core.isCongested) return false;
    for (const text of texts) {
      const endOffset = core.append(text);
      this.keyspace += text;
      this.#waiting.push({ historyId: this.#log.historyId, text, endOffset });
    }
    core.flush(this.#world.now());
    this.#act();
    return true;
  }

  #lead(view: ShardView): void {
    // Of a snapshot that is not whole nothing is kept.
    if (this.#log.historyId === "") this.keyspace = "";
    this.core = new PrimaryShard({
      self: this.self,
      view,
      log: this.#log,
      appliedOffset: this.appliedOffset,
      nowMs: this.#world.now(),
      tuning: this.#tuning,
    });
    for (const peer of this.#linked) this.core.linked(peer, this.#world.now());
    this.#act();
    this.#world.promoted(view.shard, this.keyspace);
  }

  #follow(): void {
    this.core = this.#newReplica(this.#log.endOffset);
    for (const peer of this.#linked) this.core.linked(peer, this.#world.now());
    this.#act();
  }

  #newReplica(appliedOffset: number): ReplicaShard {
    const { self } = this;
    const nowMs = this.#world.now();
    return new ReplicaShard({ self, view: this.#view, log: this.#log, appliedOffset, nowMs });
  }

  #act(): void {
    for (;;) {
      const { core } = this;
      const actions = core.takeActions();
      if (actions.length === 0) return;
      for (const action of actions) this.#do(action);
    }
  }

  #do(action: PrimaryAction | ReplicaAction): void {
    switch (action.do) {
      case "apply":
        this.#apply(action.effects, action.endOffset);
        break;
      case "send":
        for (const to of action.to) this.#world.send(this.self.nodeId, to, action.frame);
        break;
      case "send-snapshot":
        this.#world.after(this.#world.delayMs(), () => this.#sendSnapshot(action.to));
        break;
      case "propose-isr":
        this.#world.propose(action.proposal);
        break;
      case "serve":
        break;
      case "committed":
        this.#committed(action.offset);
        break;
      case "step-down":
        this.#isDeposed = true;
        if (action.why === "replaced") this.#follow();
        break;
      case "reset":
        this.keyspace = "";
        this.#loads += 1;
        // Nothing can be said of them any more: their connections are closed.
        this.#waiting = [];
        break;
      case "load-snapshot":
        this.keyspace += action.bytes;
        break;
      case "finish-snapshot": {
        const load = this.#loads;
        this.#world.after(this.#world.delayMs(), () => this.#loaded(load));
        break;
      }
      case "settled":
        for (const write of this.#waiting) this.#world.denied(write, this.#epoch);
        this.#waiting = [];
        break;
      case "discarded":
        if (!this.keyspace.endsWith(action.effects))
          this.#world.violated("what is discarded was not executed");
        break;
      case "diverged":
        this.#world.diverged(`diverged at ${action.offset}: ${action.why}`);
        break;
    }
  }

  #apply(effects: Bytes, endOffset: number): void {
    this.keyspace += effects;
    if (this.keyspace.length !== endOffset)
      this.#world.violated(`applied ${this.keyspace.length}, not ${endOffset}`);
  }

  #committed(offset: number): void {
    const { historyId } = this.#log;
    if (this.core instanceof PrimaryShard) {
      if (this.core.isServing) this.#isDeposed = false;
      else if (this.#isDeposed) this.#world.violated("a commit after the step-down");
      this.#world.committed(historyId, this.keyspace.slice(0, offset));
    }
    while ((this.#waiting[0]?.endOffset ?? Infinity) <= offset) {
      const write = this.#waiting.shift();
      // After a history that was given up nobody can tell what became of it: its connection is closed.
      if (write?.historyId === historyId) this.#world.acknowledged(write, this.#epoch);
    }
  }

  #sendSnapshot(to: NodeId): void {
    const { core } = this;
    const snapshot = core instanceof PrimaryShard ? core.beginSnapshot(to) : undefined;
    if (snapshot !== undefined) this.#sendChunks(snapshot, ascii(this.keyspace));
    this.#act();
  }

  #sendChunks(snapshot: OutgoingSnapshot, rest: Bytes): void {
    if (rest === EMPTY) {
      if (this.core instanceof PrimaryShard) this.core.finishSnapshot(snapshot);
    } else if (snapshot.send(slice(rest, 0, SNAPSHOT_CHUNK_BYTES))) {
      const next = slice(rest, SNAPSHOT_CHUNK_BYTES);
      this.#world.after(this.#world.delayMs(), () => this.#sendChunks(snapshot, next));
    }
    this.#act();
  }

  #loaded(load: number): void {
    if (load !== this.#loads || !(this.core instanceof ReplicaShard)) return;
    this.core.snapshotLoaded(this.#world.now());
    this.#act();
  }
}

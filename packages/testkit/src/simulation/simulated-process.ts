import {
  controlMessageFromPlain,
  controlMessageToPlain,
  type ControlMessage,
  type FactCommand,
  type NodeFact,
  type NodeId,
  type ProposalOutcome,
} from "@slotcast/control";
import {
  ClusterCore,
  EffectLog,
  type CoreAction,
  type PrimaryTuning,
  type ReplicationFrame,
} from "@slotcast/node";
import { ClientDesk } from "./client-desk.ts";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import { ControlLinks } from "./control-links.ts";
import { DataLinks } from "./data-links.ts";
import { SimulatedHandOver } from "./hand-over.ts";
import { Keyspace } from "./keyspace.ts";
import type { Network } from "./network.ts";
import { shortId, type LinkKind, type Packet } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { DiskContents, SimulatedDisk } from "./simulated-disk.ts";
import { ShardShell, type ShardWatch } from "./shard-shell.ts";
import { TRACED, type Trace } from "./trace.ts";
import type { Witness } from "./witness.ts";

/** What all processes of a run share. */
export interface Surroundings {
  readonly network: Network;
  readonly trace: Trace;
  readonly witness: Witness;
  readonly nodeTimeoutMs: number;
  readonly tuning: Partial<PrimaryTuning>;
  readonly backlogBytesMax: number;
  readonly isEncoded: boolean;
  readonly hostOf: (nodeId: NodeId) => number | undefined;
  readonly nodeIdAt: (host: number) => NodeId | undefined;
}

export interface MachineClock {
  /** The steady clock starts anywhere, and runs a little too fast or too slow. */
  readonly startMs: number;
  readonly rate: number;
  /** The time of day is so far off: somebody sets it. */
  stepMs: number;
}

export interface ProcessOptions {
  readonly surroundings: Surroundings;
  readonly host: number;
  readonly self: NodeFact;
  readonly found: DiskContents;
  readonly disk: SimulatedDisk;
  readonly random: SeededRandom;
  readonly clock: MachineClock;
  /** Of the beginning of the run, when all members of a shard have the same, empty log. */
  readonly log?: EffectLog;
}

/** The time of day when a run begins. */
const WALL_START_MS = 1_000_000;
const TICK_MS = 20;
/** Timers are late when the machine is busy. */
const TICK_LATE_MS_MAX = 15;

/** One life of a node's process: what surrounds a ClusterCore in production, made of simulated parts. */
export class SimulatedProcess implements Party {
  readonly host: number;
  readonly name: string;
  readonly self: NodeFact;
  readonly core: ClusterCore;
  readonly log: EffectLog;
  readonly disk: SimulatedDisk;
  readonly keyspace = new Keyspace();
  isAlive = true;
  readonly #surroundings: Surroundings;
  readonly #random: SeededRandom;
  readonly #clock: MachineClock;
  readonly #desk: ClientDesk;
  readonly #controlLinks: ControlLinks;
  readonly #dataLinks: DataLinks;
  readonly #shard: ShardShell;
  readonly #handOver: SimulatedHandOver;
  readonly #proposals = new Map<number, (outcome: ProposalOutcome) => void>();
  /** While it is paused: what it will do then, in this order. */
  #asleep: (() => void)[] | undefined;
  #isTickMissed = false;
  #isStepping = false;

  constructor(options: ProcessOptions) {
    const { surroundings, host, self, found, disk, random, clock } = options;
    const { network, witness, nodeTimeoutMs, tuning, backlogBytesMax, hostOf } = surroundings;
    this.#surroundings = surroundings;
    this.#random = random;
    this.#clock = clock;
    this.host = host;
    this.self = self;
    this.name = `${shortId(self.id)}.${self.incarnation}`;
    this.disk = disk;
    this.log = options.log ?? new EffectLog({ backlogBytesMax });
    this.core = new ClusterCore({
      self,
      nodeTimeoutMs,
      random: () => random.next(),
      nowMs: this.nowMs,
      log: this.log,
      tuning,
      ...(found.stored && { restored: found.stored }),
      ...(found.savedFacts && { savedFacts: found.savedFacts }),
    });
    this.#desk = new ClientDesk({
      core: this.core,
      log: this.log,
      keyspace: this.keyspace,
      steadyMs: () => this.nowMs,
      wallMs: () => this.wallMs,
      watch: {
        executing: (request, slot) => witness.executing(this, request, slot),
        releasing: (executed) => witness.releasing(this, executed),
      },
    });
    this.#controlLinks = new ControlLinks({
      owner: this,
      network,
      hostOf,
      refused: (peerId) => this.#refused(peerId),
    });
    this.#dataLinks = new DataLinks({
      owner: this,
      network,
      random,
      hostOf,
      events: {
        linked: (peerId) => this.step((nowMs) => this.core.linked(peerId, nowMs)),
        unlinked: (peerId) => this.step((nowMs) => this.core.unlinked(peerId, nowMs)),
        received: (from, frame) => this.#receivedFrame(from, frame),
      },
    });
    this.#shard = new ShardShell({
      core: this.core,
      keyspace: this.keyspace,
      desk: this.#desk,
      links: this.#dataLinks,
      clock: network.clock,
      random,
      isEncoded: surroundings.isEncoded,
      watch: this.#shardWatch(surroundings),
      later: (act) => this.whenAwake(() => this.step(act)),
    });
    this.#handOver = new SimulatedHandOver({
      core: this.core,
      log: this.log,
      desk: this.#desk,
      propose: (command, answered) => this.propose(command, { answered }),
    });
    witness.started(this);
    network.listen(this);
    this.step(() => {});
    this.#tickLater(random.between(0, TICK_MS));
  }

  get nodeId(): NodeId {
    return this.self.id;
  }

  get nowMs(): number {
    return this.#clock.startMs + this.#surroundings.network.clock.nowMs * this.#clock.rate;
  }

  get wallMs(): number {
    return WALL_START_MS + this.#surroundings.network.clock.nowMs + this.#clock.stepMs;
  }

  get isPaused(): boolean {
    return this.#asleep !== undefined;
  }

  // Life and death

  /** `isSilent`: the machine loses power; else the kernel tells the peers. */
  die({ isSilent }: { readonly isSilent: boolean }): void {
    this.isAlive = false;
    this.#asleep = undefined;
    this.disk.crash();
    this.#surroundings.network.partyDied(this, { isSilent });
  }

  pause(): void {
    this.#asleep ??= [];
  }

  /** Timers or sockets: either may come first. */
  resume(): void {
    const due = this.#asleep;
    if (due === undefined) return;
    this.#asleep = undefined;
    const isTickDue = this.#isTickMissed;
    this.#isTickMissed = false;
    const isTickFirst = this.#random.chance(0.5);
    if (isTickDue && isTickFirst) this.#tick();
    for (const run of due) this.whenAwake(run);
    if (isTickDue && !isTickFirst) this.#tick();
  }

  whenAwake(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#asleep === undefined) run();
    else this.#asleep.push(run);
  }

  #tickLater(delayMs: number): void {
    this.#surroundings.network.clock.after(delayMs, () => {
      if (this.#asleep === undefined) this.#tick();
      else this.#isTickMissed = true;
    });
  }

  #tick(): void {
    if (!this.isAlive) return;
    this.#surroundings.trace.note(TRACED.tick, this.host, 0);
    this.step((nowMs) => {
      this.core.tick(nowMs);
      this.#handOver.tick(nowMs);
      this.#execute(nowMs, () => this.#desk.tick());
    });
    this.#tickLater(TICK_MS + this.#random.next() * TICK_LATE_MS_MAX);
  }

  // What comes in

  /** Something happens, and what follows from it is done, all of it, in the same turn. */
  step(act: (nowMs: number) => void): void {
    if (this.#isStepping) {
      act(this.nowMs);
      return;
    }
    this.#isStepping = true;
    act(this.nowMs);
    for (let isBusy = true; isBusy;) {
      const actions = this.core.takeActions();
      for (const action of actions) this.#perform(action);
      isBusy = actions.length > 0 || this.#endTurn();
    }
    this.#isStepping = false;
    this.#surroundings.witness.stepped(this);
  }

  /** True: something was executed. */
  #endTurn(): boolean {
    const { nowMs } = this;
    return this.#execute(nowMs, () => this.#desk.turnEnded(nowMs));
  }

  /** What is executed goes out at the end of it. */
  #execute<T>(nowMs: number, act: () => T): T {
    const before = this.log.endOffset;
    const result = act();
    if (this.log.endOffset > before) this.core.flush(nowMs);
    return result;
  }

  propose(
    command: FactCommand,
    options: { via?: NodeId; answered?: (outcome: ProposalOutcome) => void } = {},
  ): void {
    this.step((nowMs) => {
      const id = this.core.propose(command, nowMs, options.via);
      if (id !== undefined && options.answered) this.#proposals.set(id, options.answered);
    });
  }

  /** CLUSTER FAILOVER to a replica, or SIGTERM. */
  handOver(): void {
    this.whenAwake(() => this.step((nowMs) => this.#handOver.begin(nowMs)));
  }

  accept({ from, kind, socket }: { from: number; kind: LinkKind; socket: Socket }): SocketEvents {
    if (kind === "client") return this.#acceptClient(socket);
    const peerId = this.#surroundings.nodeIdAt(from);
    if (peerId === undefined) return { received: () => {}, closed: () => {} };
    if (kind === "data") return this.#dataLinks.accepted(peerId, socket);
    return { received: (packet) => this.#receivedControl(peerId, packet), closed: () => {} };
  }

  #acceptClient(socket: Socket): SocketEvents {
    return this.#desk.accept(socket, (act) => {
      this.step((nowMs) => this.#execute(nowMs, act));
    });
  }

  #shardWatch({ trace, witness }: Surroundings): ShardWatch {
    return {
      isReadable: trace.isReadable,
      say: (text) => trace.say(this.name, text),
      committed: (offset) => {
        trace.note(TRACED.commit, this.host, offset);
        witness.logs.committing(this);
      },
      applied: (endOffset, asPrimary) => witness.logs.applied(this, { endOffset, asPrimary }),
      loading: () => witness.loading(this),
      diverged: (why) => witness.diverged(this, why),
    };
  }

  #receivedControl(from: NodeId, packet: Packet): void {
    this.step((nowMs) => {
      if (packet.kind === "rumour") this.core.receiveRumour(from, packet.rumour, nowMs);
      else if (packet.kind === "control") this.core.receiveControl(from, packet.message, nowMs);
    });
  }

  #receivedFrame(from: NodeId, frame: ReplicationFrame): void {
    this.step((nowMs) => this.core.receiveReplication(from, frame, nowMs));
  }

  #refused(peerId: NodeId): void {
    this.step((nowMs) => {
      this.core.refused(peerId, nowMs);
      if (!this.#dataLinks.has(peerId)) this.core.unlinked(peerId, nowMs);
    });
  }

  // What goes out

  #perform(action: CoreAction): void {
    const { trace, witness } = this.#surroundings;
    switch (action.do) {
      case "persist":
        this.disk.write(action.write, () => {
          trace.note(TRACED.write, this.host, action.write.entries.length);
          this.whenAwake(() => this.step((nowMs) => this.core.persisted(nowMs)));
        });
        witness.writing(this);
        break;
      case "send":
        witness.sending(this, action.to, action.message);
        this.#controlLinks.send(action.to, {
          kind: "control",
          message: this.#surroundings.isEncoded ? recodedMessage(action.message) : action.message,
        });
        break;
      case "facts":
        trace.note(TRACED.facts, this.host, action.facts.version);
        if (trace.isReadable)
          trace.say(this.name, `knows facts of version ${action.facts.version}`);
        this.disk.saveFacts(action.facts);
        witness.learned(this, action.facts);
        break;
      case "answer":
        this.#proposals.get(action.id)?.(action.outcome);
        this.#proposals.delete(action.id);
        break;
      case "rumour":
        for (const to of action.to) {
          this.#controlLinks.send(to, { kind: "rumour", rumour: action.rumour });
        }
        break;
      case "shard":
        this.#shard.perform(action.action);
        break;
      case "follow":
        this.#dataLinks.follow(action.primaryId);
        break;
    }
  }
}

/** As it comes out at the other side. */
function recodedMessage(message: ControlMessage): ControlMessage {
  return controlMessageFromPlain(structuredClone(controlMessageToPlain(message)));
}

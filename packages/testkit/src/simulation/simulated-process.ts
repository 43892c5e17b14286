import type { FactCommand, NodeFact, NodeId, ProposalOutcome } from "@slotcast/control";
import {
  ClusterCore,
  EffectLog,
  type CoreAction,
  type PrimaryTuning,
  type ReplicationFrame,
  type ShardAction,
} from "@slotcast/node";
import { ascii, type Bytes } from "@slotcast/protocol";
import { ClientDesk } from "./client-desk.ts";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import { ControlLinks } from "./control-links.ts";
import { DataLinks } from "./data-links.ts";
import { Keyspace } from "./keyspace.ts";
import type { Network } from "./network.ts";
import { shortId, type LinkKind, type Packet } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { DiskContents, SimulatedDisk } from "./simulated-disk.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
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
  readonly hostOf: (nodeId: NodeId) => number | undefined;
  readonly nodeIdAt: (host: number) => NodeId | undefined;
}

export interface ProcessOptions {
  readonly surroundings: Surroundings;
  readonly host: number;
  readonly self: NodeFact;
  readonly found: DiskContents;
  readonly disk: SimulatedDisk;
  readonly random: SeededRandom;
  /** The machine's steady clock: it starts anywhere, and runs a little too fast or too slow. */
  readonly clock: { readonly startMs: number; readonly rate: number };
  /** Of the beginning of the run, when all members of a shard have the same, empty log. */
  readonly log?: EffectLog;
}

const TICK_MS = 20;
const TICK_LATE_MS_MAX = 4;
const LOAD_MS_MAX = 10;

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
  readonly #clock: { readonly startMs: number; readonly rate: number };
  readonly #desk: ClientDesk;
  readonly #controlLinks: ControlLinks;
  readonly #dataLinks: DataLinks;
  readonly #snapshotSender: SnapshotSender;
  readonly #proposals = new Map<number, (outcome: ProposalOutcome) => void>();
  /** While it is paused: what it will do then, in this order. */
  #asleep: (() => void)[] | undefined;
  #isTickMissed = false;
  #isStepping = false;
  /** That came in, whole or not. */
  #snapshots = 0;
  #snapshotParts: Bytes[] = [];

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
      watch: {
        executing: (request, slot) => witness.executing(this, request, slot),
        releasing: (held) => witness.releasing(this, held),
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
    this.#snapshotSender = new SnapshotSender({
      core: this.core,
      clock: network.clock,
      random,
      later: (act) => this.whenAwake(() => this.step(act)),
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
    this.step((nowMs) => this.core.tick(nowMs));
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
      isBusy = actions.length > 0 || this.#desk.turnEnded(this.nowMs);
    }
    this.#isStepping = false;
    this.#surroundings.witness.stepped(this);
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

  accept({ from, kind, socket }: { from: number; kind: LinkKind; socket: Socket }): SocketEvents {
    if (kind === "client") return this.#desk.accept(socket, (act) => this.step(act));
    const peerId = this.#surroundings.nodeIdAt(from);
    if (peerId === undefined) return { received: () => {}, closed: () => {} };
    if (kind === "data") return this.#dataLinks.accepted(peerId, socket);
    return { received: (packet) => this.#receivedControl(peerId, packet), closed: () => {} };
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
        break;
      case "send":
        witness.sending(this, action.to, action.message);
        this.#controlLinks.send(action.to, { kind: "control", message: action.message });
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
        this.#performShard(action.action);
        break;
      case "follow":
        this.#dataLinks.follow(action.primaryId);
        break;
    }
  }

  #performShard(action: ShardAction): void {
    const { trace, witness } = this.#surroundings;
    if (trace.isReadable && action.do !== "send" && action.do !== "apply") {
      trace.say(this.name, describeShardAction(action));
    }
    switch (action.do) {
      case "role":
      case "serve":
      case "discarded":
      case "propose-isr":
        break;
      case "apply":
        this.keyspace.apply(action.effects);
        witness.applied(this, action.endOffset);
        break;
      case "send":
        for (const to of action.to) this.#dataLinks.send(to, action.frame);
        break;
      case "send-snapshot":
        this.#snapshotSender.begin(action.to, this.keyspace.snapshot());
        break;
      case "committed":
        trace.note(TRACED.commit, this.host, action.offset);
        this.#desk.committed(action.offset);
        break;
      case "step-down":
        this.#desk.deposed(this.nowMs);
        break;
      case "settled":
        this.#desk.settled(action.sharedOffset);
        break;
      case "reset":
        witness.loading(this);
        this.#snapshots += 1;
        this.#snapshotParts = [];
        this.keyspace.clear();
        this.#desk.reset();
        break;
      case "load-snapshot":
        this.#snapshotParts.push(action.bytes);
        break;
      case "finish-snapshot":
        this.#loadSnapshot();
        break;
      case "diverged":
        witness.diverged(this, action.why);
        break;
    }
  }

  /** Takes a while. Another one that begins meanwhile makes it void. */
  #loadSnapshot(): void {
    const { clock } = this.#surroundings.network;
    const number = this.#snapshots;
    clock.after(this.#random.between(0, LOAD_MS_MAX), () => {
      this.whenAwake(() => {
        if (this.#snapshots !== number) return;
        this.step((nowMs) => {
          this.keyspace.load(ascii(this.#snapshotParts.join("")));
          this.#snapshotParts = [];
          this.core.role.replica?.snapshotLoaded(nowMs);
        });
      });
    });
  }
}

function describeShardAction(action: ShardAction): string {
  switch (action.do) {
    case "role":
      return `is a ${action.role} now`;
    case "serve":
      return "serves";
    case "committed":
      return `commits up to ${action.offset}`;
    case "step-down":
      return `steps down: ${action.why}`;
    case "settled":
      return `settles: shared up to ${action.sharedOffset}`;
    case "discarded":
      return `discards what is behind ${action.fromOffset}`;
    case "diverged":
      return `has diverged at ${action.offset}: ${action.why}`;
    case "send-snapshot":
      return `sends a snapshot to ${shortId(action.to)}`;
    default:
      return action.do;
  }
}

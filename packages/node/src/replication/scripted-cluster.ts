import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii, type Bytes } from "@slotcast/protocol";
import type { ReplicationFrame } from "./frames.ts";
import { isSameMember, type IsrProposal } from "./in-sync-set.ts";
import { ScriptedAuthority } from "./scripted-authority.ts";
import { ScriptedChecks } from "./scripted-checks.ts";
import { Dice, EventQueue } from "./scripted-events.ts";
import { ScriptedLinks } from "./scripted-links.ts";
import { ScriptedNode, type ScriptedWorld } from "./scripted-node.ts";

const SHARD_ID = "5".repeat(40);
const TICK_MS = 20;
const FAULT_PERIOD_MS = 60;
/** Small, so that every limit is reached. */
const TUNING = {
  isrLagTimeMs: 150,
  linkGraceMs: 30,
  batchBytesMax: 400,
  windowBytesMax: 900,
  caughtUpBytes: 400,
  uncommittedBytesMax: 6000,
  syncBufferBytesMax: 4000,
};

/** What went on in a run, so that a test can tell that it saw something. */
export interface ScriptedTally {
  acknowledged: number;
  denied: number;
  promotions: number;
  reseats: number;
  crashes: number;
  brokenLinks: number;
}

/**
 * For tests: a shard of three nodes, a fourth that comes later, a network and an authority, all driven by one seed.
 * Links break, processes die and come back empty or stop for a while, facts arrive late, proposals get lost, members of
 * the in-sync set are promoted at any time. Throws as soon as an invariant of cluster.md section 5 does not hold.
 */
export class ScriptedCluster {
  readonly tally: ScriptedTally = {
    acknowledged: 0,
    denied: 0,
    promotions: 0,
    reseats: 0,
    crashes: 0,
    brokenLinks: 0,
  };
  readonly #dice: Dice;
  readonly #events = new EventQueue();
  readonly #links: ScriptedLinks;
  readonly #authority: ScriptedAuthority;
  readonly #nodes = new Map<NodeId, ScriptedNode>();
  /** All that ever ran. */
  readonly #processes: ScriptedNode[] = [];
  /** What waits, in order, until a stopped process goes on. */
  readonly #stopped = new Map<ScriptedNode, (() => void)[]>();
  /** The version of the facts that it heard last. */
  readonly #known = new Map<ScriptedNode, number>();
  /** Will find, if the frame arrives, that its log differs. */
  readonly #misled = new Set<NodeId>();
  readonly #checks = new ScriptedChecks((what) => this.#fail(what));
  #writes = 0;
  #areFaultsOver = false;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#links = new ScriptedLinks(this.#events, this.#dice);
    const [first = ""] = NODE_IDS;
    this.#authority = new ScriptedAuthority(SHARD_ID, historyName(1), {
      nodeId: first,
      incarnation: 1,
    });
    for (const id of NODE_IDS) {
      const joinsLater = id === NODE_IDS.at(-1);
      this.#events.after(joinsLater ? this.#dice.between(500, 2000) : 0, () => this.#start(id));
    }
    this.#events.after(FAULT_PERIOD_MS, () => this.#doHarm());
    this.#events.after(0, () => this.#writeSome());
    this.#events.after(0, () => this.#watchPrimary());
  }

  /** Faults for `faultsMs`, then none: all must be equal within `healingMs`. */
  run({ faultsMs, healingMs }: { readonly faultsMs: number; readonly healingMs: number }): void {
    while (this.#events.nowMs < faultsMs) this.#step();
    this.#areFaultsOver = true;
    this.#spreadFacts();
    const deadlineMs = this.#events.nowMs + healingMs;
    while (this.#unrest() !== undefined) {
      if (this.#events.nowMs > deadlineMs) throw new Error(`not healed: ${this.#unrest()}`);
      this.#step();
    }
    const end = { ...this.#authority.shard, epoch: Infinity };
    for (const { keyspace } of this.#nodes.values())
      this.#checks.answers("at the end", end, keyspace);
  }

  #step(): void {
    this.#events.step();
    for (const node of this.#nodes.values()) if (node.isAlive) this.#checks.node(node);
    this.#checks.inSyncSet(this.#authority.shard, this.#processes);
  }

  #start(id: NodeId): void {
    const incarnation = (this.#nodes.get(id)?.self.incarnation ?? 0) + 1;
    const node = new ScriptedNode({ nodeId: id, incarnation }, this.#worldOf(id), TUNING);
    this.#nodes.set(id, node);
    this.#processes.push(node);
    this.#links.attach(id, {
      linked: (peer, take) =>
        this.#onNode(node, () => {
          take();
          node.linked(peer);
        }),
      unlinked: (peer) => this.#onNode(node, () => node.unlinked(peer)),
      received: (from, frame) => this.#onNode(node, () => node.received(from, frame)),
    });
    this.#tick(node);
    for (const peer of this.#nodes.keys()) if (peer !== id) this.#connectSoon(id, peer);
    // Control may hear of it long after its primary did.
    this.#events.after(this.#dice.between(0, this.#dice.chance(0.3) ? 1500 : 100), () => {
      if (node.isAlive) this.#authority.register(node.self);
      this.#spreadFacts();
    });
  }

  #worldOf(id: NodeId): ScriptedWorld {
    return {
      now: () => this.#events.nowMs,
      after: (delayMs, run) => {
        const node = this.#nodes.get(id);
        if (node !== undefined) this.#events.after(delayMs, () => this.#onNode(node, run));
      },
      delayMs: () => this.#dice.between(1, 25),
      send: (from, to, frame) => this.#links.send(from, to, this.#perhapsDamaged(frame, to)),
      propose: (proposal) => this.#propose(proposal),
      committed: (historyId, text) => this.#checks.committed(historyId, text),
      acknowledged: (write, epoch) => {
        this.tally.acknowledged += 1;
        this.#checks.acknowledged(write, epoch);
      },
      denied: (write, epoch) => {
        this.tally.denied += 1;
        this.#checks.denied(write, epoch);
      },
      promoted: (reign, keyspace) => this.#checks.promoted(reign, keyspace),
      diverged: (what) => {
        if (!this.#misled.delete(id)) this.#fail(`${id.slice(0, 1)}: ${what}`);
      },
      violated: (what) => this.#fail(`${id.slice(0, 1)}: ${what}`),
    };
  }

  /** A bit that no checksum below us noticed: in the effects, or such that the logs seem to differ. */
  #perhapsDamaged(frame: ReplicationFrame, to: NodeId): ReplicationFrame {
    if (frame.kind !== "batch" || frame.effects === "" || this.#areFaultsOver) return frame;
    const kind = this.#dice.roll();
    if (kind < 0.003) return { ...frame, effects: ascii(`!${frame.effects.slice(1)}`) };
    if (kind > 0.0005 + 0.003) return frame;
    this.#misled.add(to);
    return { ...frame, hashBefore: frame.hashBefore === 0 ? 1 : 0 };
  }

  /** Now, or when the process goes on; never when it is dead. */
  #onNode(node: ScriptedNode, run: () => void): void {
    const waiting = this.#stopped.get(node);
    if (waiting !== undefined) waiting.push(run);
    else if (node.isAlive) run();
  }

  #tick(node: ScriptedNode): void {
    if (!node.isAlive) return;
    this.#onNode(node, () => {
      node.tick();
      this.#events.after(TICK_MS, () => this.#tick(node));
    });
  }

  #connectSoon(one: NodeId, other: NodeId): void {
    this.#events.after(this.#dice.between(1, 150), () => {
      const areAlive = this.#nodes.get(one)?.isAlive === true && this.#nodes.get(other)?.isAlive;
      if (areAlive === true) this.#links.connect(one, other);
    });
  }

  #propose(proposal: IsrProposal): void {
    if (!this.#areFaultsOver && this.#dice.chance(0.15)) return;
    // A copy may come much later, when the world is another one.
    const copies = this.#areFaultsOver || this.#dice.chance(0.8) ? [0] : [0, 400];
    for (const lateMs of copies) {
      this.#events.after(this.#dice.between(2, 120) + lateMs, () => {
        this.#authority.setIsr(proposal);
        this.#spreadFacts();
      });
    }
  }

  /** Each node hears of the present facts some time, or of later ones before. */
  #spreadFacts(): void {
    const { view } = this.#authority;
    for (const node of this.#nodes.values()) {
      const isSlow = !this.#areFaultsOver && this.#dice.chance(0.1);
      const delayMs = this.#dice.between(1, isSlow ? 1500 : 60);
      const { version } = this.#authority;
      this.#events.after(delayMs, () =>
        this.#onNode(node, () => {
          if ((this.#known.get(node) ?? 0) >= version) return;
          this.#known.set(node, version);
          node.learn(view);
        }),
      );
    }
  }

  /** What the Raft leader does: a primary that is gone is replaced. */
  #watchPrimary(): void {
    this.#events.after(this.#dice.between(40, 160), () => this.#watchPrimary());
    const { primary, isr } = this.#authority.shard;
    if (primary === undefined || this.#isRunning(primary)) return;
    const others = isr.filter((member) => !isSameMember(member, primary));
    const successor = this.#dice.pick(others.filter((member) => this.#isRunning(member)));
    if (successor !== undefined) this.#promote(successor);
    // Its data is gone for certain when its node came back as another process.
    else if (others.length === 0 && !this.#authority.isRegistered(primary)) this.#reseat();
  }

  #isRunning(member: IsrMember): boolean {
    const node = this.#nodes.get(member.nodeId);
    return node?.isAlive === true && isSameMember(node.self, member);
  }

  #promote(member: IsrMember): void {
    if (!this.#authority.isRegistered(member)) return;
    this.tally.promotions += 1;
    this.#authority.promote(member);
    this.#spreadFacts();
  }

  #reseat(): void {
    const running = [...this.#nodes.values()].filter(
      ({ self }) => this.#isRunning(self) && this.#authority.isRegistered(self),
    );
    const chosen = this.#dice.pick(running);
    if (chosen === undefined) return;
    this.tally.reseats += 1;
    this.#authority.reseat(chosen.self, historyName(this.#authority.shard.epoch + 1));
    this.#spreadFacts();
  }

  #writeSome(): void {
    if (this.#areFaultsOver) return;
    // Now and then all is quiet for a while, and everything gets committed.
    const delayMs = this.#dice.chance(0.01)
      ? this.#dice.between(100, 800)
      : this.#dice.between(1, 12);
    this.#events.after(delayMs, () => this.#writeSome());
    const node = this.#dice.pick([...this.#nodes.values()]);
    if (node === undefined) return;
    const isBurst = this.#dice.chance(0.03);
    const texts = Array.from({ length: this.#dice.between(1, isBurst ? 30 : 4) }, () =>
      this.#newText(),
    );
    this.#onNode(node, () => node.write(texts));
  }

  /** No two are equal, and none is part of another one. */
  #newText(): Bytes {
    this.#writes += 1;
    return ascii(`<${this.#writes}:${"x".repeat(this.#dice.between(0, 90))}>`);
  }

  #doHarm(): void {
    if (this.#areFaultsOver) return;
    this.#events.after(this.#dice.between(1, 2 * FAULT_PERIOD_MS), () => this.#doHarm());
    const kind = this.#dice.roll();
    const node = this.#dice.pick([...this.#nodes.values()]);
    const other = this.#dice.pick([...this.#nodes.values()]);
    if (node === undefined || other === undefined) return;
    const [id, otherId] = [node.self.nodeId, other.self.nodeId];
    if (kind < 0.3) this.#breakLink(id, otherId);
    else if (kind < 0.36) this.#crash(node);
    else if (kind < 0.44) this.#stop(node, this.#dice.between(10, 900));
    else if (kind < 0.54) {
      const { isr } = this.#authority.shard;
      const member = this.#dice.pick(isr.slice(1));
      if (member !== undefined) this.#promote(member);
    } else if (kind < 0.56) {
      this.#authority.bumpEpoch();
      this.#spreadFacts();
    }
  }

  #breakLink(one: NodeId, other: NodeId): void {
    if (one === other || !this.#links.isUp(one, other)) return;
    this.tally.brokenLinks += 1;
    this.#links.break(one, other);
    const awayMs = this.#dice.chance(0.7) ? this.#dice.between(1, 80) : this.#dice.between(80, 900);
    this.#events.after(awayMs, () => this.#connectSoon(one, other));
  }

  /** SIGSTOP, and SIGCONT. */
  #stop(node: ScriptedNode, forMs: number): void {
    if (this.#stopped.has(node)) return;
    const waiting: (() => void)[] = [];
    this.#stopped.set(node, waiting);
    this.#events.after(forMs, () => {
      this.#stopped.delete(node);
      for (const run of waiting) if (node.isAlive) run();
    });
  }

  #crash(node: ScriptedNode): void {
    if (!node.isAlive) return;
    this.tally.crashes += 1;
    node.isAlive = false;
    const id = node.self.nodeId;
    this.#links.breakAll(id);
    this.#events.after(this.#dice.between(20, 600), () => this.#start(id));
  }

  /** What is not as it should be when nothing goes wrong any more. */
  #unrest(): string | undefined {
    const { isr } = this.#authority.shard;
    if (isr.length < NODE_IDS.length) return `in sync: ${isr.length}`;
    const nodes = [...this.#nodes.values()];
    const [first] = nodes;
    for (const { log, waitingCount, keyspace } of nodes) {
      if (log.commitOffset !== log.endOffset) return "not committed";
      if (keyspace.length !== log.endOffset) return "not applied";
      if (waitingCount > 0) return "replies wait";
      const { historyId, epoch, offset } = log.position;
      const other = first?.log.position;
      if (other?.historyId !== historyId || other.epoch !== epoch || other.offset !== offset)
        return "logs differ";
    }
    if (nodes.some(({ keyspace }) => keyspace !== first?.keyspace)) this.#fail("keyspaces differ");
    return undefined;
  }

  #fail(what: string): never {
    throw new Error(`at ${Math.round(this.#events.nowMs)} ms: ${what}`);
  }
}

const NODE_IDS: readonly NodeId[] = ["a", "b", "c", "d"].map((digit) => digit.repeat(40));

function historyName(number: number): string {
  return number.toString(16).padStart(40, "0");
}

import type { FactCommand, IsrMember } from "@slotcast/control";
import type { Fault, PlannedFault } from "./fault.ts";
import type { Network } from "./network.ts";
import { plain } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedMachine } from "./simulated-machine.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { TRACED, type Trace } from "./trace.ts";
import type { Moment } from "./witness.ts";

/** An operator asks again until it is done, or no longer wanted. */
const ASK_AGAIN_MS = 1000;
const ASKS_MAX = 30;
/** When faults end, machines that are down come back within so long. */
const LAST_STARTS_MS = 1000;

interface Ambush {
  readonly moment: Moment;
  readonly downMs: number;
}

/** Does to a cluster what a plan says. */
export class FaultDriver {
  readonly #cluster: SimulatedCluster;
  readonly #network: Network;
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  readonly #hosts: () => readonly number[];
  /** What ends when faults end. */
  readonly #repairs = new Set<() => void>();
  #ambushes: Ambush[] = [];
  #batchesToLose = 0;
  #isOver = false;

  constructor(options: {
    readonly cluster: SimulatedCluster;
    readonly network: Network;
    readonly random: SeededRandom;
    readonly trace: Trace;
    /** All of them, clients too. */
    readonly hosts: () => readonly number[];
  }) {
    this.#cluster = options.cluster;
    this.#network = options.network;
    this.#random = options.random;
    this.#trace = options.trace;
    this.#hosts = options.hosts;
    this.#cluster.witness.onMoment = (moment, process) => this.#spring(moment, process);
  }

  schedule(plan: readonly PlannedFault[]): void {
    for (const { atMs, fault } of plan) this.#network.clock.at(atMs, () => this.#strike(fault));
  }

  /** A frame with effects is to be lost. Asked once for each. */
  losesBatch(): boolean {
    if (this.#batchesToLose === 0) return false;
    this.#batchesToLose -= 1;
    return true;
  }

  /** From now on nothing goes wrong, and what was broken is repaired. */
  end(): void {
    this.#isOver = true;
    this.#ambushes = [];
    this.#batchesToLose = 0;
    for (const repair of [...this.#repairs]) repair();
    for (const machine of this.#cluster.machines) {
      machine.process?.resume();
      const delayMs = this.#random.next() * LAST_STARTS_MS;
      if (!machine.isRunning) this.#network.clock.after(delayMs, () => machine.start());
    }
  }

  #say(text: string): void {
    if (this.#trace.isReadable) this.#trace.say("FAULT", text);
  }

  #strike(fault: Fault): void {
    this.#trace.note(TRACED.fault, 0, fault.kind.length);
    if ("target" in fault) {
      const machine = this.#cluster.find(fault.target);
      if (machine === undefined || machine.isScrapped) return;
      this.#say(`${plain(fault)} strikes ${machine.nodeId.slice(-4)}`);
      this.#strikeMachine(fault, machine);
      return;
    }
    this.#say(plain(fault));
    switch (fault.kind) {
      case "ambush":
        this.#ambushes.push(fault);
        break;
      case "partition":
        this.#partition(fault.hosts, fault.forMs);
        break;
      case "lose-batch":
        this.#batchesToLose += 1;
        break;
      case "fail-over":
        this.#failOver(this.#cluster.shardId(fault.shard));
        break;
      case "hand-over":
        this.#handOver(this.#cluster.shardId(fault.shard));
        break;
      case "bump-epoch":
        this.#bumpEpoch(this.#cluster.shardId(fault.shard));
        break;
      case "join":
        this.#join(this.#cluster.shardId(fault.shard));
        break;
    }
  }

  #strikeMachine(fault: Extract<Fault, { target: unknown }>, machine: SimulatedMachine): void {
    switch (fault.kind) {
      case "kill":
      case "power-off":
        if (!fault.isReckless && this.#isLastCopy(machine)) break;
        this.#stop(machine, fault.downMs, { isSilent: fault.kind === "power-off" });
        break;
      case "lose-disk":
        this.#loseDisk(machine);
        break;
      case "pause":
        machine.process?.pause();
        this.#repairIn(fault.forMs, () => machine.process?.resume());
        break;
      case "reset":
        if (machine.process !== undefined) this.#network.reset(machine.process);
        break;
      case "isolate":
        this.#isolate(fault, machine);
        break;
      case "slow-links":
        this.#slowLinks(machine.host, fault.extraMs);
        this.#repairIn(fault.forMs, () => this.#slowLinks(machine.host, 0));
        break;
      case "slow-disk":
        machine.disk.writeMs = { low: fault.writeMs / 4, high: fault.writeMs };
        this.#repairIn(fault.forMs, () => {
          machine.disk.writeMs = this.#cluster.shape.writeMs;
        });
        break;
      case "step-clock":
        machine.clock.stepMs = fault.byMs;
        break;
      case "replicate":
        this.#ask(() => ({
          kind: "replicate",
          nodeId: machine.nodeId,
          shardId: this.#cluster.shardId(fault.shard),
        }));
        break;
      case "forget":
        this.#forget(machine, fault.forMs);
        break;
    }
  }

  /** Once, then or when faults end. */
  #repairIn(ms: number, repair: () => void): void {
    const once = (): void => {
      if (this.#repairs.delete(once)) repair();
    };
    this.#repairs.add(once);
    this.#network.clock.after(ms, once);
  }

  // Processes

  /** Nobody else has all of the shard's data now: what it loses would be lost. */
  #isLastCopy(machine: SimulatedMachine): boolean {
    const { facts, witness } = this.#cluster;
    const shardId = facts.nodes.get(machine.nodeId)?.shardId;
    const isr: readonly IsrMember[] = facts.shards.get(shardId ?? "")?.isr ?? [];
    const alive = isr.filter((member) => witness.facts.processOf(member)?.isAlive === true);
    return alive.length === 1 && alive[0]?.nodeId === machine.nodeId;
  }

  #stop(machine: SimulatedMachine, downMs: number, how: { readonly isSilent: boolean }): void {
    if (!machine.isRunning) return;
    this.#say(`${machine.nodeId.slice(-4)} ends`);
    machine.stop(how);
    this.#network.clock.after(downMs, () => machine.start());
  }

  #spring(moment: Moment, process: SimulatedProcess): void {
    const ambush = this.#ambushes.find((each) => each.moment === moment);
    if (ambush === undefined) return;
    this.#ambushes = this.#ambushes.filter((each) => each !== ambush);
    // Not in the middle of a turn, but before the next one can be far.
    this.#network.clock.after(this.#random.pick([0, 0, 1, 5]) * this.#random.next(), () => {
      const machine = this.#cluster.machineOf(process.nodeId);
      if (machine?.process !== process || this.#isLastCopy(machine) || this.#isOver) return;
      this.#say(`ambush at ${moment}`);
      this.#stop(machine, ambush.downMs, { isSilent: false });
    });
  }

  /** Only while the other voters can do without it. An operator removes what is left of it, and brings another. */
  #loseDisk(machine: SimulatedMachine): void {
    const { facts } = this.#cluster;
    const { nodeId } = machine;
    const others = facts.voters.filter((id) => id !== nodeId);
    const areThere = others.every((id) => this.#cluster.machineOf(id)?.isScrapped === false);
    const isBearable = !facts.voters.includes(nodeId) || (others.length >= 2 && areThere);
    if (!isBearable || this.#isLastCopy(machine)) return;
    const shardId = facts.nodes.get(nodeId)?.shardId;
    this.#say(`${nodeId.slice(-4)} and its disk are gone`);
    machine.stop({ isSilent: true });
    machine.isScrapped = true;
    if (shardId === undefined) return;
    this.#ask(() => this.#takeOver(shardId) ?? this.#forgetCommand(nodeId));
    this.#join(shardId);
  }

  /** CLUSTER FAILOVER TAKEOVER, when nobody who has all of the shard's data is left. */
  #takeOver(shardId: string): FactCommand | undefined {
    const { facts, witness } = this.#cluster;
    const shard = facts.shards.get(shardId);
    // A machine that starts again does so with nothing.
    const hasSurvivor = shard?.isr.some(
      (member) => witness.facts.processOf(member)?.isAlive === true,
    );
    const heirs = [...facts.nodes.values()].filter(
      (node) => node.shardId === shardId && this.#cluster.machineOf(node.id)?.isRunning === true,
    );
    const heir = this.#random.pickFrom(heirs);
    if (shard === undefined || hasSurvivor === true || heir === undefined) return undefined;
    const historyId = `7${facts.version}`.padStart(40, "0");
    const member = { nodeId: heir.id, incarnation: heir.incarnation };
    return { kind: "promote", shardId, epoch: shard.epoch, member, lossy: { historyId } };
  }

  #forgetCommand(nodeId: string): FactCommand | undefined {
    if (!this.#cluster.facts.nodes.has(nodeId)) return undefined;
    return { kind: "forget", nodeId, byReset: false };
  }

  // The network

  #partition(side: readonly number[], forMs: number): void {
    const others = this.#hosts().filter((host) => !side.includes(host));
    this.#cutWays(
      side.flatMap((host) => others.flatMap((other) => [way(host, other), way(other, host)])),
      forMs,
    );
  }

  #isolate(fault: Extract<Fault, { kind: "isolate" }>, { host, nodeId }: SimulatedMachine): void {
    const { facts } = this.#cluster;
    const shardId = facts.nodes.get(nodeId)?.shardId;
    const hostsOf = (ids: readonly string[]): number[] =>
      ids.flatMap((id) => this.#cluster.hostOf(id) ?? []);
    const nodeHosts = this.#cluster.nodeHosts;
    const sides = {
      all: () => this.#hosts(),
      voters: () => hostsOf(facts.voters),
      shard: () =>
        hostsOf([...facts.nodes.values()].filter((n) => n.shardId === shardId).map((n) => n.id)),
      clients: () => this.#hosts().filter((other) => !nodeHosts.includes(other)),
      one: () => this.#random.shuffled(nodeHosts).slice(0, 1),
    };
    const others = sides[fault.from]().filter((other) => other !== host);
    const ways = others.flatMap((other) => {
      if (fault.ways === "in") return [way(other, host)];
      return fault.ways === "out" ? [way(host, other)] : [way(host, other), way(other, host)];
    });
    if (fault.flapMs === 0) {
      this.#cutWays(ways, fault.forMs);
      return;
    }
    for (let atMs = 0; atMs < fault.forMs; atMs += 2 * fault.flapMs) {
      this.#network.clock.after(atMs, () => {
        if (!this.#isOver) this.#cutWays(ways, fault.flapMs);
      });
    }
  }

  #cutWays(ways: readonly Way[], forMs: number): void {
    for (const { from, to } of ways) this.#network.cut(from, to);
    this.#repairIn(forMs, () => {
      for (const { from, to } of ways) this.#network.heal(from, to);
    });
  }

  #slowLinks(host: number, extraMs: number): void {
    for (const other of this.#hosts()) {
      if (other === host) continue;
      this.#network.slow(host, other, extraMs);
      this.#network.slow(other, host, extraMs);
    }
  }

  // Operators

  /** Through some node, until it is accepted, refused for good, or no longer wanted: `undefined`. */
  #ask(commandNow: () => FactCommand | undefined, asksLeft = ASKS_MAX): void {
    const command = commandNow();
    const process = this.#cluster.anyProcess(this.#random);
    if (command === undefined || asksLeft === 0) return;
    let isDone = false;
    process?.propose(command, {
      answered: ({ kind }) => {
        // After a promotion there is more to do, or the next question is not asked anyway.
        isDone = kind === "accepted" && command.kind !== "promote";
      },
    });
    this.#network.clock.after(ASK_AGAIN_MS, () => {
      if (!isDone) this.#ask(commandNow, asksLeft - 1);
    });
  }

  #failOver(shardId: string): void {
    const shard = this.#cluster.facts.shards.get(shardId);
    const member = shard && this.#random.pickFrom(shard.isr.slice(1));
    if (shard === undefined || member === undefined) return;
    const command: FactCommand = { kind: "promote", shardId, epoch: shard.epoch, member };
    this.#ask(() => command, 1);
  }

  #handOver(shardId: string): void {
    const { primary } = this.#cluster.facts.shards.get(shardId) ?? {};
    if (primary !== undefined) this.#cluster.machineOf(primary.nodeId)?.process?.handOver();
  }

  #bumpEpoch(shardId: string): void {
    const { currentEpoch } = this.#cluster.facts;
    this.#ask(() => ({ kind: "set-epoch", shardId, epoch: currentEpoch + 1 }), 1);
  }

  #join(shardId: string): void {
    const machine = this.#cluster.addMachine();
    this.#say(`${machine.nodeId.slice(-4)} comes`);
    const { nodeId } = machine;
    const askWhenIn = (): void => {
      const node = this.#cluster.facts.nodes.get(nodeId);
      if (machine.isScrapped || node?.shardId === shardId) return;
      if (node !== undefined) this.#ask(() => ({ kind: "replicate", nodeId, shardId }), 1);
      this.#network.clock.after(ASK_AGAIN_MS, askWhenIn);
    };
    askWhenIn();
  }

  /** No voter and no primary: those are not let go. */
  #forget(machine: SimulatedMachine, livesOnMs: number): void {
    const { nodeId } = machine;
    const { facts } = this.#cluster;
    if (facts.voters.includes(nodeId) || this.#isLastCopy(machine)) return;
    machine.isForgotten = true;
    this.#ask(() => this.#forgetCommand(nodeId));
    // By mistake it is started again, and asks to be let in.
    this.#network.clock.after(livesOnMs / 2, () => this.#stop(machine, 50, { isSilent: false }));
    this.#network.clock.after(livesOnMs, () => {
      if (this.#cluster.facts.nodes.has(nodeId)) return;
      machine.stop({ isSilent: false });
      machine.isScrapped = true;
    });
  }
}

interface Way {
  readonly from: number;
  readonly to: number;
}

function way(from: number, to: number): Way {
  return { from, to };
}

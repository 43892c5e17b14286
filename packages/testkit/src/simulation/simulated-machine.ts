import type { FactCommand, NodeFact, NodeId } from "@slotcast/control";
import type { EffectLog } from "@slotcast/node";
import type { SeededRandom } from "./seeded-random.ts";
import type { DiskContents, SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedProcess, type MachineClock, type Surroundings } from "./simulated-process.ts";
import { TRACED } from "./trace.ts";

/** How often a node that is no member asks to be let in. */
const JOIN_RETRY_MS = 700;

export interface MachineOptions {
  readonly surroundings: Surroundings;
  readonly host: number;
  readonly self: Omit<NodeFact, "incarnation">;
  readonly disk: SimulatedDisk;
  readonly random: SeededRandom;
  /** Where it asks to be let in. `undefined`: it is a member already. */
  readonly seeds?: () => SimulatedProcess | undefined;
  /** Of its shard when it is in none of the cluster's. */
  readonly historyId: string;
}

/** A machine: a disk, a clock, and one life of a node's process after the other. */
export class SimulatedMachine {
  readonly host: number;
  readonly nodeId: NodeId;
  readonly disk: SimulatedDisk;
  process: SimulatedProcess | undefined;
  /** It will never start again. */
  isScrapped = false;
  /** An operator removed it: it may ask, and must not come in. */
  isForgotten = false;
  readonly #surroundings: Surroundings;
  readonly #self: Omit<NodeFact, "incarnation">;
  readonly #random: SeededRandom;
  readonly #seeds: (() => SimulatedProcess | undefined) | undefined;
  readonly #historyId: string;
  readonly clock: MachineClock;
  #lives = 0;

  constructor(options: MachineOptions) {
    this.host = options.host;
    this.nodeId = options.self.id;
    this.disk = options.disk;
    this.#surroundings = options.surroundings;
    this.#self = options.self;
    this.#random = options.random;
    this.#seeds = options.seeds;
    this.#historyId = options.historyId;
    const drift = options.random.between(-0.002, 0.002);
    const startMs = Math.floor(options.random.between(0, 1e9));
    this.clock = { startMs, rate: 1 + drift, stepMs: 0 };
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }

  start(log?: EffectLog): void {
    if (this.process !== undefined || this.isScrapped) return;
    const { network, trace } = this.#surroundings;
    const found = this.disk.start();
    this.#lives += 1;
    trace.note(TRACED.start, this.host, found.incarnation);
    if (trace.isReadable)
      trace.say(this.#self.id.slice(-4), `starts, incarnation ${found.incarnation}`);
    this.process = new SimulatedProcess({
      surroundings: this.#surroundings,
      host: this.host,
      self: { ...this.#self, incarnation: found.incarnation },
      found,
      disk: this.disk,
      random: this.#random.fork(`life ${this.#lives}`),
      clock: this.clock,
      ...(log && { log }),
    });
    network.powerOn(this.host);
    this.#askToJoin(this.process, found);
  }

  /** Its process ends. `isSilent`: by loss of power. */
  stop({ isSilent }: { readonly isSilent: boolean }): void {
    const { trace } = this.#surroundings;
    trace.note(TRACED.end, this.host, isSilent ? 1 : 0);
    this.process?.die({ isSilent });
    this.process = undefined;
  }

  /** A member that was removed asks too: whoever restarts it by mistake does that. */
  #askToJoin(process: SimulatedProcess, found: DiskContents): void {
    if (this.#seeds === undefined && !this.isForgotten) return;
    const ask = (): void => {
      if (!process.isAlive) return;
      process.whenAwake(() => {
        const isMember = process.core.facts.nodes.has(this.nodeId);
        const seed = this.#seeds?.();
        const { version } = (seed ?? process).core.facts;
        const command = this.#joinCommand(found, version);
        if (!isMember) process.propose(command, seed === undefined ? {} : { via: seed.nodeId });
        if (!isMember) this.#surroundings.network.clock.after(JOIN_RETRY_MS, ask);
      });
    };
    ask();
  }

  #joinCommand({ incarnation }: DiskContents, knownVersion: number): FactCommand {
    return {
      kind: "join",
      node: { ...this.#self, incarnation },
      historyId: this.#historyId,
      epoch: 0,
      slots: [],
      isInvited: !this.isForgotten,
      knownVersion,
    };
  }
}

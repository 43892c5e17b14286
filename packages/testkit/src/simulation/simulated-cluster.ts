import type { Facts, NodeFact, NodeId } from "@slotcast/control";
import { EffectLog, type PrimaryTuning } from "@slotcast/node";
import {
  assembledFacts,
  historyIdOf,
  nodeFact,
  shardIdOf,
  storedStateOf,
} from "./assembled-facts.ts";
import type { Target } from "./fault.ts";
import type { Network } from "./network.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { SimulatedDisk, type DiskContents } from "./simulated-disk.ts";
import { SimulatedMachine } from "./simulated-machine.ts";
import type { SimulatedProcess, Surroundings } from "./simulated-process.ts";
import type { Trace } from "./trace.ts";
import { Witness } from "./witness.ts";

/** What a seed decides about a cluster before it runs. */
export interface ClusterShape {
  readonly nodes: number;
  readonly shards: number;
  readonly voters: number;
  readonly nodeTimeoutMs: number;
  readonly tuning: Partial<PrimaryTuning>;
  readonly backlogBytesMax: number;
  /** Messages are encoded and decoded on their way. Costs time, and changes nothing. */
  readonly isEncoded: boolean;
  readonly writeMs: { readonly low: number; readonly high: number };
}

/** All machines of a run, and what all of them together are up to: for faults, operators and checks. */
export class SimulatedCluster {
  readonly shape: ClusterShape;
  readonly witness: Witness;
  readonly machines: SimulatedMachine[] = [];
  readonly #surroundings: Surroundings;
  readonly #random: SeededRandom;
  readonly #nodeIds = new Map<number, NodeId>();
  readonly #hosts = new Map<NodeId, number>();
  /** Hosts of machines that come later; clients are in between. */
  #nextHost: number;

  constructor(options: {
    readonly shape: ClusterShape;
    readonly network: Network;
    readonly trace: Trace;
    readonly random: SeededRandom;
    readonly clients: number;
  }) {
    const { shape, network, trace, random, clients } = options;
    const facts = assembledFacts({ ...shape, random });
    this.shape = shape;
    this.#random = random;
    this.#nextHost = shape.nodes + clients;
    this.witness = new Witness(facts);
    this.#surroundings = {
      network,
      trace,
      witness: this.witness,
      nodeTimeoutMs: shape.nodeTimeoutMs,
      tuning: shape.tuning,
      backlogBytesMax: shape.backlogBytesMax,
      isEncoded: shape.isEncoded,
      hostOf: (nodeId) => this.#hosts.get(nodeId),
      nodeIdAt: (host) => this.#nodeIds.get(host),
    };
    for (const [host, node] of [...facts.nodes.values()].entries())
      this.#assemble(host, node, facts);
  }

  hostOf(nodeId: NodeId): number | undefined {
    return this.#hosts.get(nodeId);
  }

  /** Committed, whoever knows it. */
  get facts(): Facts {
    return this.witness.facts.newest;
  }

  get processes(): SimulatedProcess[] {
    return this.machines.flatMap(({ process }) => (process === undefined ? [] : [process]));
  }

  machineOf(nodeId: NodeId): SimulatedMachine | undefined {
    const host = this.#hosts.get(nodeId);
    return this.machines.find((machine) => machine.host === host);
  }

  /** Where clients look for nodes. */
  get nodeHosts(): number[] {
    return this.machines.flatMap(({ host, isScrapped }) => (isScrapped ? [] : [host]));
  }

  /** A process that an operator could talk to. */
  anyProcess(random: SeededRandom): SimulatedProcess | undefined {
    return random.pickFrom(
      this.processes.filter((process) => !process.isPaused && this.facts.nodes.has(process.nodeId)),
    );
  }

  shardId(shard: number): string {
    return shardIdOf(shard % this.shape.shards);
  }

  find(target: Target): SimulatedMachine | undefined {
    const { facts } = this;
    switch (target.is) {
      case "host":
        return this.machines.find(({ host }) => host === target.host);
      case "primary": {
        const primary = facts.shards.get(this.shardId(target.shard))?.primary;
        return primary && this.machineOf(primary.nodeId);
      }
      case "replica": {
        const shardId = this.shardId(target.shard);
        const primaryId = facts.shards.get(shardId)?.primary?.nodeId;
        const replicas = [...facts.nodes.values()].filter(
          (node) => node.shardId === shardId && node.id !== primaryId,
        );
        const replica = this.#random.pickFrom(replicas);
        return replica && this.machineOf(replica.id);
      }
      case "leader": {
        const leader = this.processes.find(({ core }) => core.control.isLeader);
        return leader && this.machineOf(leader.nodeId);
      }
      case "voter": {
        const voter = facts.voters[target.index % facts.voters.length];
        return voter === undefined ? undefined : this.machineOf(voter);
      }
    }
  }

  /** A machine that was never there before, which asks to be let in. */
  addMachine(): SimulatedMachine {
    const host = this.#nextHost;
    this.#nextHost += 1;
    const self = nodeFact(host, shardIdOf(host + 1000));
    const seeds = (): SimulatedProcess | undefined => this.anyProcess(this.#random);
    const contents = { stored: undefined, savedFacts: undefined, incarnation: 0 };
    const machine = this.#machine({ host, self, contents, seeds });
    machine.start();
    return machine;
  }

  #assemble(host: number, self: NodeFact, facts: Facts): void {
    const isVoter = facts.voters.includes(self.id);
    const contents: DiskContents = {
      stored: isVoter ? storedStateOf(facts) : undefined,
      savedFacts: facts,
      incarnation: self.incarnation - 1,
    };
    const machine = this.#machine({ host, self, contents });
    const { historyId, epoch } = facts.shards.get(self.shardId) ?? { historyId: "", epoch: 0 };
    const log = new EffectLog({ backlogBytesMax: this.shape.backlogBytesMax });
    log.beginHistory(historyId, epoch - 1);
    machine.start(log);
  }

  #machine(options: {
    host: number;
    self: NodeFact;
    contents: DiskContents;
    seeds?: () => SimulatedProcess | undefined;
  }): SimulatedMachine {
    const { host, self, contents, seeds } = options;
    const random = this.#random.fork(`machine ${host}`);
    this.#nodeIds.set(host, self.id);
    this.#hosts.set(self.id, host);
    const { clock } = this.#surroundings.network;
    const machine = new SimulatedMachine({
      surroundings: this.#surroundings,
      host,
      self,
      disk: new SimulatedDisk({
        clock,
        random: random.fork("disk"),
        writeMs: this.shape.writeMs,
        contents,
      }),
      random,
      historyId: historyIdOf(host + 1000),
      ...(seeds && { seeds }),
    });
    this.machines.push(machine);
    return machine;
  }
}

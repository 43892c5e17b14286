import { checkKey } from "./final-state.ts";
import { FaultDriver } from "./fault-driver.ts";
import { whatAils } from "./healed.ts";
import { Journal } from "./journal.ts";
import { Network } from "./network.ts";
import { describePacket, digestPacket, plain, shortId } from "./packet.ts";
import { FAULTS_TO_MS, shapeRun, type RunOptions, type RunShape } from "./run-shape.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { slotOfKey } from "./slot-of-key.ts";
import { TRACED, Trace } from "./trace.ts";
import { Violation } from "./violation.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A run goes on for so long at least; longer when something is not healed yet. */
const RUN_MS = 60_000;
const FAULTS_END_MS = FAULTS_TO_MS + 1000;
/** After the last fault everything must be green within so long. */
const HEAL_MS_MAX = 30_000;
const CLIENTS_STOP_MS = RUN_MS - 8000;
const LOOK_MS = 250;

/** What a run was like: a run in which nothing happened proves nothing. */
export interface RunStats {
  readonly events: number;
  readonly acked: number;
  readonly notExecuted: number;
  readonly unknown: number;
  readonly factsVersions: number;
  readonly lostShards: number;
  /** After the last fault, until all was green. */
  readonly healedMs: number;
}

export interface RunOutcome {
  readonly seed: number;
  readonly profile: string;
  readonly hash: string;
  readonly stats: RunStats;
  readonly violation?: { readonly atMs: number; readonly what: string; readonly text: string };
  /** Of a readable run. */
  readonly lines: readonly string[];
}

/** One run of one seed, from the beginning to the end or to the first violation. */
export class Simulation {
  readonly #seed: number;
  readonly #shape: RunShape;
  readonly #clock = new VirtualClock();
  readonly #trace: Trace;
  readonly #journal = new Journal();
  readonly #network: Network;
  readonly #cluster: SimulatedCluster;
  readonly #clients: readonly SimulatedClient[];
  readonly #faults: FaultDriver;
  #healedAtMs = FAULTS_END_MS;

  constructor(options: RunOptions, { isReadable = false } = {}) {
    const shape = shapeRun(options);
    const random = new SeededRandom(options.seed).fork(shape.profile);
    this.#seed = options.seed;
    this.#shape = shape;
    this.#trace = new Trace({ isReadable, nowMs: () => this.#clock.nowMs });
    this.#clock.onEvent = (atMs, order) => this.#trace.event(atMs, order);
    this.#network = this.#makeNetwork(random.fork("network"));
    this.#cluster = new SimulatedCluster({
      shape: shape.cluster,
      network: this.#network,
      trace: this.#trace,
      random: random.fork("cluster"),
      clients: shape.clients,
    });
    this.#clients = Array.from({ length: shape.clients }, (_, index) =>
      this.#makeClient(shape.cluster.nodes + index, random.fork(`client ${index}`)),
    );
    this.#faults = new FaultDriver({
      cluster: this.#cluster,
      network: this.#network,
      random: random.fork("driver"),
      trace: this.#trace,
      hosts: () => [...this.#cluster.nodeHosts, ...this.#clients.map(({ host }) => host)],
    });
    this.#faults.schedule(shape.faults);
    this.#clock.at(FAULTS_END_MS, () => {
      this.#faults.end();
      this.#clock.after(LOOK_MS, () => this.#lookWhetherHealed());
    });
    this.#clock.at(CLIENTS_STOP_MS, () => {
      for (const client of this.#clients) client.stop();
    });
  }

  run(): RunOutcome {
    let violation: RunOutcome["violation"];
    try {
      this.#clock.runUntil(RUN_MS);
      this.#heal();
      this.#checkKeys();
    } catch (error) {
      violation = { atMs: this.#clock.nowMs, ...describeError(error) };
    }
    return {
      seed: this.#seed,
      profile: this.#shape.profile,
      hash: this.#trace.hash,
      stats: this.#stats(),
      ...(violation && { violation }),
      lines: this.#trace.lines,
    };
  }

  /** Green, and green for good: nothing is asked for any more, so nothing changes. */
  #heal(): void {
    for (;;) {
      const waiting = this.#clients.filter(({ isDone }) => !isDone).map(({ host }) => `c${host}`);
      const ails = [
        ...whatAils(this.#cluster, { isQuiet: true }),
        ...waiting.map((name) => `${name} has no answer yet`),
      ];
      if (ails.length === 0) break;
      if (this.#clock.nowMs >= FAULTS_END_MS + HEAL_MS_MAX) {
        throw new Violation("all is green after the last fault", ails.join("; "));
      }
      this.#clock.runUntil(this.#clock.nowMs + LOOK_MS);
    }
  }

  /** How long it takes, while clients go on: for the report. */
  #lookWhetherHealed(): void {
    this.#healedAtMs = this.#clock.nowMs;
    if (whatAils(this.#cluster, { isQuiet: false }).length === 0) return;
    this.#clock.after(LOOK_MS, () => this.#lookWhetherHealed());
  }

  #checkKeys(): void {
    const { facts, processes, witness } = this.#cluster;
    for (let key = 0; key < this.#shape.habits.keys; key += 1) {
      const shardId = facts.slotOwners[slotOfKey(key)];
      // What a whole set of processes took with it nobody could keep.
      if (shardId === undefined || witness.facts.lost.has(shardId)) continue;
      const primary = facts.shards.get(shardId)?.primary;
      const process = processes.find(({ nodeId }) => nodeId === primary?.nodeId);
      if (process !== undefined) checkKey(key, this.#journal, process.keyspace);
    }
  }

  #stats(): RunStats {
    const attempts = [...this.#journal.attempts.values()];
    const count = (wanted: string): number =>
      attempts.filter(({ outcome }) => outcome === wanted).length;
    return {
      events: this.#clock.events,
      acked: count("ok"),
      notExecuted: count("not-executed"),
      unknown: count("unknown") + count("open"),
      factsVersions: this.#cluster.facts.version,
      lostShards: this.#cluster.witness.facts.lost.size,
      healedMs: this.#healedAtMs - FAULTS_END_MS,
    };
  }

  #makeNetwork(random: SeededRandom): Network {
    const trace = this.#trace;
    const name = (host: number): string => {
      const nodeId = this.#cluster.machines.find((machine) => machine.host === host)?.nodeId;
      return nodeId === undefined ? `c${host}` : shortId(nodeId);
    };
    return new Network({
      clock: this.#clock,
      random,
      weather: this.#shape.weather,
      watch: {
        delivered: ({ from, to, packet }) => {
          trace.note(TRACED.delivery, from * 64 + to, digestPacket(packet));
          if (trace.isReadable) trace.say(name(to), `← ${name(from)} ${describePacket(packet)}`);
        },
        ended: (from, to) => {
          trace.note(TRACED.close, from, to);
          if (trace.isReadable) trace.say(name(from), `connection with ${name(to)} ended`);
        },
        mayPass: (_kind, packet) => {
          const hasEffects = packet.kind === "frame" && packet.frame.kind === "batch";
          return !(hasEffects && this.#faults.losesBatch());
        },
      },
      dialEnded: (from, to, outcome) => {
        trace.note(TRACED.connect, from, to);
        if (trace.isReadable) trace.say(name(from), `dialled ${name(to)}: ${outcome}`);
      },
    });
  }

  #makeClient(host: number, random: SeededRandom): SimulatedClient {
    const cluster = this.#cluster;
    return new SimulatedClient({
      host,
      network: this.#network,
      random,
      journal: this.#journal,
      habits: this.#shape.habits,
      trace: this.#trace,
      hostOf: (nodeId) => cluster.hostOf(nodeId),
      nodeHosts: () => cluster.nodeHosts,
      shardOfKey: (key) => cluster.facts.slotOwners[slotOfKey(key)],
    });
  }
}

function describeError(error: unknown): { what: string; text: string } {
  if (error instanceof Violation) return { what: error.invariant, text: error.message };
  if (!(error instanceof Error)) return { what: "error", text: plain(error) };
  // An assertion of production's own: an invariant too.
  const [, where = ""] = error.stack?.split("\n").filter((line) => line.includes(" at ")) ?? [];
  return { what: error.name, text: `${error.message}\n${error.stack ?? where}` };
}

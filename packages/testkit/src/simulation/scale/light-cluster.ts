import type { ControlMessage, Facts, NodeFact, NodeId } from "@slotcast/control";
import type { ReplicationFrame, Rumour } from "@slotcast/node";
import { assembledFacts, storedStateOf } from "../assembled-facts.ts";
import { SeededRandom } from "../seeded-random.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { LightNode } from "./light-node.ts";
import { controlFrameBytes, rumourFrameBytes } from "./packed-bytes.ts";

/** Within a data center. */
const LATENCY_MS = { low: 0.3, high: 1.5 };
const VOTERS = 5;

/**
 * Many nodes without faults, keys or clients: ClusterCores on a network that has nothing but a latency. For figures; the
 * checks are made by the simulation of small clusters.
 *
 * A message to many arrives at all of them in the same moment: one event instead of a thousand.
 */
export class LightCluster {
  readonly clock = new VirtualClock();
  readonly nodes = new Map<NodeId, LightNode>();
  readonly shards: number;
  readonly nodeTimeoutMs: number;
  /** What all nodes sent since it was set to 0: frames of the bus, without heartbeats and replication. */
  sentBytes = 0;
  sentFrames = 0;
  readonly #random: SeededRandom;

  /** `nodes` is even: a primary and a replica to a shard. */
  constructor({ nodes, seed = 1, nodeTimeoutMs = 1500 }: LightClusterOptions) {
    this.shards = nodes / 2;
    this.nodeTimeoutMs = nodeTimeoutMs;
    this.#random = new SeededRandom(seed);
    const facts = votedByReplicas(
      assembledFacts({ nodes, shards: this.shards, voters: VOTERS, random: this.#random }),
    );
    const stored = storedStateOf(facts);
    for (const self of facts.nodes.values()) this.#add(self, facts, stored);
    for (const node of this.nodes.values()) node.start();
  }

  runFor(ms: number): void {
    this.clock.runUntil(this.clock.nowMs + ms);
  }

  /** Throws when it does not come true in time. Looks each millisecond. */
  runUntil(what: string, isTrue: () => boolean, withinMs = 60_000): void {
    const endMs = this.clock.nowMs + withinMs;
    while (!isTrue()) {
      if (this.clock.nowMs > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      this.runFor(1);
    }
  }

  /** The processes end: `isSilent` with their machines, else everybody who is linked with them is told so. */
  kill(victims: readonly LightNode[], { isSilent }: { readonly isSilent: boolean }): void {
    for (const { id } of victims) this.nodes.delete(id);
    for (const victim of victims) {
      victim.isAlive = false;
      if (isSilent) continue;
      for (const node of this.nodes.values()) this.#later(() => node.refused(victim.id));
    }
  }

  control(to: NodeId, from: NodeId, message: ControlMessage): void {
    this.#count(controlFrameBytes(message), 1);
    this.#later(() => this.nodes.get(to)?.receiveControl(from, message));
  }

  rumour(to: readonly NodeId[], from: NodeId, rumour: Rumour): void {
    this.#count(rumourFrameBytes(rumour), to.length);
    this.#later(() => {
      for (const id of to) this.nodes.get(id)?.receiveRumour(from, rumour);
    });
  }

  frame(to: NodeId, from: NodeId, frame: ReplicationFrame): void {
    this.#later(() => this.nodes.get(to)?.receiveFrame(from, frame));
  }

  /** A data link, dialled. */
  link(from: LightNode, to: NodeId): void {
    this.#later(() => {
      const other = this.nodes.get(to);
      if (other === undefined || !from.isAlive) return;
      other.linked(from.id);
      from.linked(to);
    });
  }

  #later(run: () => void): void {
    this.clock.after(this.#random.between(LATENCY_MS.low, LATENCY_MS.high), run);
  }

  #count(bytes: number, receivers: number): void {
    this.sentBytes += bytes * receivers;
    this.sentFrames += receivers;
  }

  #add(self: NodeFact, facts: Facts, stored: ReturnType<typeof storedStateOf>): void {
    const node = new LightNode({
      cluster: this,
      self,
      facts,
      ...(facts.voters.includes(self.id) && { stored }),
      random: this.#random.fork(self.id),
    });
    this.nodes.set(self.id, node);
  }
}

export interface LightClusterOptions {
  readonly nodes: number;
  readonly seed?: number;
  readonly nodeTimeoutMs?: number;
}

/** Then all primaries of fifty shards can die, and a majority of the voters lives, however small the cluster is. */
function votedByReplicas(facts: Facts): Facts {
  const primaries = new Set([...facts.shards.values()].map(({ primary }) => primary?.nodeId));
  const replicas = [...facts.nodes.keys()].filter((id) => !primaries.has(id));
  return { ...facts, voters: replicas.slice(0, VOTERS) };
}

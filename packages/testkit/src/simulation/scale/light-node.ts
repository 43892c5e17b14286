import type {
  ControlMessage,
  FactCommand,
  Facts,
  NodeFact,
  NodeId,
  StoredState,
} from "@slotcast/control";
import {
  ClusterCore,
  EffectLog,
  type CoreAction,
  type ReplicationFrame,
  type Rumour,
  type ShardAction,
} from "@slotcast/node";
import type { SeededRandom } from "../seeded-random.ts";
import type { LightCluster } from "./light-cluster.ts";

const TICK_MS = 20;
const TICK_LATE_MS_MAX = 4;
/** A fast disk's fsync. */
const WRITE_MS = 2;

/** A ClusterCore and as much around it as it takes to elect, to promote and to serve. */
export class LightNode {
  readonly id: NodeId;
  readonly core: ClusterCore;
  isAlive = true;
  readonly #cluster: LightCluster;
  readonly #random: SeededRandom;
  #isStepping = false;

  constructor(options: {
    readonly cluster: LightCluster;
    readonly self: NodeFact;
    readonly facts: Facts;
    readonly stored?: StoredState;
    readonly random: SeededRandom;
  }) {
    const { cluster, self, facts, stored, random } = options;
    this.id = self.id;
    this.#cluster = cluster;
    this.#random = random;
    const shard = facts.shards.get(self.shardId);
    const log = new EffectLog();
    log.beginHistory(shard?.historyId ?? "", (shard?.epoch ?? 1) - 1);
    this.core = new ClusterCore({
      self,
      nodeTimeoutMs: cluster.nodeTimeoutMs,
      random: () => random.next(),
      nowMs: this.#nowMs,
      log,
      savedFacts: facts,
      ...(stored && { restored: stored }),
    });
  }

  start(): void {
    this.step(() => {});
    this.#cluster.clock.after(this.#random.between(0, TICK_MS), () => this.#tick());
  }

  step(act: (nowMs: number) => void): void {
    if (!this.isAlive) return;
    if (this.#isStepping) {
      act(this.#nowMs);
      return;
    }
    this.#isStepping = true;
    act(this.#nowMs);
    for (;;) {
      const actions = this.core.takeActions();
      if (actions.length === 0) break;
      for (const action of actions) this.#perform(action);
    }
    this.#isStepping = false;
  }

  propose(command: FactCommand): void {
    this.step((nowMs) => this.core.propose(command, nowMs));
  }

  receiveControl(from: NodeId, message: ControlMessage): void {
    this.step((nowMs) => this.core.receiveControl(from, message, nowMs));
  }

  receiveRumour(from: NodeId, rumour: Rumour): void {
    this.step((nowMs) => this.core.receiveRumour(from, rumour, nowMs));
  }

  receiveFrame(from: NodeId, frame: ReplicationFrame): void {
    this.step((nowMs) => this.core.receiveReplication(from, frame, nowMs));
  }

  refused(id: NodeId): void {
    this.step((nowMs) => {
      this.core.refused(id, nowMs);
      this.core.unlinked(id, nowMs);
    });
  }

  linked(id: NodeId): void {
    this.step((nowMs) => this.core.linked(id, nowMs));
  }

  get isServing(): boolean {
    return this.core.mayAnswer(this.#nowMs);
  }

  get #nowMs(): number {
    return this.#cluster.clock.nowMs;
  }

  #tick(): void {
    if (!this.isAlive) return;
    this.step((nowMs) => this.core.tick(nowMs));
    const lateMs = this.#random.next() * TICK_LATE_MS_MAX;
    this.#cluster.clock.after(TICK_MS + lateMs, () => this.#tick());
  }

  #perform(action: CoreAction): void {
    const cluster = this.#cluster;
    switch (action.do) {
      case "persist":
        cluster.clock.after(WRITE_MS, () => this.step((nowMs) => this.core.persisted(nowMs)));
        break;
      case "send":
        cluster.control(action.to, this.id, action.message);
        break;
      case "rumour":
        cluster.rumour(action.to, this.id, action.rumour);
        break;
      case "shard":
        this.#performShard(action.action);
        break;
      case "follow":
        if (action.primaryId !== undefined) cluster.link(this, action.primaryId);
        break;
      case "facts":
      case "answer":
        break;
    }
  }

  /** There are no keys: nothing is applied, and nobody needs a snapshot. */
  #performShard(action: ShardAction): void {
    if (action.do !== "send") return;
    for (const to of action.to) this.#cluster.frame(to, this.id, action.frame);
  }
}

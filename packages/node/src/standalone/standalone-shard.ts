import type { NodeId, ShardFact } from "@slotcast/control";
import { steadyMs } from "../cluster/steady-ms.ts";
import { ShardRole, type ShardAction } from "../cluster-core/shard-role.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { DiscardedEffects } from "../replication/discarded-effects.ts";
import { EffectLog } from "../replication/effect-log.ts";
import type { ReplicationFrame } from "../replication/frames.ts";
import type { Replication } from "../replication/replication.ts";
import { ShardDriver, type ShardLink } from "../replication/shard-driver.ts";
import { StandaloneAuthority, type Leader } from "./standalone-authority.ts";

export interface StandaloneShardOptions {
  readonly nodeId: NodeId;
  readonly config: Config;
  readonly logger: Logger;
  readonly replication: () => Replication;
  readonly linkTo: (nodeId: NodeId) => ShardLink | undefined;
  /** Something happened, and all that follows from it was done. */
  readonly stepped: () => void;
}

/**
 * This server's part in replication: its role, the facts that give it, the log, and the hands that do what the role asks
 * for. Whatever happens is a `step`: the event goes in, and all that follows is done in the same turn.
 *
 * Owner: StandaloneReplication.
 */
export class StandaloneShard {
  readonly log: EffectLog;
  readonly role: ShardRole;
  readonly #authority: StandaloneAuthority;
  readonly #driver: ShardDriver;
  readonly #options: StandaloneShardOptions;
  #isLoading = false;
  #isStepping = false;

  constructor(options: StandaloneShardOptions) {
    const { config, linkTo, logger, nodeId, replication } = options;
    this.#options = options;
    this.log = new EffectLog({ backlogBytesMax: config.get("repl-backlog-size") });
    config.onChange("repl-backlog-size", (bytes) => {
      this.log.backlogBytesMax = bytes;
    });
    this.#authority = new StandaloneAuthority({ nodeId, random: Math.random });
    this.role = new ShardRole({ self: this.#authority.self, log: this.log });
    this.#driver = new ShardDriver({
      replication,
      parts: () => this.role,
      linkTo,
      discarded: new DiscardedEffects({ dir: config.get("dir"), logger }),
      steadyMs,
      step: (act) => {
        this.step(act);
      },
      logger,
    });
  }

  get fact(): ShardFact {
    return this.#authority.shard;
  }

  /** A snapshot comes in: there are some keys, and not all. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** This server leads, where its log ends; in another history nobody can go on from what he has. */
  lead(historyId: string): void {
    this.step((nowMs) => {
      // Half a snapshot is nothing.
      this.#giveUpLoading();
      this.#authority.lead({ historyId, logEpoch: this.log.epoch, unixMs: Date.now() });
      this.role.factsChanged(this.#authority.facts, nowMs);
    });
  }

  /** Somebody else leads, who was not reached yet. */
  followNobody(): void {
    this.step((nowMs) => {
      this.#authority.followNobody();
      this.role.factsChanged(this.#authority.facts, nowMs);
    });
  }

  /** The link to the primary is up. */
  follow(leader: Leader): void {
    this.step((nowMs) => {
      this.#authority.follow(leader);
      this.role.factsChanged(this.#authority.facts, nowMs);
      this.role.linked(leader.nodeId, nowMs);
    });
  }

  /** It is down. */
  primaryUnlinked(): void {
    const primaryId = this.fact.primary?.nodeId;
    if (primaryId === undefined) return;
    this.step((nowMs) => {
      this.role.unlinked(primaryId, nowMs);
    });
  }

  /** A replica of this server. */
  replicaLinked(nodeId: NodeId): void {
    this.step((nowMs) => {
      this.#authority.register(nodeId);
      this.role.factsChanged(this.#authority.facts, nowMs);
      this.role.linked(nodeId, nowMs);
    });
  }

  replicaUnlinked(nodeId: NodeId): void {
    this.step((nowMs) => {
      this.role.unlinked(nodeId, nowMs);
      if (this.role.primary === undefined) return;
      this.#authority.unregister(nodeId);
      this.role.factsChanged(this.#authority.facts, nowMs);
    });
  }

  /** Throws TypeError: the link is done. */
  received(nodeId: NodeId, frame: ReplicationFrame): void {
    // A replica has its epoch from this server. In a cluster it may know better; here nobody would tell what is true.
    if (this.role.primary !== undefined && frame.epoch > this.fact.epoch) {
      throw new TypeError(`a frame of the epoch ${frame.epoch}`);
    }
    this.step((nowMs) => {
      this.role.receive(nodeId, frame, nowMs);
    });
  }

  tick(): void {
    this.step((nowMs) => {
      this.role.tick(nowMs);
    });
    this.#driver.continueSnapshots();
  }

  step(act: (nowMs: number) => void): void {
    if (this.#isStepping) {
      act(steadyMs());
      return;
    }
    this.#isStepping = true;
    try {
      // What no command did, an expiry say, belongs to the reign in which it happened.
      this.#options.replication().flush();
      act(steadyMs());
      for (;;) {
        const actions = this.role.takeActions();
        if (actions.length === 0) break;
        for (const action of actions) this.#perform(action);
      }
      this.#reviewLoading();
    } finally {
      this.#isStepping = false;
    }
    this.#options.stepped();
  }

  #perform(action: ShardAction): void {
    const replication = this.#options.replication();
    if (action.do === "role") {
      if (action.role === "replica") replication.stepDown();
    } else if (action.do === "propose-isr") {
      this.#authority.setIsr(action.proposal);
      this.role.factsChanged(this.#authority.facts, steadyMs());
      replication.isrChanged();
    } else {
      if (action.do === "reset") this.#isLoading = true;
      this.#driver.perform(action);
    }
  }

  #reviewLoading(): void {
    const state = this.role.replica?.state;
    if (state === "loading") return;
    if (state === "following") this.#isLoading = false;
    // Whoever sent it is gone.
    else this.#giveUpLoading();
  }

  #giveUpLoading(): void {
    if (!this.#isLoading) return;
    this.#isLoading = false;
    this.#options.replication().giveUpLoading();
  }
}

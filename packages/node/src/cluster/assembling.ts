import type { FactCommand } from "@slotcast/control";
import type { Config } from "../config/config.ts";
import type { SeedAddress } from "../config/seed-address.ts";
import type { Logger } from "../logger.ts";
import { Assembly, type SeedAnswer } from "./assembly.ts";
import type { ClusterMember } from "./cluster-member.ts";
import type { Joining } from "./joining.ts";
import { steadyMs } from "./steady-ms.ts";

export interface AssemblingOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly selfId: string;
  readonly member: () => ClusterMember;
  readonly joining: () => Joining;
}

/** Does what an Assembly wants done. For a node without `cluster-seeds`: nothing. Owner: ClusterNode. */
export class Assembling {
  readonly #options: AssemblingOptions;
  readonly #assembly: Assembly | undefined;

  constructor(options: AssemblingOptions) {
    this.#options = options;
    const { config, selfId } = options;
    const seeds = config.get("cluster-seeds");
    const plan = { size: config.get("cluster-size"), replicas: config.get("cluster-replicas") };
    if (seeds.length > 0) {
      this.#assembly = new Assembly({ selfId, seeds, plan, random: Math.random });
    }
  }

  /** May a node join this one's cluster that nobody has invited? */
  mayBeJoined(): boolean {
    return this.#assembly?.mayBeJoined(this.#options.member().facts) ?? true;
  }

  tick(): void {
    const { facts } = this.#options.member();
    // It has no name yet that it could tell a seed.
    if (facts.clusterId === "") return;
    const actions = this.#assembly?.step(facts, steadyMs()) ?? [];
    for (const action of actions) {
      if (action.do === "meet") void this.#meet(action.seed);
      else void this.#propose(action.command);
    }
  }

  async #meet(seed: SeedAddress): Promise<void> {
    const { joining, logger } = this.#options;
    const address = { host: seed.host, port: seed.busPort };
    const attempt = await joining().attempt(address, { isInvited: false });
    logger.debug({ event: "seed.asked", ...address, ...attempt }, "asked a seed to be let in");
    if (attempt.kind === "refused") {
      const { reason } = attempt;
      logger.warn({ event: "seed.refused", ...address, reason }, "the cluster refuses this node");
    }
    const { facts } = this.#options.member();
    this.#assembly?.met(seed, ANSWERS[attempt.kind], { facts, nowMs: steadyMs() });
  }

  async #propose(command: FactCommand): Promise<void> {
    const outcome = await this.#options.joining().propose(command);
    this.#assembly?.decided(outcome.kind === "accepted", steadyMs());
  }
}

const ANSWERS: Readonly<Record<Awaited<ReturnType<Joining["attempt"]>>["kind"], SeedAnswer>> = {
  self: "self",
  done: "joined",
  failed: "failed",
  refused: "refused",
};

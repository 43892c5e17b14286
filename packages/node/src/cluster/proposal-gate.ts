import type { FactCommand, ProposalOutcome } from "@slotcast/control";
import { HELD_PROPOSAL_MS } from "./limits.ts";

/**
 * What operators and the assembly propose goes through here. While this node asks another cluster to let it in, with
 * the slots that it has at that time, its own cluster decides nothing more: that would be lost when it is left. What is
 * proposed meanwhile waits, and is decided in the cluster to which the node belongs then.
 *
 * Owner: Joining.
 */
export class ProposalGate {
  readonly #propose: (command: FactCommand) => Promise<ProposalOutcome>;
  /** Settles when the gate opens; `undefined`: it is open. */
  #closed: PromiseWithResolvers<"open"> | undefined;
  #underWay = 0;
  /** Settles when nothing is under way; `undefined`: nobody waits for that. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** `propose`: to the cluster to which the node belongs now. */
  constructor(propose: (command: FactCommand) => Promise<ProposalOutcome>) {
    this.#propose = propose;
  }

  /** `timed-out` also when the gate stays closed for HELD_PROPOSAL_MS: then nobody was asked. */
  async propose(command: FactCommand): Promise<ProposalOutcome> {
    if (this.#closed !== undefined && !(await this.#opened())) return { kind: "timed-out" };
    this.#underWay += 1;
    try {
      return await this.#propose(command);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }

  /** Nothing is proposed from now on. Resolves when what was proposed before is decided. */
  async close(): Promise<void> {
    this.#closed ??= Promise.withResolvers();
    if (this.#underWay === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  open(): void {
    this.#closed?.resolve("open");
    this.#closed = undefined;
  }

  /** Resolves to false when it takes too long. */
  async #opened(): Promise<boolean> {
    const timeUp = Promise.withResolvers<"late">();
    const timer = setTimeout(() => {
      timeUp.resolve("late");
    }, HELD_PROPOSAL_MS);
    timer.unref();
    // It may be closed again before who waited goes on.
    while (this.#closed !== undefined) {
      if ((await Promise.race([this.#closed.promise, timeUp.promise])) === "late") return false;
    }
    clearTimeout(timer);
    return true;
  }
}

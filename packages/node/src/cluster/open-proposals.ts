import type { ProposalOutcome } from "@slotcast/control";

/** Also of one that could not even be made: too many are open. */
const TIMED_OUT: ProposalOutcome = { kind: "timed-out" };

/** Who waits for what a proposal comes to, and for facts that are new enough to show it. Owner: ClusterMember. */
export class OpenProposals {
  readonly #answers = new Map<number, (outcome: ProposalOutcome) => void>();
  #awaited: { readonly version: number; readonly done: () => void }[] = [];
  #version = 0;
  #hasEnded = false;

  /**
   * Resolves when it is decided and this node's facts show that, or when nobody could decide in time. `propose` returns
   * the number of the proposal, or `undefined`.
   */
  async ask(propose: () => number | undefined): Promise<ProposalOutcome> {
    if (this.#hasEnded) return TIMED_OUT;
    const outcome = await new Promise<ProposalOutcome>((resolve) => {
      const id = propose();
      if (id === undefined) resolve(TIMED_OUT);
      else this.#answers.set(id, resolve);
    });
    if (outcome.kind === "accepted") await this.#known(outcome.version);
    return outcome;
  }

  answered(id: number, outcome: ProposalOutcome): void {
    this.#answers.get(id)?.(outcome);
    this.#answers.delete(id);
  }

  /** The facts of this node are so new. */
  factsAre(version: number): void {
    this.#version = version;
    const awaited = this.#awaited;
    this.#awaited = awaited.filter((waiter) => waiter.version > version);
    for (const waiter of awaited) if (waiter.version <= version) waiter.done();
  }

  /** Nothing will be heard of any of them. */
  end(): void {
    this.#hasEnded = true;
    for (const answer of this.#answers.values()) answer(TIMED_OUT);
    this.#answers.clear();
    this.factsAre(Infinity);
  }

  async #known(version: number): Promise<void> {
    if (this.#version >= version) return;
    await new Promise<void>((done) => {
      this.#awaited.push({ version, done });
    });
  }
}

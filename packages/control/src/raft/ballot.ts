import type { NodeId } from "../facts.ts";

/** The votes of one campaign. Only `voters` count, each once: the first answer stands. */
export class Ballot {
  readonly #voters: readonly NodeId[];
  readonly #answers = new Map<NodeId, boolean>();

  constructor(voters: readonly NodeId[]) {
    this.#voters = voters;
  }

  record(voter: NodeId, isGranted: boolean): void {
    if (this.#voters.includes(voter) && !this.#answers.has(voter)) {
      this.#answers.set(voter, isGranted);
    }
  }

  /** Lost: even if all who have not answered agreed, it would be no majority. */
  get outcome(): "won" | "lost" | "open" {
    const granted = [...this.#answers.values()].filter(Boolean).length;
    const refused = this.#answers.size - granted;
    if (granted * 2 > this.#voters.length) return "won";
    return (this.#voters.length - refused) * 2 > this.#voters.length ? "open" : "lost";
  }
}

import type { FactCommand } from "./fact-command.ts";
import { PROPOSAL_RETRY_MS, PROPOSAL_TIMEOUT_MS, PROPOSALS_MAX } from "./limits.ts";

interface Proposal {
  readonly command: FactCommand;
  readonly deadlineMs: number;
  nextTryMs: number;
  /** Even ones ask the leader, where it is known. */
  tries: number;
  /** Between two ordinary tries. */
  extraTry: "none" | "due" | "made";
}

export interface DueProposal {
  readonly id: number;
  readonly command: FactCommand;
  /** How often it was sent already. */
  readonly tries: number;
}

/**
 * What this node asked for and has no answer to. It asks again and again, since a leader may be lost with the
 * question: commands bear being proposed twice.
 */
export class Proposals {
  readonly #open = new Map<number, Proposal>();
  #lastId = 0;

  /** `undefined`: there are PROPOSALS_MAX already. Due at once. */
  add(command: FactCommand, nowMs: number): number | undefined {
    if (this.#open.size >= PROPOSALS_MAX) return undefined;
    this.#lastId += 1;
    const deadlineMs = nowMs + PROPOSAL_TIMEOUT_MS;
    this.#open.set(this.#lastId, {
      command,
      deadlineMs,
      nextTryMs: nowMs,
      tries: 0,
      extraTry: "none",
    });
    return this.#lastId;
  }

  /** To be sent now. They count as sent. */
  takeDue(nowMs: number): DueProposal[] {
    const due: DueProposal[] = [];
    for (const [id, proposal] of this.#open) {
      if (nowMs < proposal.nextTryMs) continue;
      due.push({ id, command: proposal.command, tries: proposal.tries });
      proposal.nextTryMs = nowMs + PROPOSAL_RETRY_MS;
      proposal.tries += 1;
      proposal.extraTry = proposal.extraTry === "due" ? "made" : "none";
    }
    return due;
  }

  /** Who was asked named the leader: ask that one at once. Not again soon: two nodes may name each other. */
  askLeader(id: number, nowMs: number): void {
    const proposal = this.#open.get(id);
    if (proposal?.extraTry !== "none") return;
    proposal.extraTry = "due";
    proposal.nextTryMs = nowMs;
    proposal.tries += proposal.tries % 2;
  }

  /** False: nobody waits for it any more. */
  settle(id: number): boolean {
    return this.#open.delete(id);
  }

  takeTimedOut(nowMs: number): number[] {
    if (this.#open.size === 0) return [];
    const ids = [...this.#open].flatMap(([id, { deadlineMs }]) =>
      nowMs >= deadlineMs ? [id] : [],
    );
    for (const id of ids) this.#open.delete(id);
    return ids;
  }
}

import type { FactCommand } from "./fact-command.ts";
import { PROPOSAL_RETRY_MS, PROPOSAL_TIMEOUT_MS, PROPOSALS_MAX } from "./limits.ts";

interface Proposal {
  readonly command: FactCommand;
  readonly deadlineMs: number;
  nextTryMs: number;
  tries: number;
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
    this.#open.set(this.#lastId, { command, deadlineMs, nextTryMs: nowMs, tries: 0 });
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
    }
    return due;
  }

  /** Another leader is known: ask it at once. */
  hurry(nowMs: number): void {
    for (const proposal of this.#open.values()) proposal.nextTryMs = nowMs;
  }

  /** False: nobody waits for it any more. */
  settle(id: number): boolean {
    return this.#open.delete(id);
  }

  takeTimedOut(nowMs: number): number[] {
    const ids = [...this.#open].flatMap(([id, { deadlineMs }]) =>
      nowMs >= deadlineMs ? [id] : [],
    );
    for (const id of ids) this.#open.delete(id);
    return ids;
  }
}

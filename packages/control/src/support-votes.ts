import type { IsrMember, NodeId } from "./facts.ts";
import { SUPPORT_REPEAT_MS } from "./limits.ts";
import { isSameMember } from "./shard-members.ts";

interface Said {
  readonly against: readonly IsrMember[];
  readonly atMs: number;
}

const FRESH_MS = 3 * SUPPORT_REPEAT_MS;

/** At the leader: which voters want which primaries replaced. What is not repeated is forgotten. */
export class SupportVotes {
  readonly #byVoter = new Map<NodeId, Said>();

  said(voter: NodeId, against: readonly IsrMember[], nowMs: number): void {
    this.#byVoter.set(voter, { against, atMs: nowMs });
  }

  supporters(primary: IsrMember, nowMs: number): Set<NodeId> {
    const voters = new Set<NodeId>();
    for (const [voter, { against, atMs }] of this.#byVoter) {
      const isFresh = nowMs - atMs <= FRESH_MS;
      if (isFresh && against.some((member) => isSameMember(member, primary))) voters.add(voter);
    }
    return voters;
  }

  clear(): void {
    this.#byVoter.clear();
  }
}

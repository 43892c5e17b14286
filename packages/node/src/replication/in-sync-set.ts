import type { FactCommandOf, IsrMember } from "@slotcast/control";
import { PROPOSAL_RETRY_MS } from "./limits.ts";
import type { ShardView } from "./primary-actions.ts";

export type IsrProposal = FactCommandOf<"set-isr">;

export function isSameMember(left: IsrMember, right: IsrMember): boolean {
  return left.nodeId === right.nodeId && left.incarnation === right.incarnation;
}

export function includesMember(set: readonly IsrMember[], member: IsrMember): boolean {
  return set.some((other) => isSameMember(other, member));
}

/**
 * Whose acknowledgements a commit needs: the members of the set that is a fact, and those of the set that was proposed.
 * So a member that leaves is waited for until the smaller set is committed, since until then it may be promoted; and
 * one that comes is waited for from the proposal on, since nobody can tell when that becomes a fact.
 *
 * One proposal at a time, made again until the facts end it, and only the facts can. When the set has another version,
 * it was accepted, or never will be. When a process that it names is no longer registered, it was not accepted, and
 * never will be. A refusal that control sends says less: it may be about a copy of what was accepted before.
 */
export class InSyncSet {
  #view: ShardView;
  #proposal: IsrProposal | undefined;
  #proposedAtMs = 0;
  #comer: IsrMember | undefined;
  #required: readonly IsrMember[] = [];

  constructor(view: ShardView) {
    this.#view = view;
    this.#setProposal(undefined);
  }

  get members(): readonly IsrMember[] {
    return this.#view.shard.isr;
  }

  /** Each must have acknowledged what is committed. */
  get required(): readonly IsrMember[] {
    return this.#required;
  }

  get hasOpenProposal(): boolean {
    return this.#proposal !== undefined;
  }

  /** Who is to be proposed as soon as it has all that is committed: commits wait for it already. */
  get comer(): IsrMember | undefined {
    return this.#comer;
  }

  set comer(member: IsrMember | undefined) {
    if (member === this.#comer) return;
    this.#comer = member;
    this.#setProposal(this.#proposal);
  }

  /** A proposal can name only these. */
  isRegistered(member: IsrMember): boolean {
    return includesMember(this.#view.registered, member);
  }

  factsChanged(view: ShardView): void {
    this.#view = view;
    const { epoch, isrVersion } = view.shard;
    const proposal = this.#proposal;
    const isOpen =
      proposal?.epoch === epoch &&
      proposal.isrVersion === isrVersion &&
      proposal.isr.every((member) => this.isRegistered(member));
    this.#setProposal(isOpen ? proposal : undefined);
  }

  /** The proposal to make now: the one before while it is open, or of the wanted set, unless that is the fact. */
  propose(wanted: readonly IsrMember[], nowMs: number): IsrProposal | undefined {
    const { id, epoch, isrVersion, isr } = this.#view.shard;
    if (this.#proposal === undefined) {
      if (isSameSet(wanted, isr)) return undefined;
      this.#setProposal({ kind: "set-isr", shardId: id, epoch, isrVersion, isr: wanted });
    } else if (nowMs - this.#proposedAtMs < PROPOSAL_RETRY_MS) return undefined;
    this.#proposedAtMs = nowMs;
    return this.#proposal;
  }

  #setProposal(proposal: IsrProposal | undefined): void {
    this.#proposal = proposal;
    const { isr } = this.#view.shard;
    const coming = [...(proposal?.isr ?? []), ...(this.#comer ? [this.#comer] : [])];
    const isMissing = (member: IsrMember): boolean => !includesMember(isr, member);
    // Named twice is no harm.
    this.#required = [...isr, ...coming.filter(isMissing)];
  }
}

function isSameSet(left: readonly IsrMember[], right: readonly IsrMember[]): boolean {
  return left.length === right.length && left.every((member) => includesMember(right, member));
}

import type { Facts, IsrMember, NodeId } from "./facts.ts";
import { LeaseGrants } from "./leases.ts";
import { SUPPORT_REPEAT_MS } from "./limits.ts";
import type { Rumours } from "./rumours.ts";
import { isSameMember } from "./shard-members.ts";

/**
 * A voter's eye on the primaries: which of them it promised not to have replaced, and which it wants replaced. Never
 * both: a promise ends before the wish begins, and is not given while the wish lasts.
 */
export class PrimaryWatch {
  readonly #selfId: NodeId;
  readonly #rumours: Rumours;
  readonly #grants: LeaseGrants;
  #against: readonly IsrMember[] = [];
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor({
    selfId,
    rumours,
    nowMs,
  }: {
    readonly selfId: NodeId;
    readonly rumours: Rumours;
    readonly nowMs: number;
  }) {
    this.#selfId = selfId;
    this.#rumours = rumours;
    this.#grants = new LeaseGrants(nowMs);
  }

  /** False: the promise could not be kept. */
  grant(member: IsrMember, nowMs: number): boolean {
    if (this.#against.some((other) => isSameMember(other, member))) return false;
    this.#grants.grant(member.nodeId, nowMs);
    return true;
  }

  /** Looks again. All primaries that this voter wants replaced, when that is to be said now: it is new, or was long ago. */
  review({ shards, nodes }: Facts, nowMs: number): readonly IsrMember[] | undefined {
    this.#grants.forget((nodeId) => nodes.has(nodeId));
    const against = [...shards.values()].flatMap(({ primary }) =>
      primary !== undefined && this.#wantsReplaced(primary, nowMs) ? [primary] : [],
    );
    const isNew = against.length !== this.#against.length || !against.every(isIn(this.#against));
    this.#against = against;
    const isTime = against.length > 0 && nowMs - this.#saidAtMs >= SUPPORT_REPEAT_MS;
    if (!isNew && !isTime) return undefined;
    this.#saidAtMs = nowMs;
    return against;
  }

  #wantsReplaced({ nodeId }: IsrMember, nowMs: number): boolean {
    if (nodeId === this.#selfId) return false;
    if (this.#rumours.isGone(nodeId)) return true;
    return this.#rumours.isSuspected(nodeId) && this.#grants.isFree(nodeId, nowMs);
  }
}

function isIn(members: readonly IsrMember[]): (member: IsrMember) => boolean {
  return (member) => members.some((other) => isSameMember(other, member));
}

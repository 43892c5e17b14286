import type { ByteSpan, Bytes } from "@slotcast/protocol";
import type { ReplicationState } from "../replication/replication-state.ts";
import type { ClusterMember } from "./cluster-member.ts";

/** What replication has to know of the member, whichever it is now. */
export function replicationStateOf(member: () => ClusterMember): ReplicationState {
  return new MemberState(member);
}

/** A class: getters of an object literal are not inlined, and these are asked for each command (0.07 µs of 0.5). */
class MemberState implements ReplicationState {
  readonly #member: () => ClusterMember;

  constructor(member: () => ClusterMember) {
    this.#member = member;
  }

  get role(): ReplicationState["role"] {
    return this.#member().core.role.primary?.isServing === true ? "primary" : "replica";
  }

  get isReplicated(): boolean {
    const member = this.#member();
    return member.hasReplicas && member.leadsShard;
  }

  get logEnd(): number {
    return this.#member().log.endOffset;
  }

  get commitOffset(): number {
    return this.#member().log.commitOffset;
  }

  get isrSize(): number {
    return this.#member().shard?.isr.length ?? 1;
  }

  ackedBy(offset: number): number {
    return this.#member().core.role.primary?.countAcked(offset) ?? 0;
  }

  append(effects: Bytes | ByteSpan): number {
    return this.#member().append(effects);
  }

  mayRelease(nowMs: number): boolean {
    return this.#member().mayRelease(nowMs);
  }
}

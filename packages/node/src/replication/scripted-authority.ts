import type { IsrMember, NodeId, ShardFact } from "@slotcast/control";
import { isSameMember, type IsrProposal } from "./in-sync-set.ts";
import type { ShardView } from "./primary-actions.ts";

/**
 * For tests: what control decides about one shard, without Raft. The rules are those of packages/control; when it
 * decides, and when anybody hears of it, is for the test.
 */
export class ScriptedAuthority {
  /** Grows with every change of `shard` or of what is registered. */
  version = 1;
  shard: ShardFact;
  readonly #registered = new Map<NodeId, number>();

  constructor(shardId: string, historyId: string, founder: IsrMember) {
    this.#registered.set(founder.nodeId, founder.incarnation);
    this.shard = {
      id: shardId,
      primary: founder,
      epoch: 1,
      isr: [founder],
      isrVersion: 1,
      historyId,
    };
  }

  get view(): ShardView {
    const registered = [...this.#registered].map(([nodeId, incarnation]) => ({
      nodeId,
      incarnation,
    }));
    return { shard: this.shard, registered };
  }

  isRegistered({ nodeId, incarnation }: IsrMember): boolean {
    return this.#registered.get(nodeId) === incarnation;
  }

  /** A node came, or came back as another process, which is in no in-sync set. A primary keeps its place. */
  register({ nodeId, incarnation }: IsrMember): void {
    if ((this.#registered.get(nodeId) ?? 0) >= incarnation) return;
    this.#registered.set(nodeId, incarnation);
    this.version += 1;
    if (this.shard.primary?.nodeId === nodeId) return;
    const isr = this.shard.isr.filter((member) => member.nodeId !== nodeId);
    if (isr.length < this.shard.isr.length) this.#change({ isr });
  }

  /** False: refused. */
  setIsr({ epoch, isrVersion, isr }: IsrProposal): boolean {
    const [first] = isr;
    const isValid =
      epoch === this.shard.epoch &&
      isrVersion === this.shard.isrVersion &&
      first !== undefined &&
      this.shard.primary !== undefined &&
      isSameMember(first, this.shard.primary) &&
      isr.every((member) => this.isRegistered(member));
    if (isValid) this.#change({ isr });
    return isValid;
  }

  /** A member of the set begins a new reign; the old primary leaves. */
  promote(member: IsrMember): void {
    const { primary, isr, epoch } = this.shard;
    const others = isr.filter(
      ({ nodeId }) => nodeId !== member.nodeId && nodeId !== primary?.nodeId,
    );
    this.#change({ primary: member, epoch: epoch + 1, isr: [member, ...others] });
  }

  /** All in the set are gone: what this one has is what is left. */
  reseat(member: IsrMember, historyId: string): void {
    this.#change({ primary: member, epoch: this.shard.epoch + 1, isr: [member], historyId });
  }

  /** CLUSTER BUMPEPOCH. */
  bumpEpoch(): void {
    this.version += 1;
    this.shard = { ...this.shard, epoch: this.shard.epoch + 1 };
  }

  #change(change: Partial<ShardFact>): void {
    this.version += 1;
    this.shard = { ...this.shard, ...change, isrVersion: this.shard.isrVersion + 1 };
  }
}

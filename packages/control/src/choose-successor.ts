import { ascii, xxh3 } from "@slotcast/protocol";
import type { FactCommandOf } from "./fact-command.ts";
import type { NodeFact, ShardFact } from "./facts.ts";
import type { LeaderView, LogProgress } from "./leader-view.ts";
import { RESEAT_WAIT_MS } from "./limits.ts";
import { isSameMember, memberOf, nodesOf } from "./shard-members.ts";
import { majorityOf } from "./voter-count.ts";

/**
 * The promotion that a shard needs, or `undefined`: its primary may stay, or nobody who may follow it is there.
 *
 * A primary goes when most voters say so, or when its node came back as another process: that one has nothing of the
 * data. Only a living member of the in-sync set follows it. When the primary was the last one in the set and came
 * back empty, its data is gone for certain, and the shard begins anew.
 */
export function chooseSuccessor(
  view: LeaderView,
  shard: ShardFact,
): FactCommandOf<"promote"> | undefined {
  const { primary } = shard;
  const node = primary && view.facts.nodes.get(primary.nodeId);
  if (primary === undefined || node === undefined) return undefined;
  const cameBackEmpty = node.incarnation > primary.incarnation;
  if (!cameBackEmpty && !mostVotersSupport(view, node)) return undefined;
  if (cameBackEmpty && shard.isr.length === 1) return reseat(view, shard, node);
  const successor = mostAdvanced(
    inSyncNodes(view, shard).filter(({ id }) => id !== primary.nodeId),
    view,
    shard,
  );
  return successor && promotionOf(shard, successor);
}

function mostVotersSupport(view: LeaderView, { id }: NodeFact): boolean {
  const { voters } = view.facts;
  const supporters = view.supporters(id);
  const count = voters.filter((voter) => supporters.has(voter)).length;
  return count >= majorityOf(voters.length);
}

function inSyncNodes({ facts }: LeaderView, shard: ShardFact): NodeFact[] {
  return shard.isr.flatMap((member) => {
    const node = facts.nodes.get(member.nodeId);
    return node !== undefined && isSameMember(member, memberOf(node)) ? [node] : [];
  });
}

/**
 * Nobody has all of it any more. A node that follows may have most of it, and must not be made to throw that away
 * for an empty primary: it begins the new history. Those not heard of are waited for, but not for long.
 */
function reseat(
  view: LeaderView,
  shard: ShardFact,
  cameBackEmpty: NodeFact,
): FactCommandOf<"promote"> | undefined {
  const others = nodesOf(view.facts, shard.id).filter(({ id }) => id !== cameBackEmpty.id);
  const best = mostAdvanced(
    others.filter((node) => (progressOf(node, view, shard)?.offset ?? 0) > 0),
    view,
    shard,
  );
  const isAwaited = ({ id, incarnation }: NodeFact): boolean => {
    const said = view.progress(id);
    const isKnown = said?.incarnation === incarnation;
    const hasSome = !isKnown || (said.historyId === shard.historyId && said.offset > 0);
    return hasSome && view.absentMs(id) < RESEAT_WAIT_MS;
  };
  if (best === undefined && (others.some(isAwaited) || !view.isThere(cameBackEmpty.id))) {
    return undefined;
  }
  const lossy = { historyId: nextHistoryId(shard) };
  return { ...promotionOf(shard, best ?? cameBackEmpty), lossy };
}

function promotionOf(shard: ShardFact, node: NodeFact): FactCommandOf<"promote"> {
  return { kind: "promote", shardId: shard.id, epoch: shard.epoch, member: memberOf(node) };
}

/** Its log, if what it said was said by the living process, of this history. */
function progressOf(node: NodeFact, view: LeaderView, shard: ShardFact): LogProgress | undefined {
  const said = view.progress(node.id);
  const isOfUse = said?.incarnation === node.incarnation && said.historyId === shard.historyId;
  return isOfUse ? said : undefined;
}

function mostAdvanced(
  nodes: readonly NodeFact[],
  view: LeaderView,
  shard: ShardFact,
): NodeFact | undefined {
  const [best] = nodes
    .flatMap((node) => {
      const progress = progressOf(node, view, shard);
      return progress === undefined || !view.isThere(node.id) ? [] : [{ node, progress }];
    })
    .sort(
      (left, right) =>
        right.progress.epoch - left.progress.epoch ||
        right.progress.offset - left.progress.offset ||
        (left.node.id < right.node.id ? -1 : 1),
    );
  return best?.node;
}

/**
 * 40 hex digits that follow from the history that ends, and from where it ends: a leader that decides twice decides
 * the same, without chance. No secret.
 */
function nextHistoryId({ historyId, epoch }: ShardFact): string {
  const parts = ["a", "b", "c"].map((part) =>
    xxh3(ascii(`${historyId} ${epoch} ${part}`))
      .toString(16)
      .padStart(16, "0"),
  );
  return parts.join("").slice(0, HISTORY_ID_CHARS);
}

const HISTORY_ID_CHARS = 40;

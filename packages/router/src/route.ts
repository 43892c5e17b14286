import { CommandError, CROSS_SLOT } from "@slotcast/protocol";

/** Where a request must be served. A value, not an exception: in a failover this is the hot path. */
export type Route =
  | { readonly to: "here" }
  | { readonly to: "moved"; readonly slot: number; readonly nodeId: string }
  | { readonly to: "refuse"; readonly error: CommandError };

/** The slot table as one node sees it. Owner: the cluster's facts; the router only reads. */
export interface SlotView {
  /** 40 hex digits, this node's own id included; `undefined`: nobody serves the slot. */
  ownerOf(slot: number): string | undefined;
  readonly selfId: string;
  /** `down`: some slot has no owner and `cluster-require-full-coverage` asks for all, or the majority is lost. */
  readonly state: "ok" | "down";
  /** The primary that this node follows, as its replica; `undefined`: it follows none. */
  readonly followedId: string | undefined;
  /**
   * This node may say what is in the slots of its shard. Not so a primary whose predecessor may still believe that
   * it is the primary, or that cannot know whether it has been replaced; nor a replica without a copy of the data.
   */
  readonly isServing: boolean;
}

/** What the decision depends on besides the slot. */
export interface RoutedRequest {
  /** The one slot of all keys, or CROSS_SLOT. */
  readonly slot: number;
  readonly isWrite: boolean;
  /** Shard channels are no keys: they may be served while the cluster is down. */
  readonly isShardChannel: boolean;
  /** READONLY was sent: what a replica has is good enough. */
  readonly readsReplica: boolean;
}

/** For the time in which a slot is not served: `cluster-allow-reads-when-down` and `cluster-allow-pubsubshard-when-down`. */
export interface DownPolicy {
  readonly allowReads: boolean;
  readonly allowShardChannels: boolean;
}

/** The one answer for every request served by this node, so that serving costs no allocation. */
export const HERE: Route = { to: "here" };

const CROSS_SLOT_REFUSAL = refusal("CROSSSLOT", "Keys in request don't hash to the same slot");
const UNSERVED = refusal("CLUSTERDOWN", "Hash slot not served");
const DOWN = refusal("CLUSTERDOWN", "The cluster is down");
const DOWN_READS_ONLY = refusal(
  "CLUSTERDOWN",
  "The cluster is down and only accepts read commands",
);

/**
 * Decides where a request with keys is served.
 * Source: Redis 7.0 src/cluster.c, getNodeByQuery, without migrating and importing slots.
 */
export function route(request: RoutedRequest, view: SlotView, whenDown: DownPolicy): Route {
  const { slot, isShardChannel, isWrite } = request;
  if (slot === CROSS_SLOT) return CROSS_SLOT_REFUSAL;
  const nodeId = view.ownerOf(slot);
  if (nodeId === undefined) return UNSERVED;
  const isOwn = nodeId === view.selfId;
  if (view.state === "down" || (isOwn && !view.isServing)) {
    if (isShardChannel) {
      if (!whenDown.allowShardChannels) return DOWN;
    } else if (!whenDown.allowReads) {
      return DOWN;
    } else if (isWrite) {
      return DOWN_READS_ONLY;
    }
  }
  return isOwn || (nodeId === view.followedId && mayReplicaServe(request, view))
    ? HERE
    : { to: "moved", slot, nodeId };
}

/** The messages of shard channels come to all nodes of the shard, so each of them serves subscribers. */
function mayReplicaServe(
  { isShardChannel, isWrite, readsReplica }: RoutedRequest,
  { isServing }: SlotView,
): boolean {
  return !isWrite && (isShardChannel || (readsReplica && isServing));
}

function refusal(prefix: "CROSSSLOT" | "CLUSTERDOWN", text: string): Route {
  return { to: "refuse", error: new CommandError(prefix, text) };
}

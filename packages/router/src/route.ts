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
}

/** What the decision depends on besides the slot. */
export interface RoutedRequest {
  /** The one slot of all keys, or CROSS_SLOT. */
  readonly slot: number;
  readonly isWrite: boolean;
  /** Shard channels are no keys: they may be served while the cluster is down. */
  readonly isShardChannel: boolean;
}

/** `cluster-allow-reads-when-down` and `cluster-allow-pubsubshard-when-down`. */
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
  const { slot } = request;
  if (slot === CROSS_SLOT) return CROSS_SLOT_REFUSAL;
  const nodeId = view.ownerOf(slot);
  if (nodeId === undefined) return UNSERVED;
  if (view.state === "down") {
    if (request.isShardChannel) {
      if (!whenDown.allowShardChannels) return DOWN;
    } else if (!whenDown.allowReads) {
      return DOWN;
    } else if (request.isWrite) {
      return DOWN_READS_ONLY;
    }
  }
  return nodeId === view.selfId ? HERE : { to: "moved", slot, nodeId };
}

function refusal(prefix: "CROSSSLOT" | "CLUSTERDOWN", text: string): Route {
  return { to: "refuse", error: new CommandError(prefix, text) };
}

import type { ClusterView } from "@slotcast/router";
import type { InfoLine } from "./info-line.ts";
import type { PeerState } from "./peer-state.ts";

/** The first lines of CLUSTER INFO. Source: Redis 7.0 src/cluster.c, clusterCommand. */
export function stateLines(
  view: ClusterView,
  stateOf: (nodeId: string) => PeerState,
): readonly InfoLine[] {
  let suspected = 0;
  let failed = 0;
  let size = 0;
  for (const { id, slots } of view.nodes.values()) {
    if (slots.length === 0) continue;
    size += 1;
    const { isFailed, isSuspected } = stateOf(id);
    const count = slots.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    if (isFailed) failed += count;
    else if (isSuspected) suspected += count;
  }
  return [
    ["cluster_state", view.state === "ok" ? "ok" : "fail"],
    ["cluster_slots_assigned", view.slotsAssigned],
    ["cluster_slots_ok", view.slotsAssigned - suspected - failed],
    ["cluster_slots_pfail", suspected],
    ["cluster_slots_fail", failed],
    ["cluster_known_nodes", view.nodes.size],
    ["cluster_size", size],
    ["cluster_current_epoch", view.currentEpoch],
    ["cluster_my_epoch", view.self.configEpoch],
  ];
}

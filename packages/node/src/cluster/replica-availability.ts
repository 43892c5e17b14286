import type { ClusterView } from "@slotcast/router";
import { isAvailable, type PeerState } from "./peer-state.ts";

/**
 * Which replicas clients are told of. That hangs on rumours, which change at any moment, and what clients are told is
 * kept encoded: so the rumours are looked at now and then, and a change is a new version. Owner: ClusterNode.
 */
export class ReplicaAvailability {
  #version = 1;
  #unavailable = "";

  /** Grows when another replica is available, or one no longer. */
  get version(): number {
    return this.#version;
  }

  /** Cost: a walk over the nodes. */
  review({ nodes }: ClusterView, stateOf: (nodeId: string) => PeerState): void {
    let unavailable = "";
    for (const { id, role } of nodes.values()) {
      if (role === "replica" && !isAvailable(stateOf(id))) unavailable += id;
    }
    if (unavailable === this.#unavailable) return;
    this.#unavailable = unavailable;
    this.#version += 1;
  }
}

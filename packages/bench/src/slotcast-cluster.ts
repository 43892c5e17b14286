import { clusterInfoOf } from "./cluster-under-test.ts";
import type { ClusterRecipe } from "./start-cluster.ts";
import { StartedProcess } from "./started-process.ts";

export interface SlotcastOptions {
  /** Of this version of Slotcast: the node binary, and main.ts. */
  readonly execPath: string;
  readonly serverEntry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodes: number;
}

/** `slotcast cluster`, as a person would start it. It ends its nodes when it is told to end. */
export function slotcastCluster(options: SlotcastOptions): ClusterRecipe {
  const { execPath, serverEntry, env, nodes } = options;
  return {
    label: "slotcast",
    launch: ({ firstPort, directory }) => {
      const args = [serverEntry, ...clusterWords(nodes, { firstPort, directory })];
      return [new StartedProcess({ name: "slotcast cluster", command: execPath, args, env })];
    },
    isReady: async (node) => {
      const info = await clusterInfoOf(node);
      return (
        info.get("cluster_state") === "ok" &&
        info.get("cluster_known_nodes") === `${nodes}` &&
        info.get("cluster_links_connected") === `${nodes - 1}`
      );
    },
  };
}

/** Primaries only: what is measured beside a cluster of redis-servers without replicas. */
export function clusterWords(
  primaries: number,
  place: { readonly firstPort: number; readonly directory: string },
): string[] {
  const { firstPort, directory } = place;
  const size = ["--primaries", String(primaries), "--replicas", "0"];
  return ["cluster", ...size, "--port", String(firstPort), "--dir", directory];
}

import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN_PATH } from "@slotcast/node";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import { startServers } from "./start-servers.ts";

/** Slotcast with its default settings. `async`: a write is acknowledged before a replica has it. */
export async function startSlotcastCluster(
  options: { readonly writeAck?: "replicated" | "async"; readonly logs?: string | undefined } = {},
): Promise<ClusterUnderTest> {
  const isAsync = options.writeAck === "async";
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SLOTCAST_"));
  return startServers({
    name: isAsync ? "slotcast-async" : "slotcast",
    command: process.execPath,
    argv: [MAIN_PATH, "server"],
    directives: isAsync ? { "write-ack": "async" } : {},
    env: {
      ...Object.fromEntries(inherited),
      // A node that was killed is back sooner, and takes less from those that fail over meanwhile.
      NODE_COMPILE_CACHE: join(tmpdir(), "slotcast-compile-cache"),
      SLOTCAST_CLUSTER_SECRET: randomBytes(32).toString("hex"),
    },
    hasChannel: true,
    logs: options.logs,
  });
}

import type { ClusterUnderTest } from "./cluster-under-test.ts";
import { startServers } from "./start-servers.ts";

/** Redis as it comes, without persistence; full syncs start at once, so that it is whole again sooner. */
export async function startRedisCluster(
  options: { readonly logs?: string | undefined } = {},
): Promise<ClusterUnderTest> {
  return startServers({
    name: "redis-server",
    command: "redis-server",
    argv: [],
    directives: {
      "cluster-config-file": "nodes.conf",
      "repl-diskless-sync-delay": "0",
      appendonly: "no",
    },
    env: process.env,
    hasChannel: false,
    logs: options.logs,
  });
}

import type { Broker } from "./broker.ts";
import type { Dispatch } from "./dispatch.ts";

/**
 * Who waits for keys that are served elsewhere now is sent there, and refused when nobody serves them; the connection
 * stays. For the moment in which a reign begins or ends here, all wait on.
 *
 * Source: Redis 7.0 src/cluster.c, clusterRedirectBlockedClientIfNeeded.
 */
export function redirectWaiting(
  { blocking, cluster, commands }: Broker,
  dispatch: Pick<Dispatch, "movedTo">,
): void {
  if (cluster === undefined) return;
  const { view } = cluster;
  blocking.redirect((connection, { table: { index: slot }, argv }) => {
    if (view.isAboutToServe(slot)) return undefined;
    // A READONLY client may wait for a stream on a replica.
    const isWrite = commands.find(argv)?.isWrite ?? true;
    const route = cluster.route(slot, { isWrite, isShardChannel: false }, connection);
    if (route.to === "here") return undefined;
    return route.to === "refuse" ? route.error : dispatch.movedTo(connection, slot);
  });
  if (view.self.role === "replica") blocking.endReplicaWaits();
}

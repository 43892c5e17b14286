import { setImmediate as nextTurn } from "node:timers/promises";
import { until } from "../until.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Journal } from "./journal.ts";
import { FAILOVER_WITHIN_MS } from "./limits.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { ShardProbe } from "./shard-probe.ts";

/** When the killed process is started again: at once, or when its replica has taken over. */
export type RestartTime = "at once" | "after failover";

/** What one kill took, in milliseconds from the kill on. */
export interface KillMeasure {
  readonly shard: number;
  readonly port: number;
  /** By the clock on the wall, to find it in the logs of the nodes. */
  readonly killedAt: string;
  readonly restart: RestartTime;
  /** Until another node acknowledged a write of the shard. */
  readonly failoverMs: number;
  /** Until an application of each library had a write of the shard acknowledged. */
  readonly libraryMs: Readonly<Record<string, number>>;
  /** Until every shard had a primary and an in-sync replica again. */
  readonly wholeMs: number;
}

/**
 * Kills the primary of a shard, waits for the failover, starts it again and waits until the cluster is whole. The
 * applications write all the time.
 */
export async function killPrimary(
  cluster: ClusterUnderTest,
  journal: Journal,
  { keys, restart }: { readonly keys: ShardKeys; readonly restart: RestartTime },
): Promise<KillMeasure> {
  const { primary, replicas } = await cluster.shardOf(keys.slot);
  const probe = new ShardProbe({ journal, key: keys.probe, nodes: replicas });
  const libraries = new Map<string, number>();
  try {
    const killedAt = new Date().toISOString();
    const killedAtMs = performance.now();
    await primary.end("SIGKILL");
    await nextTurn(); // what it had sent before is read now; later acknowledgements are another node's
    const unwatch = journal.watchAcknowledged(({ key, kind, client, endedMs }) => {
      if (kind === "look" || !isOf(keys, key) || libraries.has(client)) return;
      libraries.set(client, endedMs - killedAtMs);
    });
    if (restart === "at once") await primary.start();
    await until(() => probe.writes.length > 0, {
      withinMs: FAILOVER_WITHIN_MS,
      what: `${cluster.name}: a failover of shard ${keys.shard}, whose primary was on port ${primary.port}`,
    });
    const failoverMs = (probe.writes[0]?.atMs ?? Number.NaN) - killedAtMs;
    if (restart === "after failover") await primary.start();
    await cluster.untilWhole();
    const wholeMs = performance.now() - killedAtMs;
    await untilAllWrote(libraries);
    unwatch();
    libraries.delete("probe");
    return {
      shard: keys.shard,
      port: primary.port,
      killedAt,
      restart,
      failoverMs,
      libraryMs: Object.fromEntries(libraries),
      wholeMs,
    };
  } finally {
    await probe[Symbol.asyncDispose]();
  }
}

const LIBRARIES = ["ioredis", "node-redis"];

/** The next kill must not take away what the libraries still have to find. */
async function untilAllWrote(libraries: ReadonlyMap<string, number>): Promise<void> {
  await until(() => LIBRARIES.every((library) => libraries.has(library)), {
    withinMs: FAILOVER_WITHIN_MS,
    what: `a write of each library after a failover (${[...libraries.keys()].join()} so far)`,
  });
}

function isOf(keys: ShardKeys, key: string): boolean {
  return Object.values(keys).includes(key);
}

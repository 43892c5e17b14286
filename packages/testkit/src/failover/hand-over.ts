import { until } from "../until.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Journal } from "./journal.ts";
import { FAILOVER_WITHIN_MS } from "./limits.ts";
import type { ServerProcess } from "./server-process.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { ShardProbe } from "./shard-probe.ts";

/** Writes of the probe before and after: the pause lies between them. */
const WRITES_AROUND = 20;

/** `planned`: CLUSTER FAILOVER at the replica. `graceful stop`: SIGTERM of the primary, which is started again. */
export type HandOverSort = "planned" | "graceful stop";

export interface HandOverMeasure {
  readonly sort: HandOverSort;
  readonly shard: number;
  /** The longest time in which no write of the shard was acknowledged. */
  readonly pauseMs: number;
  /** Of the stopped process; undefined when none was stopped, null when it had to be killed. */
  readonly exitCode: number | null | undefined;
}

/** Lets the replica of a shard take over in good order, while applications write. */
export async function handOver(
  cluster: ClusterUnderTest,
  journal: Journal,
  { keys, sort }: { readonly keys: ShardKeys; readonly sort: HandOverSort },
): Promise<HandOverMeasure> {
  const { primary, replicas } = await cluster.shardOf(keys.slot);
  const [replica] = replicas;
  if (replica === undefined) throw new Error(`shard ${keys.shard} has no replica`);
  const probe = new ShardProbe({ journal, key: keys.probe, nodes: [primary, replica] });
  let exitCode: number | null | undefined;
  try {
    await untilWritten(probe, primary);
    if (sort === "planned") await failOver(replica);
    else exitCode = await primary.end("SIGTERM");
    await untilWritten(probe, replica);
  } finally {
    await probe[Symbol.asyncDispose]();
  }
  if (sort === "graceful stop") await primary.start();
  await cluster.untilWhole();
  return { sort, shard: keys.shard, pauseMs: probe.longestPauseMs, exitCode };
}

async function failOver(replica: ServerProcess): Promise<void> {
  await using client = await replica.connect();
  await client.call("CLUSTER", "FAILOVER");
}

async function untilWritten(probe: ShardProbe, { port }: ServerProcess): Promise<void> {
  const count = (): number => probe.writes.filter((write) => write.port === port).length;
  await until(() => count() >= WRITES_AROUND, {
    withinMs: FAILOVER_WITHIN_MS,
    what: `writes acknowledged on port ${port}`,
  });
}

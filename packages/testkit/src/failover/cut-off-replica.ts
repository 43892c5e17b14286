import { decodeReply } from "../decode-reply.ts";
import { encodeRequest } from "../encode-request.ts";
import type { RespClient } from "../resp-client.ts";
import { until } from "../until.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Journal } from "./journal.ts";
import { FAILOVER_WITHIN_MS } from "./limits.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { ShardProbe } from "./shard-probe.ts";

/**
 * More than the kernel keeps of what the replica does not read (10 MB with Linux' default limits): what is written
 * behind it is nowhere but in the primary's memory.
 */
const BALLAST = { writes: 200, bytes: 64 * 1024 };
/** Writes that will be acknowledged and lost. */
const DOOMED_WRITES = 50;

/** A replica that may take over has done so by then. */
const FAILOVER_TIMEOUTS = 4;

/**
 * Where replication is asynchronous, this loses acknowledged writes: the replica is stopped, the primary acknowledges
 * writes that can no longer reach it, and dies; the replica goes on and takes over. It shows that the checker sees.
 */
export async function killPrimaryOfCutOffReplica(
  cluster: ClusterUnderTest,
  journal: Journal,
  keys: ShardKeys,
): Promise<{ readonly doomedWrites: number }> {
  const { primary, replicas } = await cluster.shardOf(keys.slot);
  const [replica] = replicas;
  if (replica === undefined) throw new Error(`shard ${keys.shard} has no replica`);
  replica.signal("SIGSTOP");
  {
    await using client = await primary.connect();
    await writeBallast(client, keys);
    for (let count = 0; count < DOOMED_WRITES; count += 1) {
      const value = `doomed-${journal.sentCount}`;
      const what = { kind: "append", key: keys.list, value, client: "doomed" } as const;
      const entry = journal.sent(what, performance.now());
      const answer = Number(await client.call("RPUSH", keys.list, value));
      const ending = { outcome: "acknowledged", answer, unansweredAttempts: 0 } as const;
      journal.ended(entry, ending, performance.now());
    }
  }
  await primary.end("SIGKILL");
  replica.signal("SIGCONT");
  await using probe = new ShardProbe({ journal, key: keys.probe, nodes: replicas });
  // A replica that has fallen out of the in-sync set meanwhile does not take over: the primary comes back, empty.
  const patienceMs = performance.now() + FAILOVER_TIMEOUTS * cluster.nodeTimeoutMs;
  await until(() => probe.writes.length > 0 || performance.now() > patienceMs, {
    withinMs: FAILOVER_WITHIN_MS,
  });
  await primary.start();
  await cluster.untilWhole();
  return { doomedWrites: DOOMED_WRITES };
}

async function writeBallast(client: RespClient, { probe }: ShardKeys): Promise<void> {
  const request = encodeRequest(["SET", `${probe}:ballast`, Buffer.alloc(BALLAST.bytes, "x")]);
  for (let count = 0; count < BALLAST.writes; count += 1) client.send(request);
  for (let count = 0; count < BALLAST.writes; count += 1) {
    const reply = decodeReply(await client.nextReply());
    if (reply !== "OK") throw new Error("the ballast was refused", { cause: reply });
  }
}

import { setTimeout as delay } from "node:timers/promises";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Journal } from "./journal.ts";
import { WHOLE_WITHIN_MS } from "./limits.ts";
import { PipelinedClient, type PipelinedCounts } from "./pipelined-client.ts";
import type { ShardKeys } from "./shard-keys.ts";
import { ShardProbe } from "./shard-probe.ts";

/** Clients whose requests wait in the stopped node's sockets, and how often each sends. */
const CLIENTS = 3;
const SEND_EVERY_MS = 10;

/** What a primary that stood still and went on has told its clients. */
export interface PauseMeasure {
  readonly shard: number;
  readonly pauseMs: number;
  /** Somebody else acknowledged writes meanwhile. */
  readonly hasFailedOver: boolean;
  /** Of the requests that waited in its sockets, or came when it was awake again. */
  readonly waited: PipelinedCounts;
}

/**
 * Stops the process of a primary for so long, while clients go on sending to it, and applications and a probe go on
 * with whoever takes over; lets it go on, and waits until the cluster is whole. What it says after waking up is in
 * the journal.
 */
export async function pausePrimary(
  cluster: ClusterUnderTest,
  journal: Journal,
  { keys, pauseMs }: { readonly keys: ShardKeys; readonly pauseMs: number },
): Promise<PauseMeasure> {
  const { primary, replicas } = await cluster.shardOf(keys.slot);
  const clients: PipelinedClient[] = [];
  for (let index = 0; index < CLIENTS; index += 1) {
    const name = `pipelined-${journal.sentCount}-${index}`;
    const replyWithinMs = pauseMs + WHOLE_WITHIN_MS;
    clients.push(
      await PipelinedClient.connect({ node: primary, journal, keys, name, replyWithinMs }),
    );
  }
  await using probe = new ShardProbe({ journal, key: keys.probe, nodes: replicas });
  const sending = setInterval(() => {
    for (const client of clients) client.sendSome();
  }, SEND_EVERY_MS);
  let hasFailedOver = false;
  try {
    primary.signal("SIGSTOP");
    await delay(pauseMs);
    hasFailedOver = probe.writes.length > 0;
    primary.signal("SIGCONT");
    await cluster.untilWhole();
    clearInterval(sending);
    for (const client of clients) await client.drained();
  } finally {
    clearInterval(sending);
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
  return { shard: keys.shard, pauseMs, hasFailedOver, waited: sumOf(clients) };
}

function sumOf(clients: readonly PipelinedClient[]): PipelinedCounts {
  const sum: PipelinedCounts = { answered: 0, refused: 0, unanswered: 0 };
  for (const { counts } of clients) {
    sum.answered += counts.answered;
    sum.refused += counts.refused;
    sum.unanswered += counts.unanswered;
  }
  return sum;
}

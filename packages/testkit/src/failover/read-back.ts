import type { Reply } from "../decode-reply.ts";
import type { RespClient } from "../resp-client.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Contents, QueueContents, StreamContents } from "./contents.ts";
import { READ_BACK_PAGE } from "./limits.ts";
import { GROUP, SHARD_KEYS } from "./shard-keys.ts";

/** Reads all keys of the workload, from the primaries or from their replicas. Nobody may write meanwhile. */
export async function readBack(
  cluster: ClusterUnderTest,
  from: "primaries" | "replicas",
): Promise<Contents> {
  const lists = new Map<string, readonly string[]>();
  const queues = new Map<string, QueueContents>();
  const counters = new Map<string, number>();
  const sets = new Map<string, ReadonlySet<string>>();
  const streams = new Map<string, StreamContents>();
  for (const keys of SHARD_KEYS) {
    const { primary, replicas } = await cluster.shardOf(keys.slot);
    const node = from === "primaries" ? primary : replicas[0];
    if (node === undefined) throw new Error(`shard ${keys.shard} has no replica`);
    await using client = await node.connect();
    if (from === "replicas") await client.call("READONLY");
    lists.set(keys.list, await readList(client, keys.list));
    lists.set(keys.stack, (await readList(client, keys.stack)).toReversed());
    queues.set(keys.queue, {
      waiting: await readList(client, keys.queue),
      taken: await readList(client, keys.taken),
    });
    for (const key of [keys.counter, keys.probe]) {
      counters.set(key, Number(await client.call("GET", key)));
    }
    sets.set(keys.set, new Set(textsOf(await client.call("SMEMBERS", keys.set))));
    streams.set(keys.stream, await readStream(client, keys.stream));
  }
  return { lists, queues, counters, sets, streams };
}

async function readList(client: RespClient, key: string): Promise<string[]> {
  const list: string[] = [];
  for (;;) {
    const last = list.length + READ_BACK_PAGE - 1;
    const page = textsOf(await client.call("LRANGE", key, list.length, last));
    list.push(...page);
    if (page.length < READ_BACK_PAGE) return list;
  }
}

async function readStream(client: RespClient, key: string): Promise<StreamContents> {
  const entries: { id: string; value: string }[] = [];
  const pending = new Map<string, string>();
  await readPages(async (from) => {
    const page = arrayOf(await client.call("XRANGE", key, from, "+", "COUNT", READ_BACK_PAGE));
    for (const entry of page) {
      const [id, fields] = arrayOf(entry);
      entries.push({ id: textOf(id), value: textOf(arrayOf(fields ?? null)[1]) });
    }
    return page;
  });
  await readPages(async (from) => {
    const page = arrayOf(await client.call("XPENDING", key, GROUP, from, "+", READ_BACK_PAGE));
    for (const entry of page) {
      const [id, consumer] = arrayOf(entry);
      pending.set(textOf(id), textOf(consumer));
    }
    return page;
  });
  const [group] = arrayOf(await client.call("XINFO", "GROUPS", key));
  const fields = arrayOf(group ?? null);
  const lastDeliveredId = textOf(fields[fields.indexOf("last-delivered-id") + 1]);
  return { entries, lastDeliveredId, pending };
}

/** Entries begin with their ids: each page starts behind the last one of the page before. */
async function readPages(read: (from: string) => Promise<readonly Reply[]>): Promise<void> {
  for (let from = "-"; ;) {
    const page = await read(from);
    if (page.length < READ_BACK_PAGE) return;
    from = `(${textOf(arrayOf(page.at(-1) ?? null)[0])}`;
  }
}

function arrayOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

function textsOf(reply: Reply): string[] {
  return arrayOf(reply).map(textOf);
}

/** A list that lacks what should be there reads as an empty text, and the checker finds it foreign. */
function textOf(reply: Reply | undefined): string {
  return typeof reply === "string" ? reply : "";
}

import { ascii, hashSlot } from "@slotcast/protocol";
import { Cluster } from "ioredis";
import type {
  Claim,
  ClusterClient,
  Entry,
  GroupRead,
  Listener,
  PendingSummary,
} from "./cluster-client.ts";

/** ioredis' `Cluster`, told the address of one node. */
export async function connectIoredis(
  port: number,
  protocol: 2 | 3,
): Promise<ClusterClient & { readonly cluster: Cluster }> {
  const cluster = new Cluster([{ host: "127.0.0.1", port }], {
    shardedSubscribers: true,
    lazyConnect: true,
    redisOptions: { protocol },
  });
  await cluster.connect();
  return new IoredisClient(cluster);
}

class IoredisClient implements ClusterClient {
  readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async set(key: string, value: string): Promise<unknown> {
    return this.cluster.set(key, value);
  }

  async get(key: string): Promise<string | null> {
    return this.cluster.get(key);
  }

  async call(name: string, key: string, ...args: readonly string[]): Promise<unknown> {
    return this.cluster.call(name, [key, ...args]);
  }

  misplace(key: string, elsewhere: string): void {
    // Private, and the only way to a stale map of slots while slots do not move.
    const slots: unknown = Reflect.get(this.cluster, "slots");
    if (!Array.isArray(slots)) throw new Error("ioredis keeps its slots elsewhere");
    slots[hashSlot(ascii(key))] = slots[hashSlot(ascii(elsewhere))];
  }

  async pipeline(commands: readonly Words[]): Promise<unknown[]> {
    return repliesOf(await this.cluster.pipeline(batchOf(commands)).exec());
  }

  async transaction(commands: readonly Words[]): Promise<unknown[]> {
    return repliesOf(await this.cluster.multi(batchOf(commands)).exec());
  }

  async push(key: string, ...values: readonly string[]): Promise<number> {
    return this.cluster.rpush(key, ...values);
  }

  async list(key: string): Promise<string[]> {
    return this.cluster.lrange(key, 0, -1);
  }

  async awaitFirst(keys: string[], timeoutS: number): Promise<[string, string] | null> {
    return this.cluster.blpop(keys, timeoutS);
  }

  async append(stream: string, fields: Record<string, string>): Promise<string> {
    const id = await this.cluster.xadd(stream, "*", ...Object.entries(fields).flat());
    return id ?? "";
  }

  async awaitEntries(stream: string, afterId: string, blockMs: number): Promise<Entry[]> {
    const streams = await this.cluster.xread("BLOCK", blockMs, "STREAMS", stream, afterId);
    return (streams ?? []).flatMap(([, entries]) => entries.map(toEntry));
  }

  async entries(stream: string): Promise<Entry[]> {
    return (await this.cluster.xrange(stream, "-", "+")).map(toEntry);
  }

  async changeGroups(
    subcommand: string,
    stream: string,
    ...args: readonly string[]
  ): Promise<unknown> {
    return this.cluster.call("XGROUP", [subcommand, stream, ...args]);
  }

  async readGroup({
    group,
    consumer,
    count,
    streams,
  }: GroupRead): Promise<Record<string, Entry[]>> {
    const words = [...Object.keys(streams), ...Object.values(streams)];
    const reply = await this.cluster.xreadgroup(
      ...(["GROUP", group, consumer, "COUNT", count, "STREAMS", ...words] as const),
    );
    const read = (reply ?? []) as [stream: string, entries: [string, string[]][]][]; // what XREADGROUP answers
    return Object.fromEntries(read.map(([stream, entries]) => [stream, entries.map(toEntry)]));
  }

  async pendingOf(stream: string, group: string): Promise<PendingSummary> {
    const reply = await this.cluster.xpending(stream, group);
    const [count, lowest, highest, consumers] = reply as [
      ...[number, string | null, string | null], // what XPENDING answers
      [string, string][] | null,
    ];
    const counts = (consumers ?? []).map(([name, text]) => [name, Number(text)]);
    return { count, lowest, highest, ofConsumers: Object.fromEntries(counts) };
  }

  async claim(stream: string, id: string, { group, consumer, minIdleMs }: Claim): Promise<Entry[]> {
    const reply = await this.cluster.xclaim(stream, group, consumer, minIdleMs, id);
    return (reply as [string, string[]][]).map(toEntry); // what XCLAIM answers
  }

  async claimIdle(stream: string, { group, consumer, minIdleMs }: Claim): Promise<Entry[]> {
    const reply = await this.cluster.xautoclaim(stream, group, consumer, minIdleMs, "0");
    const [, entries] = reply as [cursor: string, entries: [string, string[]][]]; // what XAUTOCLAIM answers
    return entries.map(toEntry);
  }

  async inspect(what: string, ...names: readonly string[]): Promise<Record<string, unknown>[]> {
    const reply = await this.cluster.call("XINFO", [what, ...names]);
    const described = (what === "STREAM" ? [reply] : reply) as unknown[][]; // names and values in turn
    return described.map(toRecord);
  }

  async publish(channel: string, message: string): Promise<number> {
    return this.cluster.publish(channel, message);
  }

  async publishSharded(channel: string, message: string): Promise<number> {
    return Number(await this.cluster.spublish(channel, message));
  }

  async subscribe(channel: string, listener: Listener): Promise<void> {
    this.cluster.on("message", (from: string, message: string) => {
      if (from === channel) listener(message, from);
    });
    await this.cluster.subscribe(channel);
  }

  async subscribePattern(pattern: string, listener: Listener): Promise<void> {
    this.cluster.on("pmessage", (matched: string, channel: string, message: string) => {
      if (matched === pattern) listener(message, channel);
    });
    await this.cluster.psubscribe(pattern);
  }

  async subscribeSharded(channel: string, listener: Listener): Promise<void> {
    this.cluster.on("smessage", (from: string, message: string) => {
      if (from === channel) listener(message, from);
    });
    await this.cluster.ssubscribe(channel);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.cluster.unsubscribe(channel);
  }

  async unsubscribeSharded(channel: string): Promise<void> {
    await this.cluster.sunsubscribe(channel);
  }

  async spokenProtocol(): Promise<string> {
    const info = await this.cluster.call("client", "info");
    return /\bresp=(\d)/.exec(String(info))?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster.disconnect();
  }
}

function toEntry([id, pairs]: [id: string, pairs: string[]]): Entry {
  const fields: Record<string, string> = {};
  for (let at = 0; at < pairs.length; at += 2) fields[pairs[at] ?? ""] = pairs[at + 1] ?? "";
  return { id, fields };
}

function toRecord(pairs: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let at = 0; at < pairs.length; at += 2) record[String(pairs[at])] = pairs[at + 1];
  return record;
}

type Words = readonly [name: string, ...args: string[]];

/** Its batches name methods, and those are in lower case. */
function batchOf(commands: readonly Words[]): string[][] {
  return commands.map(([name, ...args]) => [name.toLowerCase(), ...args]);
}

function repliesOf(results: [error: Error | null, reply: unknown][] | null): unknown[] {
  return (results ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}

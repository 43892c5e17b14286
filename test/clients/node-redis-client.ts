import { ascii, hashSlot } from "@slotcast/protocol";
import { createCluster } from "redis";
import type {
  Claim,
  ClusterClient,
  Entry,
  GroupRead,
  Listener,
  PendingSummary,
} from "./cluster-client.ts";

function makeCluster(port: number, protocol: 2 | 3) {
  return createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }], RESP: protocol });
}

type Cluster = ReturnType<typeof makeCluster>;

/** node-redis' `createCluster`, told the address of one node. */
export async function connectNodeRedis(
  port: number,
  protocol: 2 | 3,
): Promise<ClusterClient & { readonly cluster: Cluster }> {
  const cluster = makeCluster(port, protocol);
  await cluster.connect();
  return new NodeRedisClient(cluster);
}

class NodeRedisClient implements ClusterClient {
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
    return this.cluster.sendCommand(key, false, [name, key, ...args]);
  }

  misplace(key: string, elsewhere: string): void {
    const { slots } = this.cluster;
    const wrong = slots[hashSlot(ascii(elsewhere))];
    if (wrong === undefined) throw new Error("node-redis knows no owner of the slot");
    slots[hashSlot(ascii(key))] = wrong;
  }

  async pipeline(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
    const multi = this.cluster.multi();
    for (const [name, ...args] of commands) multi.addCommand(args[0], false, [name, ...args]);
    return multi.execAsPipeline();
  }

  async transaction(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
    const multi = this.cluster.multi();
    for (const [name, ...args] of commands) multi.addCommand(args[0], false, [name, ...args]);
    return multi.exec();
  }

  async push(key: string, ...values: readonly string[]): Promise<number> {
    return this.cluster.rPush(key, [...values]);
  }

  async list(key: string): Promise<string[]> {
    return this.cluster.lRange(key, 0, -1);
  }

  async awaitFirst(keys: string[], timeoutS: number): Promise<[string, string] | null> {
    const popped = await this.cluster.blPop(keys, timeoutS);
    return popped === null ? null : [popped.key, popped.element];
  }

  async append(stream: string, fields: Record<string, string>): Promise<string> {
    return this.cluster.xAdd(stream, "*", fields);
  }

  async awaitEntries(stream: string, afterId: string, blockMs: number): Promise<Entry[]> {
    const streams = await this.cluster.xRead({ key: stream, id: afterId }, { BLOCK: blockMs });
    return (streams ?? []).flatMap((read) => (read?.messages ?? []).map(toEntry));
  }

  async entries(stream: string): Promise<Entry[]> {
    const found = await this.cluster.xRange(stream, "-", "+");
    return (found ?? []).map(toEntry);
  }

  async changeGroups(
    subcommand: string,
    stream: string,
    ...args: readonly string[]
  ): Promise<unknown> {
    return this.cluster.sendCommand(stream, false, ["XGROUP", subcommand, stream, ...args]);
  }

  async readGroup({
    group,
    consumer,
    count,
    streams,
  }: GroupRead): Promise<Record<string, Entry[]>> {
    const from = Object.entries(streams).map(([key, id]) => ({ key, id }));
    const read = await this.cluster.xReadGroup(group, consumer, from, { COUNT: count });
    return Object.fromEntries(
      (read ?? []).map(({ name, messages }) => [name, messages.map(toEntry)]),
    );
  }

  async pendingOf(stream: string, group: string): Promise<PendingSummary> {
    const { pending, firstId, lastId, consumers } = await this.cluster.xPending(stream, group);
    const counts = (consumers ?? []).map(({ name, deliveriesCounter }) => [
      name,
      deliveriesCounter,
    ]);
    return {
      ...{ count: pending, lowest: firstId, highest: lastId },
      ofConsumers: Object.fromEntries(counts),
    };
  }

  async claim(stream: string, id: string, { group, consumer, minIdleMs }: Claim): Promise<Entry[]> {
    const claimed = await this.cluster.xClaim(stream, group, consumer, minIdleMs, id);
    return claimed.flatMap((entry) => (entry === null ? [] : [toEntry(entry)]));
  }

  async claimIdle(stream: string, { group, consumer, minIdleMs }: Claim): Promise<Entry[]> {
    const { messages } = await this.cluster.xAutoClaim(stream, group, consumer, minIdleMs, "0");
    return messages.flatMap((entry) => (entry === null ? [] : [toEntry(entry)]));
  }

  async inspect(what: string, stream: string, group = ""): Promise<Record<string, unknown>[]> {
    if (what === "STREAM") return [{ ...(await this.cluster.xInfoStream(stream)) }];
    const described =
      what === "GROUPS"
        ? await this.cluster.xInfoGroups(stream)
        : await this.cluster.xInfoConsumers(stream, group);
    return described.map((each) => ({ ...each }));
  }

  async publish(channel: string, message: string): Promise<number> {
    return this.cluster.publish(channel, message);
  }

  async publishSharded(channel: string, message: string): Promise<number> {
    return this.cluster.sPublish(channel, message);
  }

  async subscribe(channel: string, listener: Listener): Promise<void> {
    await this.cluster.subscribe(channel, listener);
  }

  async subscribePattern(pattern: string, listener: Listener): Promise<void> {
    await this.cluster.pSubscribe(pattern, listener);
  }

  async subscribeSharded(channel: string, listener: Listener): Promise<void> {
    await this.cluster.sSubscribe(channel, listener);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.cluster.unsubscribe(channel);
  }

  async unsubscribeSharded(channel: string): Promise<void> {
    await this.cluster.sUnsubscribe(channel);
  }

  async spokenProtocol(): Promise<string> {
    const info = await this.cluster.sendCommand<string>(undefined, true, ["CLIENT", "INFO"]);
    return /\bresp=(\d)/.exec(info)?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster.destroy();
  }
}

function toEntry(entry: { readonly id: string; readonly message: Entry["fields"] }): Entry {
  return { id: entry.id, fields: { ...entry.message } };
}

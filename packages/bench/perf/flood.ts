import { BenchError } from "../src/bench-error.ts";
import { waitUntil } from "../src/wait-until.ts";
import type { Contender } from "./contender.ts";
import { FORGET_CONNECTIONS_MS_MAX } from "./limits.ts";
import { LoadChild } from "./load-child.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { runRedisBenchmark, wholeBatches } from "./redis-benchmark.ts";
import { ServerCpu } from "./server-cpu.ts";
import type { SubscribersExchange } from "./subscribers-child.ts";

export const PAYLOAD_BYTES = 64;

/** Publishers that publish as fast as they are answered, and their subscribers. */
export interface Flood {
  /** Nodes by number; both 0 on a single server. */
  readonly publishTo: number;
  readonly subscribeOn: number;
  readonly publishers: number;
  readonly pipeline: number;
  /** `__rand_int__` in it becomes one of `busyChannels` numbers of twelve digits. */
  readonly channel: string;
  readonly busyChannels: number;
  /** By subscriber: its channels, all of one length. */
  readonly subscriptions: readonly (readonly string[])[];
  /** Deliveries of each message; the same for every busy channel. */
  readonly receivers: number;
  /** Before the measured part; also tells how many messages take `seconds`. */
  readonly warmUpMessages: number;
  readonly seconds: number;
}

export interface FloodResult {
  readonly messages: number;
  readonly publishesPerS: number;
  readonly deliveriesPerS: number;
  readonly serverCpuUsPerDelivery: number | undefined;
  /** Publishers and subscribers, which share a core. */
  readonly generatorShare: number;
  readonly fault: string | undefined;
}

/** Floods a server that has no other subscribers, waits until all is delivered, and counts. */
export async function runFlood(
  contender: Contender,
  flood: Flood,
  context: PerfContext,
): Promise<FloodResult> {
  await using child = LoadChild.start<SubscribersExchange>("subscribers-child.ts", context);
  const channelBytes = flood.subscriptions[0]?.[0]?.length ?? 0;
  await child.ask({
    kind: "subscribe",
    address: contender.address(flood.subscribeOn),
    subscriptions: flood.subscriptions,
    shape: { word: "message", channelBytes, payloadBytes: PAYLOAD_BYTES },
  });
  const warmUpMessages = wholeBatches(volume(flood.warmUpMessages, context), flood);
  const warmUp = await publish(contender, flood, { child, context, messages: warmUpMessages });
  const planned = warmUp.publishesPerS * volume(flood.seconds, context);
  const messages = wholeBatches(Math.max(planned, warmUpMessages), flood);
  const result = await publish(contender, flood, { child, context, messages });
  await child[Symbol.asyncDispose]();
  await forgotten(contender, flood, context);
  return result;
}

async function publish(
  contender: Contender,
  flood: Flood,
  part: {
    readonly child: LoadChild<SubscribersExchange>;
    readonly context: PerfContext;
    readonly messages: number;
  },
): Promise<FloodResult> {
  const { child, context, messages } = part;
  const expected = messages * flood.receivers;
  await child.ask({ kind: "begin" });
  const cpu = new ServerCpu(contender.server.pids);
  const sent = await runRedisBenchmark(
    {
      port: contender.address(flood.publishTo).port,
      clients: flood.publishers,
      pipeline: flood.pipeline,
      requests: messages,
      randomBelow: flood.busyChannels,
      words: ["PUBLISH", flood.channel, "x".repeat(PAYLOAD_BYTES)],
    },
    context,
  );
  const received = await child.ask({ kind: "finish", deliveries: expected });
  return {
    messages,
    publishesPerS: sent.requestsPerS,
    deliveriesPerS: received.deliveriesPerS,
    serverCpuUsPerDelivery: cpu.perOperationUs(expected),
    generatorShare: sent.cpuShare + received.cpuShare,
    fault: faultOf(received.deliveries, expected),
  };
}

function faultOf(deliveries: number, expected: number): string | undefined {
  if (deliveries === expected) return undefined;
  const difference = deliveries - expected;
  return difference < 0
    ? `${Math.ceil(-difference)} of ${expected} deliveries lost`
    : `${Math.ceil(difference)} deliveries more than the ${expected} that were due`;
}

/** The next flood has subscribers of its own: these must be gone before. */
async function forgotten(
  contender: Contender,
  flood: Flood,
  { signal }: PerfContext,
): Promise<void> {
  const channel = flood.subscriptions[0]?.[0] ?? "";
  const isForgotten = await waitUntil(
    async () => {
      const reply = await contender.request(["PUBSUB", "NUMSUB", channel], flood.subscribeOn);
      return Array.isArray(reply) && Number(reply[1]) === 0;
    },
    { pollMs: 20, deadlineMs: FORGET_CONNECTIONS_MS_MAX, signal },
  );
  if (!isForgotten) throw new BenchError("the server still has subscribers that are gone");
}

import { formatRate } from "./format-rate.ts";
import { runFlood } from "./flood.ts";
import { measureInTurns, type Scene } from "./measure-in-turns.ts";
import type { Row } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

const SUBSCRIBERS = 100;
const PUBLISHERS = 10;
const SECONDS = 2.5;
/** By pipeline depth: half a second or more. */
const WARM_UP_MESSAGES = { 1: 12_000, 16: 60_000 } as const;

/** What the subscribers hold, and which channels are published to. */
interface Audience {
  readonly name: string;
  readonly busyChannels: number;
  readonly subscriptions: readonly (readonly string[])[];
  readonly receivers: number;
}

/** As redis-benchmark writes `__rand_int__`. */
function busy(channel: number): string {
  return `busy:${String(channel).padStart(12, "0")}`;
}

/** As long as the busy ones. */
function idle(channel: number): string {
  return `idle:${String(channel).padStart(12, "0")}`;
}

function eachSubscriber(
  channelsOf: (subscriber: number) => readonly string[],
): readonly (readonly string[])[] {
  return Array.from({ length: SUBSCRIBERS }, (_, subscriber) => channelsOf(subscriber));
}

const ONE_CHANNEL: Audience = {
  name: "1 channel",
  busyChannels: 1,
  subscriptions: eachSubscriber(() => [busy(0)]),
  receivers: SUBSCRIBERS,
};
const SAME_FIVE: Audience = {
  name: "same 5 channels, 3 busy",
  busyChannels: 3,
  subscriptions: eachSubscriber(() => [busy(0), busy(1), busy(2), idle(0), idle(1)]),
  receivers: SUBSCRIBERS,
};
/** No two sets are equal, but what is published reaches everyone. */
const OWN_IDLE: Audience = {
  name: "5 channels: 3 busy in common, 2 of their own",
  busyChannels: 3,
  subscriptions: eachSubscriber((subscriber) => [
    ...[busy(0), busy(1), busy(2)],
    ...[idle(2 * subscriber), idle(2 * subscriber + 1)],
  ]),
  receivers: SUBSCRIBERS,
};

const BUSY_OF_TEN = 10;
/**
 * Three of ten busy channels, no two subscribers the same three. Each of the ten triples, shifted by 0 to 9, makes
 * ten sets in which every channel occurs three times: so each channel has 30 subscribers.
 */
const TRIPLES = [
  ...[[0, 1, 2] as const, [0, 1, 3] as const, [0, 1, 4] as const, [0, 1, 5] as const],
  ...[[0, 1, 6] as const, [0, 1, 7] as const, [0, 1, 8] as const, [0, 2, 4] as const],
  ...[[0, 2, 5] as const, [0, 2, 6] as const],
];
const OWN_BUSY: Audience = {
  name: "5 channels: 3 of 10 busy ones, 2 of their own, all sets different",
  busyChannels: BUSY_OF_TEN,
  subscriptions: eachSubscriber((subscriber) => {
    const triple = TRIPLES[Math.floor(subscriber / BUSY_OF_TEN)] ?? [];
    return [
      ...triple.map((channel) => busy((channel + subscriber) % BUSY_OF_TEN)),
      ...[idle(2 * subscriber), idle(2 * subscriber + 1)],
    ];
  }),
  receivers: (SUBSCRIBERS * 3) / BUSY_OF_TEN,
};

/** Item 9 of the foundation: one node, 100 subscribers, 10 publishers, 64-byte payload. Deliveries/s. */
export async function measureFanOut(context: PerfContext): Promise<Row[]> {
  const scenes = [
    fanOutScene(ONE_CHANNEL, { pipeline: 16, atLeast: 2.5 }, context),
    fanOutScene(ONE_CHANNEL, { pipeline: 1, atLeast: 0.95 }, context),
    fanOutScene(SAME_FIVE, { pipeline: 16, atLeast: 1.5 }, context),
    fanOutScene(OWN_IDLE, { pipeline: 16, atLeast: 0.9 }, context),
    fanOutScene(OWN_BUSY, { pipeline: 16, atLeast: 0.9 }, context),
  ];
  return measureInTurns(scenes, { kind: "standalone", nodes: 1 }, context);
}

function fanOutScene(
  { name, ...audience }: Audience,
  load: { readonly pipeline: keyof typeof WARM_UP_MESSAGES; readonly atLeast: number },
  context: PerfContext,
): Scene {
  const { pipeline, atLeast } = load;
  const what = `deliveries, ${name}, pipeline ${pipeline}`;
  return {
    name: what,
    rows: [
      {
        what,
        format: formatRate,
        target: { kind: "ratio-at-least", limit: atLeast },
      },
    ],
    measure: async (contender) => {
      const result = await runFlood(
        contender,
        {
          ...audience,
          publishTo: 0,
          subscribeOn: 0,
          publishers: PUBLISHERS,
          pipeline,
          channel: "busy:__rand_int__",
          warmUpMessages: WARM_UP_MESSAGES[pipeline],
          seconds: SECONDS,
        },
        context,
      );
      return [
        {
          value: result.deliveriesPerS,
          serverCpuUs: result.serverCpuUsPerDelivery,
          generatorShare: result.generatorShare,
          fault: result.fault,
        },
      ];
    },
  };
}

import { readBusTraffic } from "../src/bus-traffic.ts";
import { formatCount } from "../src/format-number.ts";
import { formatRate } from "./format-rate.ts";
import type { Mode } from "../src/mode.ts";
import type { Contender } from "./contender.ts";
import { PAYLOAD_BYTES, runFlood, type Flood } from "./flood.ts";
import { measureInTurns, type Scene } from "./measure-in-turns.ts";
import type { Measurement, Row, RowSpec, Target } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

const PUBLISHER_NODE = 0;
const SUBSCRIBER_NODE = 1;
/** Has nobody who could be interested. */
const BYSTANDER_NODE = 2;
const CHANNEL = `busy:${"0".repeat(12)}`;
const MESSAGE_BYTES = CHANNEL.length + PAYLOAD_BYTES;
/** What the bus may add to each message. */
const BUS_OVERHEAD_BYTES_MAX = 12;

const FLOOD: Flood = {
  publishTo: PUBLISHER_NODE,
  subscribeOn: SUBSCRIBER_NODE,
  publishers: 50,
  pipeline: 16,
  channel: CHANNEL,
  busyChannels: 1,
  subscriptions: [[CHANNEL]],
  receivers: 1,
  warmUpMessages: 200_000,
  seconds: 2.5,
};

/** Item 10 of the foundation: three nodes, PUBLISH on one, one subscriber on another. */
export async function measureClusterFlood(context: PerfContext): Promise<Row[]> {
  const bystander: RowSpec = {
    what: `messages received by the node without interest, interest mode`,
    format: formatCount,
    target: { kind: "ours-at-most", limit: 0 },
  };
  const busBytes: RowSpec = {
    what: `bus bytes a message and link, ${MESSAGE_BYTES} B channel + payload, all mode`,
    format: (bytes) => `${bytes.toFixed(1)} B`,
    target: { kind: "ours-at-most", limit: MESSAGE_BYTES + BUS_OVERHEAD_BYTES_MAX },
  };
  const scenes = [
    floodScene({ mode: "interest", context }, { spec: bystander, measure: receivedByBystander }),
    floodScene({ mode: "all", context }, { spec: busBytes, measure: bytesPerMessage }),
  ];
  return measureInTurns(scenes, { kind: "cluster", nodes: 3 }, context);
}

/** A further row that is a difference of counters. */
interface BusRow {
  readonly spec: RowSpec;
  /** Reads the counters now; the function that is returned reads them again. */
  readonly measure: (contender: Contender) => Promise<() => Promise<Measurement>>;
}

function floodScene(
  { mode, context }: { readonly mode: Mode; readonly context: PerfContext },
  bus: BusRow,
): Scene {
  const target: Target = { kind: "ratio-at-least", limit: 1.3 };
  const where = `3 nodes, pipeline ${FLOOD.pipeline}, ${mode} mode`;
  return {
    name: where,
    rows: [
      { what: `publishes, ${where}`, format: formatRate, target },
      { what: `deliveries, ${where}`, format: formatRate, target },
      bus.spec,
    ],
    measure: async (contender) => {
      await contender.server.useMode(mode);
      const difference = await bus.measure(contender);
      const result = await runFlood(contender, FLOOD, context);
      const { serverCpuUsPerDelivery: serverCpuUs, generatorShare, fault } = result;
      return [
        { value: result.publishesPerS, serverCpuUs, generatorShare, fault },
        { value: result.deliveriesPerS, serverCpuUs, generatorShare, fault },
        await difference(),
      ];
    },
  };
}

async function receivedByBystander(contender: Contender): Promise<() => Promise<Measurement>> {
  const beforeCount = await received(contender);
  return async () => ({ value: (await received(contender)) - beforeCount });
}

/** A kind of message of which there was none has no line. */
async function received(contender: Contender): Promise<number> {
  const info = await contender.info(["CLUSTER", "INFO"], BYSTANDER_NODE);
  return Number(info.get("cluster_stats_messages_publish_received") ?? 0);
}

/** Both counters count a message once for each link that it was sent on. Those of redis-server's bytes are computed. */
async function bytesPerMessage(contender: Contender): Promise<() => Promise<Measurement>> {
  const before = await sent(contender);
  return async () => {
    const after = await sent(contender);
    return { value: (after.bytes - before.bytes) / (after.messages - before.messages) };
  };
}

async function sent(
  contender: Contender,
): Promise<{ readonly messages: number; readonly bytes: number }> {
  const clusterInfo = await contender.info(["CLUSTER", "INFO"], PUBLISHER_NODE);
  const serverInfo = await contender.info(["INFO", "server"], PUBLISHER_NODE);
  return {
    messages: Number(clusterInfo.get("cluster_stats_messages_publish_sent") ?? 0),
    bytes: readBusTraffic({ clusterInfo, serverInfo, messageBytes: MESSAGE_BYTES }).bytes,
  };
}

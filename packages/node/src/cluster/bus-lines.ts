import { FRAME_NAMES, type Bus, type BusStats, type FrameName } from "@slotcast/gossip";
import type { InfoLine } from "./info-line.ts";

/** What INFO and CLUSTER INFO say about the bus: the lines of Redis first, in its order, then ours. */
export function busLines(bus: Bus): readonly InfoLine[] {
  const { stats } = bus;
  return [
    ...messageLines(stats, "sent"),
    ...messageLines(stats, "received"),
    // Redis closes such a link; here the messages are dropped and the link stays.
    ["total_cluster_links_buffer_limit_exceeded", stats.drops["sendbuf-limit"].messages],
    ...byteLines(stats, "sent"),
    ...byteLines(stats, "received"),
    ["cluster_publish_mode", bus.publishMode],
    ["cluster_publish_dropped_messages", sum(Object.values(stats.drops), "messages")],
    ["cluster_publish_dropped_bytes", sum(Object.values(stats.drops), "bytes")],
    ["cluster_publish_dropped_messages_link_down", stats.drops["link-down"].messages],
    ["cluster_publish_dropped_messages_sendbuf_limit", stats.drops["sendbuf-limit"].messages],
    ["cluster_publish_dropped_messages_too_large", stats.drops["too-large"].messages],
    ["cluster_links_connected", connectedPeers(bus)],
    ["cluster_bus_auth_failures", stats.authFailures],
    ...closeLines(stats),
  ];
}

/** As Redis: a kind of which there was none has no line. */
function messageLines(stats: BusStats, direction: "sent" | "received"): readonly InfoLine[] {
  const kinds = usedKinds(stats, direction).map((name): InfoLine => [
    `cluster_stats_messages_${kindOf(name)}_${direction}`,
    stats[direction][name].messages,
  ]);
  const total = sum(Object.values(stats[direction]), "messages");
  return [...kinds, [`cluster_stats_messages_${direction}`, total]];
}

function byteLines(stats: BusStats, direction: "sent" | "received"): readonly InfoLine[] {
  const kinds = usedKinds(stats, direction).map((name): InfoLine => [
    `cluster_stats_bytes_${kindOf(name)}_${direction}`,
    stats[direction][name].bytes,
  ]);
  const total = sum(Object.values(stats[direction]), "bytes");
  return [...kinds, [`cluster_stats_bytes_${direction}`, total]];
}

function usedKinds(stats: BusStats, direction: "sent" | "received"): readonly FrameName[] {
  return FRAME_NAMES.filter((name) => stats[direction][name].messages > 0);
}

/** `interestFull` is `interest-full`, as Redis has `auth-req`; but this one is a word of Redis'. */
function kindOf(name: FrameName): string {
  if (name === "publishShard") return "publishshard";
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Why connections ended; reasons that never came up have no line. */
function closeLines(stats: BusStats): readonly InfoLine[] {
  return Object.entries(stats.closes)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => [`cluster_bus_closed_${reason.replaceAll("-", "_")}`, count]);
}

/** Peers to which both of our lasting links are up. */
function connectedPeers(bus: Bus): number {
  const dialled = bus.links.filter(({ direction, kind }) => direction === "to" && kind !== "data");
  const perPeer = Object.values(Object.groupBy(dialled, ({ nodeId }) => nodeId));
  return perPeer.filter((links = []) => links.length === LINKS_PER_PEER).length;
}

/** control and flood */
const LINKS_PER_PEER = 2;

function sum<Field extends string>(
  rows: readonly Readonly<Record<Field, number>>[],
  field: Field,
): number {
  return rows.reduce((total, row) => total + row[field], 0);
}

import { ascii, hashSlot } from "@slotcast/protocol";
import { BenchError } from "./bench-error.ts";
import { CHANNELS_MAX, CHECKED_STREAMS_MAX } from "./limits.ts";
import type { Mode } from "./mode.ts";

export interface PublisherPlan {
  /** Index of the node it is connected to. */
  readonly node: number;
  /** Indexes of its channels. */
  readonly channels: readonly number[];
  /** Stream number of its first channel; the others follow in order. */
  readonly firstStream: number;
}

export interface SubscriberPlan {
  readonly node: number;
  readonly channels: readonly number[];
  /** The streams it is to receive: its channels from all their publishers. */
  readonly streams: readonly number[];
}

/** Who is connected where and does what. Data only: sent to the load threads as it is. */
export interface LoadPlan {
  /** All of one length. */
  readonly channelNames: readonly string[];
  /** Subscribers of each channel. */
  readonly fanOut: readonly number[];
  readonly streamCount: number;
  readonly publishers: readonly PublisherPlan[];
  readonly subscribers: readonly SubscriberPlan[];
}

export interface LoadShape {
  readonly nodes: number;
  readonly mode: Mode;
  readonly channelsPerNode: number;
  readonly publishersPerNode: number;
  readonly subscribersPerNode: number;
  /** Index of the node that owns a slot. */
  readonly ownerOf: (slot: number) => number | undefined;
}

/**
 * The same work for every mode. Channels come in groups, one for each node, whose slots that node owns. A group has
 * its own publishers, which publish to its channels in turns, and its own subscribers. Publishers are connected to
 * the group's node: for SPUBLISH that is a must, for PUBLISH any node would do. Sharded subscribers are connected
 * there too; classic ones to nodes that have nothing to do with the channel, since a classic subscriber does
 * not know better: evenly spread and shuffled, but alike in every run.
 */
export function planLoad(shape: LoadShape): LoadPlan {
  const { nodes, channelsPerNode, publishersPerNode, subscribersPerNode } = shape;
  checkSize(shape);
  const channelNames = nameChannels(shape);
  const fanOut = channelNames.map(() => 0);
  const publishers: PublisherPlan[] = [];
  const subscribers: SubscriberPlan[] = [];
  const placement = shape.mode === "sharded" ? undefined : shuffledNodes(nodes, subscribersPerNode);
  for (let group = 0; group < nodes; group += 1) {
    const channels = range(channelsPerNode).map((index) => group * channelsPerNode + index);
    const firstStream = group * publishersPerNode * channelsPerNode;
    for (const index of range(publishersPerNode)) {
      const ownStream = firstStream + index * channelsPerNode;
      publishers.push({ node: group, channels, firstStream: ownStream });
    }
    for (const index of range(subscribersPerNode)) {
      const places = placesOf(index, subscribersPerNode, channelsPerNode);
      for (const place of places) {
        const channel = group * channelsPerNode + place;
        fanOut[channel] = (fanOut[channel] ?? 0) + 1;
      }
      subscribers.push({
        node: placement?.[subscribers.length] ?? group,
        channels: places.map((place) => group * channelsPerNode + place),
        streams: range(publishersPerNode).flatMap((publisher) =>
          places.map((place) => firstStream + publisher * channelsPerNode + place),
        ),
      });
    }
  }
  const streamCount = nodes * publishersPerNode * channelsPerNode;
  return { channelNames, fanOut, streamCount, publishers, subscribers };
}

/** Every channel has a subscriber and every subscriber a channel: with more channels, each takes several. */
function placesOf(subscriber: number, subscribers: number, channels: number): number[] {
  if (subscribers >= channels) return [subscriber % channels];
  return range(channels).filter((place) => place % subscribers === subscriber);
}

function checkSize(shape: LoadShape): void {
  const channels = shape.nodes * shape.channelsPerNode;
  if (channels > CHANNELS_MAX) {
    throw new BenchError(`${channels} channels: at most ${CHANNELS_MAX} in total`);
  }
  const subscribers = shape.nodes * shape.subscribersPerNode;
  if (channels * shape.publishersPerNode * subscribers > CHECKED_STREAMS_MAX) {
    throw new BenchError(
      "too many channels x publishers x subscribers to check every delivery: lower one of them",
    );
  }
}

const TAG_DIGITS = 4;
const TAG_BASE = 36;
const TAGS = TAG_BASE ** TAG_DIGITS;
/** Neighbouring channels begin their search far apart, so that a node's channels have different slots. */
const TAG_STRIDE = 7_919;

/** `bench:00012{3f9k}`: the tag is searched so that the channel's slot belongs to the node of its group. */
function nameChannels(shape: LoadShape): string[] {
  return range(shape.nodes * shape.channelsPerNode).map((channel) => {
    const node = Math.floor(channel / shape.channelsPerNode);
    const prefix = `bench:${String(channel).padStart(5, "0")}`;
    for (let attempt = 0; attempt < TAGS; attempt += 1) {
      const tag = (channel * TAG_STRIDE + attempt) % TAGS;
      const name = `${prefix}{${tag.toString(TAG_BASE).padStart(TAG_DIGITS, "0")}}`;
      if (shape.ownerOf(hashSlot(ascii(name))) === node) return name;
    }
    throw new BenchError(`found no channel name whose slot belongs to node ${node}`);
  });
}

/** Any odd multiplier and increment of full period; what matters is that every run gets the same order. */
const SHUFFLE = { multiplier: 1_664_525, increment: 1_013_904_223, seed: 20_261_122 };

function shuffledNodes(nodes: number, subscribersPerNode: number): number[] {
  const places = range(nodes * subscribersPerNode).map((index) => index % nodes);
  let state = SHUFFLE.seed;
  for (let last = places.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, SHUFFLE.multiplier) + SHUFFLE.increment) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    const kept = places[last] ?? 0;
    places[last] = places[other] ?? 0;
    places[other] = kept;
  }
  return places;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

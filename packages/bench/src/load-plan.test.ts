import { ascii, hashSlot } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { BenchError } from "./bench-error.ts";
import { planLoad, type LoadShape } from "./load-plan.ts";

const SHAPE: LoadShape = {
  nodes: 3,
  mode: "sharded",
  channelsPerNode: 4,
  publishersPerNode: 2,
  subscribersPerNode: 8,
  ownerOf: (slot) => slot % 3,
};

describe("planLoad", () => {
  test("names channels of one length whose slots belong to the node of their group", () => {
    const { channelNames } = planLoad(SHAPE);
    expect(new Set(channelNames.map((name) => name.length)).size).toBe(1);
    expect(new Set(channelNames).size).toBe(12);
    expect(channelNames.map((name) => hashSlot(ascii(name)) % 3)).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
    ]);
  });

  test("connects sharded subscribers to the node that owns all their channels", () => {
    const { subscribers, channelNames } = planLoad(SHAPE);
    for (const { node, channels } of subscribers) {
      for (const channel of channels) {
        expect(hashSlot(ascii(channelNames[channel] ?? "")) % 3).toBe(node);
      }
    }
  });

  test("spreads classic subscribers evenly, and not along the owners of their channels", () => {
    const { subscribers } = planLoad({ ...SHAPE, mode: "all" });
    const perNode = [0, 1, 2].map((node) => subscribers.filter((one) => one.node === node).length);
    expect(perNode).toEqual([8, 8, 8]);
    const atOwner = subscribers.filter(
      ({ node, channels }) => Math.floor((channels[0] ?? 0) / 4) === node,
    );
    expect(atOwner.length).toBeLessThan(subscribers.length);
  });

  test("gives every mode the same channels and the same fan-out", () => {
    const { channelNames, fanOut } = planLoad(SHAPE);
    expect(planLoad({ ...SHAPE, mode: "interest" })).toMatchObject({ channelNames, fanOut });
    expect(fanOut).toEqual(fanOut.map(() => 2));
  });

  test("gives every channel a subscriber when there are more channels than subscribers", () => {
    const { fanOut, subscribers } = planLoad({ ...SHAPE, subscribersPerNode: 3 });
    expect(fanOut).toEqual(fanOut.map(() => 1));
    expect(subscribers[0]?.channels).toEqual([0, 3]);
  });

  test("tells each subscriber exactly the streams that are published to its channels", () => {
    const { publishers, subscribers } = planLoad({ ...SHAPE, subscribersPerNode: 3 });
    for (const { channels, streams } of subscribers) {
      const expected = publishers.flatMap((publisher) =>
        publisher.channels.flatMap((channel, index) =>
          channels.includes(channel) ? [publisher.firstStream + index] : [],
        ),
      );
      expect(streams.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
    }
  });

  test("refuses more channels than a header can tell apart", () => {
    expect(() => planLoad({ ...SHAPE, channelsPerNode: 30_000 })).toThrow(BenchError);
  });

  test("says so when a node owns no slot that a name could be found for", () => {
    expect(() => planLoad({ ...SHAPE, nodes: 1, channelsPerNode: 1, ownerOf: () => 7 })).toThrow(
      BenchError,
    );
  });
});

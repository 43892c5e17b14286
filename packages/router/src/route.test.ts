import { CROSS_SLOT } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { HERE, route, type DownPolicy, type RoutedRequest, type SlotView } from "./route.ts";

const SELF = "a".repeat(40);
const OTHER = "b".repeat(40);
const MINE = 0;
const THEIRS = 1;
const NOBODYS = 2;

const UP: SlotView = {
  ownerOf: (slot) => [SELF, OTHER][slot],
  selfId: SELF,
  state: "ok",
};
const DOWN: SlotView = { ...UP, state: "down" };
/** Redis' defaults. */
const USUAL: DownPolicy = { allowReads: false, allowShardChannels: true };
const READ = { isWrite: false, isShardChannel: false };
const WRITE = { isWrite: true, isShardChannel: false };
const SHARD_CHANNEL = { isWrite: false, isShardChannel: true };

function decide(request: RoutedRequest, view: SlotView, whenDown = USUAL): string {
  const decision = route(request, view, whenDown);
  switch (decision.to) {
    case "here":
      return "here";
    case "moved":
      return `MOVED ${decision.slot} ${decision.nodeId}`;
    case "refuse":
      return `${decision.error.prefix} ${decision.error.message}`;
  }
}

describe("while the cluster is up", () => {
  test.each([READ, WRITE, SHARD_CHANNEL])("a slot of this node is served here: %o", (command) => {
    expect(route({ slot: MINE, ...command }, UP, USUAL)).toBe(HERE);
  });

  test.each([READ, WRITE, SHARD_CHANNEL])("another node's slot is moved to it: %o", (command) => {
    expect(decide({ slot: THEIRS, ...command }, UP)).toBe(`MOVED 1 ${OTHER}`);
  });

  test("a slot without an owner is refused", () => {
    expect(decide({ slot: NOBODYS, ...READ }, UP)).toBe("CLUSTERDOWN Hash slot not served");
  });

  test("keys of different slots are refused", () => {
    expect(decide({ slot: CROSS_SLOT, ...READ }, UP)).toBe(
      "CROSSSLOT Keys in request don't hash to the same slot",
    );
  });
});

describe("while the cluster is down", () => {
  test.each([
    { slot: MINE, ...READ },
    { slot: MINE, ...WRITE },
    { slot: THEIRS, ...READ },
  ])("keys are refused wherever they are: %o", (request) => {
    expect(decide(request, DOWN)).toBe("CLUSTERDOWN The cluster is down");
  });

  test("shard channels are served, and moved, as usual", () => {
    expect(decide({ slot: MINE, ...SHARD_CHANNEL }, DOWN)).toBe("here");
    expect(decide({ slot: THEIRS, ...SHARD_CHANNEL }, DOWN)).toBe(`MOVED 1 ${OTHER}`);
  });

  test("cluster-allow-pubsubshard-when-down no refuses shard channels", () => {
    const strict = { ...USUAL, allowShardChannels: false };
    expect(decide({ slot: MINE, ...SHARD_CHANNEL }, DOWN, strict)).toBe(
      "CLUSTERDOWN The cluster is down",
    );
  });

  test("cluster-allow-reads-when-down yes serves and moves reads, and refuses writes", () => {
    const lenient = { ...USUAL, allowReads: true };
    expect(decide({ slot: MINE, ...READ }, DOWN, lenient)).toBe("here");
    expect(decide({ slot: THEIRS, ...READ }, DOWN, lenient)).toBe(`MOVED 1 ${OTHER}`);
    expect(decide({ slot: MINE, ...WRITE }, DOWN, lenient)).toBe(
      "CLUSTERDOWN The cluster is down and only accepts read commands",
    );
  });

  test("the more precise errors come first, as in Redis", () => {
    expect(decide({ slot: CROSS_SLOT, ...WRITE }, DOWN)).toMatch(/^CROSSSLOT /);
    expect(decide({ slot: NOBODYS, ...WRITE }, DOWN)).toBe("CLUSTERDOWN Hash slot not served");
  });
});

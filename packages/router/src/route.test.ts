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
  followedId: undefined,
  isServing: true,
};
const DOWN: SlotView = { ...UP, state: "down" };
/** Redis' defaults. */
const USUAL: DownPolicy = { allowReads: false, allowShardChannels: true };
const READ = { isWrite: false, isShardChannel: false, readsReplica: false };
const WRITE = { ...READ, isWrite: true };
const SHARD_CHANNEL = { ...READ, isShardChannel: true };

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

describe("on a replica", () => {
  const REPLICA: SlotView = { ...UP, followedId: OTHER };
  const LENIENT = { readsReplica: true };

  test("what may change keys is moved to the primary", () => {
    expect(decide({ slot: THEIRS, ...WRITE, ...LENIENT }, REPLICA)).toBe(`MOVED 1 ${OTHER}`);
  });

  test("reads are moved, unless READONLY was sent", () => {
    expect(decide({ slot: THEIRS, ...READ }, REPLICA)).toBe(`MOVED 1 ${OTHER}`);
    expect(decide({ slot: THEIRS, ...READ, ...LENIENT }, REPLICA)).toBe("here");
  });

  test("READONLY is for the slots of its own primary", () => {
    const view = { ...REPLICA, followedId: "c".repeat(40) };
    expect(decide({ slot: THEIRS, ...READ, ...LENIENT }, view)).toBe(`MOVED 1 ${OTHER}`);
  });

  test("a copy that is not there yet is not read", () => {
    const view = { ...REPLICA, isServing: false };
    expect(decide({ slot: THEIRS, ...READ, ...LENIENT }, view)).toBe(`MOVED 1 ${OTHER}`);
  });

  test.each([true, false])("shard channels are served, data or not: %s", (isServing) => {
    expect(decide({ slot: THEIRS, ...SHARD_CHANNEL }, { ...REPLICA, isServing })).toBe("here");
  });

  test("while the cluster is down reads are refused, or served where that is allowed", () => {
    const view: SlotView = { ...REPLICA, state: "down" };
    const request = { slot: THEIRS, ...READ, ...LENIENT };
    expect(decide(request, view)).toBe("CLUSTERDOWN The cluster is down");
    expect(decide(request, view, { ...USUAL, allowReads: true })).toBe("here");
  });
});

describe("a primary that may not answer", () => {
  const UNSURE: SlotView = { ...UP, isServing: false };

  test.each([READ, WRITE])("refuses what is in its own slots: %o", (command) => {
    expect(decide({ slot: MINE, ...command }, UNSURE)).toBe("CLUSTERDOWN The cluster is down");
  });

  test("sends on what belongs to others", () => {
    expect(decide({ slot: THEIRS, ...WRITE }, UNSURE)).toBe(`MOVED 1 ${OTHER}`);
  });

  test("serves reads and shard channels as a cluster that is down does", () => {
    const lenient = { ...USUAL, allowReads: true };
    expect(decide({ slot: MINE, ...READ }, UNSURE, lenient)).toBe("here");
    expect(decide({ slot: MINE, ...SHARD_CHANNEL }, UNSURE)).toBe("here");
    expect(decide({ slot: MINE, ...WRITE }, UNSURE, lenient)).toBe(
      "CLUSTERDOWN The cluster is down and only accepts read commands",
    );
  });
});

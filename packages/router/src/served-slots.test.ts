import { CROSS_SLOT, SLOTS } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClusterNodeFacts, ClusterView } from "./cluster-view.ts";
import { route } from "./route.ts";
import { ServedSlots } from "./served-slots.ts";

const SELF = "a".repeat(40);
const OTHER = "b".repeat(40);
const HALF = SLOTS / 2;

function node(id: string, first: number): ClusterNodeFacts {
  return {
    id,
    shardId: id,
    role: "primary",
    primaryId: undefined,
    address: { host: "h", port: 1 },
    busPort: 2,
    hostname: "",
    nodeName: "",
    configEpoch: 1,
    slots: [{ first, last: first + HALF - 1 }],
  };
}

function viewOf(changes: Partial<ClusterView>): ClusterView {
  const self = node(SELF, 0);
  return {
    selfId: SELF,
    self,
    nodes: new Map([
      [SELF, self],
      [OTHER, node(OTHER, HALF)],
    ]),
    state: "ok",
    followedId: undefined,
    isServing: true,
    ownerOf: (slot) => (slot < HALF ? SELF : OTHER),
    version: 1,
    slotsAssigned: SLOTS,
    currentEpoch: 1,
    ...changes,
  };
}

test("it knows what is served here, and never what `route` would not allow", () => {
  const served = new ServedSlots();
  fc.assert(
    fc.property(
      fc.record({
        slot: fc.constantFrom(0, HALF - 1, HALF, SLOTS - 1),
        isWrite: fc.boolean(),
        readsReplica: fc.boolean(),
      }),
      fc.record({
        state: fc.constantFrom("ok" as const, "down" as const),
        isServing: fc.boolean(),
        followedId: fc.constantFrom(undefined, OTHER),
      }),
      ({ slot, isWrite, readsReplica }, changes) => {
        const view = viewOf(changes);
        served.update(view);
        const policy = { allowReads: false, allowShardChannels: true };
        const request = { slot, isWrite, readsReplica, isShardChannel: false };
        const { to } = route(request, view, policy);
        expect(served.has(slot, { isWrite }, { readsReplica })).toBe(to === "here");
      },
    ),
  );
});

test("keys of several slots are never plainly here", () => {
  const served = new ServedSlots();
  served.update(viewOf({}));
  expect(served.has(CROSS_SLOT, { isWrite: false }, { readsReplica: true })).toBe(false);
});

import { expect, test } from "vitest";
import { viewOf } from "../cluster-core/shard-role.ts";
import { StandaloneAuthority } from "./standalone-authority.ts";

const [SELF, OTHER, THIRD] = ["1", "2", "3"].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
]; // three of them
const HISTORY = "a".repeat(40);

function leading(): StandaloneAuthority {
  const authority = new StandaloneAuthority({ nodeId: SELF, random: () => 0 });
  authority.lead({ historyId: HISTORY, logEpoch: 0, unixMs: 1000 });
  return authority;
}

test("who leads is a shard of its own, alone in its set", () => {
  const authority = leading();
  const { shard, registered } = viewOf(authority.facts, SELF) ?? {};
  expect(shard).toMatchObject({ id: SELF, primary: authority.self, isr: [authority.self] });
  expect(shard?.historyId).toBe(HISTORY);
  expect(registered).toEqual([authority.self]);
});

test("a reign has a higher epoch than any before, whatever the clock says, and hardly one that another server has", () => {
  const authority = leading();
  const { epoch } = authority.shard;
  authority.lead({ historyId: HISTORY, logEpoch: epoch, unixMs: 0 });
  expect(authority.shard.epoch).toBeGreaterThan(epoch);
  const higher = authority.shard.epoch + 1_000_000_000;
  authority.lead({ historyId: HISTORY, logEpoch: higher, unixMs: 1000 });
  expect(authority.shard.epoch).toBeGreaterThan(higher);
  const other = new StandaloneAuthority({ nodeId: OTHER, random: () => 0.999 });
  const same = new StandaloneAuthority({ nodeId: THIRD, random: () => 0 });
  for (const one of [other, same]) {
    one.lead({ historyId: HISTORY, logEpoch: epoch, unixMs: 5000 });
  }
  expect(other.shard.epoch).not.toBe(same.shard.epoch);
  const nowMs = Date.UTC(2100, 0, 1);
  other.lead({ historyId: HISTORY, logEpoch: 0, unixMs: nowMs });
  expect(Number.isSafeInteger(other.shard.epoch)).toBe(true);
});

test("a replica may come into the set while it is linked, and stays until the set is without it", () => {
  const authority = leading();
  const registered = (): string[] =>
    (viewOf(authority.facts, SELF)?.registered ?? []).map(({ nodeId }) => nodeId);
  authority.register(OTHER);
  expect(registered()).toEqual([SELF, OTHER]);
  const { id: shardId, epoch, isrVersion } = authority.shard;
  const isr = [authority.self, { nodeId: OTHER, incarnation: 1 }];
  const proposal = { kind: "set-isr", shardId, epoch, isrVersion, isr } as const;
  expect(authority.setIsr(proposal)).toBe(true);
  expect(authority.setIsr(proposal)).toBe(false);
  authority.unregister(OTHER);
  expect(registered()).toEqual([SELF, OTHER]);
  const smaller = { ...proposal, isrVersion: isrVersion + 1, isr: [authority.self] };
  expect(authority.setIsr({ ...smaller, epoch: epoch - 1 })).toBe(false);
  expect(authority.setIsr(smaller)).toBe(true);
  expect(registered()).toEqual([SELF]);
});

test("who follows believes the greeting, and nobody until then", () => {
  const authority = leading();
  authority.register(OTHER);
  authority.followNobody();
  expect(viewOf(authority.facts, SELF)?.shard).toMatchObject({ primary: undefined, isr: [] });
  authority.follow({ nodeId: THIRD, epoch: 5, historyId: "b".repeat(40) });
  expect(viewOf(authority.facts, SELF)?.shard).toMatchObject({
    id: THIRD,
    primary: { nodeId: THIRD },
    epoch: 5,
  });
  expect(viewOf(authority.facts, OTHER)).toBeUndefined();
});

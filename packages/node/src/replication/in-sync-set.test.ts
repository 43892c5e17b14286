import type { IsrMember } from "@slotcast/control";
import { describe, expect, test } from "vitest";
import { InSyncSet } from "./in-sync-set.ts";
import { PROPOSAL_RETRY_MS } from "./limits.ts";
import type { ShardView } from "./primary-actions.ts";

const p = member("a");
const r = member("b");
const s = member("c");

function member(digit: string, incarnation = 1): IsrMember {
  return { nodeId: digit.repeat(40), incarnation };
}

function view(
  isr: readonly IsrMember[],
  { isrVersion = 1, epoch = 1, registered = [p, r, s] } = {},
): ShardView {
  const shard = { id: "5".repeat(40), primary: p, epoch, isr, isrVersion, historyId: "h" };
  return { shard, registered };
}

describe("who is waited for", () => {
  test("a member that comes, from the proposal on", () => {
    const set = new InSyncSet(view([p, r]));
    expect(set.propose([p, r, s], 0)?.isr).toEqual([p, r, s]);
    expect(set.required).toEqual([p, r, s]);
  });

  test("a member that leaves, until the smaller set is a fact", () => {
    const set = new InSyncSet(view([p, r, s]));
    expect(set.propose([p, r], 0)?.isr).toEqual([p, r]);
    expect(set.required).toEqual([p, r, s]);
    set.factsChanged(view([p, r], { isrVersion: 2 }));
    expect(set.required).toEqual([p, r]);
  });

  test("the new process of a node and the one before, which are two members", () => {
    const set = new InSyncSet(view([p, r], { registered: [p, member("b", 2)] }));
    set.propose([p, member("b", 2)], 0);
    expect(set.required).toEqual([p, r, member("b", 2)]);
  });
});

describe("a proposal", () => {
  test("is not made for the set that there is, in any order", () => {
    const set = new InSyncSet(view([p, r, s]));
    expect(set.propose([p, s, r], 0)).toBeUndefined();
  });

  test("rests on the epoch and version of the facts", () => {
    const set = new InSyncSet(view([p], { epoch: 4, isrVersion: 7 }));
    expect(set.propose([p, r], 0)).toMatchObject({ kind: "set-isr", epoch: 4, isrVersion: 7 });
  });

  test("is made again while nobody answers, and no other beside it", () => {
    const set = new InSyncSet(view([p, r]));
    const first = set.propose([p, r, s], 0);
    expect(set.propose([p], PROPOSAL_RETRY_MS - 1)).toBeUndefined();
    expect(set.propose([p], PROPOSAL_RETRY_MS)).toEqual(first);
    expect(set.required).toEqual([p, r, s]);
  });

  test("ends with another version of the set, whichever that is", () => {
    const set = new InSyncSet(view([p, r]));
    set.propose([p, r, s], 0);
    set.factsChanged(view([p], { isrVersion: 2 }));
    expect(set.required).toEqual([p]);
    expect(set.propose([p, r], 1)?.isrVersion).toBe(2);
  });

  test("ends when a process that it names is no longer registered: it can not be accepted then", () => {
    const set = new InSyncSet(view([p]));
    set.propose([p, r], 0);
    set.factsChanged(view([p], { registered: [p, member("b", 2)] }));
    expect(set.required).toEqual([p]);
  });

  test("stays open when other facts change", () => {
    const set = new InSyncSet(view([p]));
    set.propose([p, r], 0);
    set.factsChanged(view([p], { registered: [p, r, s, member("d")] }));
    expect(set.required).toEqual([p, r]);
  });
});

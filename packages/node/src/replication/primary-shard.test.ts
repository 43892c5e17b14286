import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SNAPSHOT_RETRY_MS } from "./limits.ts";
import { HISTORY, member, P, R, S, SHARD_ID, TestPrimary } from "./test-primary.ts";

describe("the beginning of a reign", () => {
  test("executes what of the log was not committed", () => {
    const primary = new TestPrimary({}, { text: "abcdef", appliedOffset: 2 });
    expect(primary.actions()).toContainEqual({ do: "apply", effects: "cdef", endOffset: 6 });
  });

  test("serves at once when nobody else is in the set", () => {
    const primary = new TestPrimary({ isr: [P] }, { text: "abc" });
    expect(primary.core.isServing).toBe(true);
    expect(primary.log.commitOffset).toBe(3);
    expect(primary.actions().map((action) => action.do)).toEqual(["serve", "committed"]);
  });

  test("serves when all others in the set have its whole log, and not before", () => {
    const primary = new TestPrimary({ isr: [P, R, S] }, { text: "abc" }).follow(R);
    primary.link(S).ask(S, 1).ack(S, 1);
    expect(primary.core.isServing).toBe(false);
    expect(primary.log.commitOffset).toBe(1);
    primary.ack(S, 3);
    expect(primary.core.isServing).toBe(true);
    expect(primary.log.commitOffset).toBe(3);
  });

  test("is announced to whoever is linked when it begins, in an empty batch too", () => {
    const primary = new TestPrimary({}, { text: "abc" }).link(R);
    expect(primary.sentTo(R)).toEqual([]);
    primary.learn({ epoch: 5 });
    expect(primary.sentTo(R)).toMatchObject([{ kind: "reign", epoch: 5 }]);
    primary.ask(R, 3, { marks: [{ epoch: 1, offset: 0 }] });
    expect(primary.sentTo(R)).toMatchObject([
      { kind: "sync-partial", request: 1, commonOffset: 3, commonEpoch: 1 },
      { kind: "batch", epoch: 5, writtenEpoch: 5, firstOffset: 3, effects: "" },
    ]);
  });

  test("of another history keeps what there is, all of it committed", () => {
    const primary = new TestPrimary({ isr: [P], historyId: "2".repeat(40) }, { text: "abc" });
    expect(primary.log).toMatchObject({
      startOffset: 3,
      commitOffset: 3,
      historyId: "2".repeat(40),
    });
    expect(primary.actions()).toContainEqual({ do: "committed", offset: 3 });
  });
});

describe("a commit", () => {
  test("is what every member has", () => {
    const primary = new TestPrimary({ isr: [P, R, S] }).follow(R, S).write("abcd");
    primary.actions();
    primary.ack(R, 4);
    expect(primary.actions()).toEqual([]);
    primary.ack(S, 2);
    expect(primary.actions()).toEqual([{ do: "committed", offset: 2 }]);
    expect(primary.core.uncommittedBytes).toBe(2);
  });

  test("counts no acknowledgement of another epoch", () => {
    const primary = new TestPrimary().follow(R).write("ab").ack(R, 2, { epoch: 3 });
    expect(primary.log.commitOffset).toBe(0);
    expect(primary.core.acksIgnored).toBe(1);
  });

  test("counts no acknowledgement of another process of a member", () => {
    const primary = new TestPrimary().follow(R).write("ab").follow(member("b", 2));
    expect(primary.log.commitOffset).toBe(0);
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("counts no acknowledgement of what was never sent", () => {
    const primary = new TestPrimary().follow(R).write("ab").ack(R, 3);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("does not wait for who is outside the set", () => {
    const primary = new TestPrimary({ isr: [P] }).link(R).ask(R).write("ab");
    expect(primary.log.commitOffset).toBe(2);
  });

  test("waits for a member whose removal is only proposed", () => {
    const primary = new TestPrimary().follow(R).write("ab").unlink(R).tick(200);
    expect(primary.proposed()).toEqual([P]);
    primary.write("cd");
    expect(primary.log.commitOffset).toBe(0);
    primary.learn({ isr: [P], isrVersion: 2 });
    expect(primary.log.commitOffset).toBe(4);
  });

  test("waits for who is proposed, before that is a fact", () => {
    const primary = new TestPrimary({ isr: [P] }).follow(R);
    expect(primary.proposed()).toEqual([P, R]);
    primary.write("ab");
    expect(primary.log.commitOffset).toBe(0);
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(2);
  });

  test("reaches replicas with the next batch, or with the next tick when there is none", () => {
    const primary = new TestPrimary().follow(R).write("ab").ack(R, 2);
    primary.batchesTo(R);
    primary.write("cd");
    expect(primary.batchesTo(R)).toMatchObject([{ effects: "cd", commitOffset: 2 }]);
    primary.ack(R, 4).tick(20);
    expect(primary.batchesTo(R)).toMatchObject([{ effects: "", firstOffset: 4, commitOffset: 4 }]);
    primary.tick(100);
    expect(primary.batchesTo(R)).toEqual([]);
  });

  test("that is far away says so: clients must wait", () => {
    const primary = new TestPrimary({}, { uncommittedBytesMax: 3 }).follow(R).write("ab");
    expect(primary.core.isCongested).toBe(false);
    primary.write("c");
    expect(primary.core.isCongested).toBe(true);
    primary.ack(R, 1);
    expect(primary.core.isCongested).toBe(false);
  });
});

describe("who is in the set", () => {
  test("a member that is slow for the lag time goes", () => {
    const primary = new TestPrimary().follow(R).write("ab").tick(1000);
    expect(primary.proposed()).toBeUndefined();
    primary.tick(40);
    expect(primary.proposed()).toEqual([P]);
  });

  test("a member that keeps up with a steady load stays, though it is never level", () => {
    const primary = new TestPrimary().follow(R);
    for (let count = 0; count < 100; count += 1) {
      const { endOffset } = primary.log;
      primary.write("ab").tick(40).ack(R, endOffset);
    }
    expect(primary.proposed()).toBeUndefined();
  });

  test("a member that never came in this reign goes after the lag time", () => {
    expect(new TestPrimary().tick(900).proposed()).toBeUndefined();
    expect(new TestPrimary().tick(1100).proposed()).toEqual([P]);
  });

  test("a member whose link is down goes soon, one that comes back at once stays", () => {
    expect(
      new TestPrimary().follow(R).unlink(R).tick(80).link(R).tick(400).proposed(),
    ).toBeUndefined();
    expect(new TestPrimary().follow(R).unlink(R).tick(140).proposed()).toEqual([P]);
    expect(new TestPrimary().unlink(R).tick(140).proposed()).toEqual([P]);
  });

  test("a member whose node has another process goes, and that one comes when it is level", () => {
    const again = member("b", 2);
    const registered = [P, again];
    const primary = new TestPrimary({ registered }).link(again).ask(again, 0, { historyId: "" });
    expect(primary.tick(20).proposed()).toEqual([P]);
    primary.learn({ isr: [P], isrVersion: 2, registered });
    primary.ask(again).ack(again);
    expect(primary.proposed()).toEqual([P, again]);
  });

  test("nobody is blamed for the time in which this process was stopped", () => {
    const primary = new TestPrimary().follow(R).write("ab");
    primary.nowMs += 5000;
    primary.tick(20).ack(R);
    expect(primary.proposed()).toBeUndefined();
  });

  test.each([
    [
      "not level",
      new TestPrimary({ isr: [P] }, { caughtUpBytes: 1 }).write("abc").link(R).ask(R, 0).ack(R, 1),
    ],
    ["not registered", new TestPrimary({ isr: [P], registered: [P] }).follow(R)],
    ["before the reign is established", new TestPrimary({ isr: [P, S] }, { text: "ab" }).follow(R)],
  ])("nobody comes who is %s", (_why, primary) => {
    expect(primary.proposed()).toBeUndefined();
  });

  test("under a steady load commits wait a moment for one that is a round trip behind", () => {
    const primary = new TestPrimary({ isr: [P] }).write("ab").link(R).ask(R, 0).write("cd");
    expect(primary.log.commitOffset).toBe(4);
    primary.ack(R, 2).write("ef");
    expect(primary.log.commitOffset).toBe(4);
    expect(primary.proposed()).toBeUndefined();
    primary.ack(R, 4);
    expect(primary.proposed()).toEqual([P, R]);
    expect(primary.log.commitOffset).toBe(4);
    primary.ack(R, 6);
    expect(primary.log.commitOffset).toBe(6);
  });

  test("but not for long, and not again soon", () => {
    const primary = new TestPrimary({ isr: [P] })
      .write("ab")
      .link(R)
      .ask(R, 0)
      .ack(R, 1)
      .write("cd");
    expect(primary.log.commitOffset).toBe(2);
    primary.tick(80).write("ef");
    expect(primary.log.commitOffset).toBe(6);
    primary.ack(R, 2).write("gh");
    expect(primary.log.commitOffset).toBe(8);
    primary.tick(500).ack(R, 6).tick(440).write("ij");
    expect(primary.log.commitOffset).toBe(8);
  });

  test("nobody is waited for whose link is down", () => {
    const primary = new TestPrimary({ isr: [P] })
      .write("ab")
      .link(R)
      .ask(R, 0)
      .ack(R, 1)
      .write("cd");
    primary.unlink(R).tick(20);
    expect(primary.log.commitOffset).toBe(4);
  });

  test("one that has all that is committed and little is missing comes", () => {
    const primary = new TestPrimary({ isr: [P, S] }, { caughtUpBytes: 3 }).follow(S).write("abc");
    primary.link(R).ask(R, 0).ack(R, 0);
    expect(primary.proposed()).toEqual([P, S, R]);
  });
});

describe("batches", () => {
  test("are one object for all replicas at the same offset", () => {
    const primary = new TestPrimary({ isr: [P, R, S] }).follow(R, S);
    primary.batchesTo(R);
    primary.batchesTo(S);
    primary.write("ab");
    const [toR] = primary.batchesTo(R);
    const [toS] = primary.batchesTo(S);
    expect(toR).toMatchObject({ firstOffset: 0, effects: "ab", commitOffset: 0 });
    expect(toS).toBe(toR);
  });

  test("come in the order of the log to a replica that is behind another one", () => {
    const primary = new TestPrimary({ isr: [P] }, { batchBytesMax: 1, windowBytesMax: 100 });
    primary.link(R, S).write("ab").write("cd");
    primary.ask(S, 4);
    primary.ask(R, 0);
    primary.write("ef");
    expect(primary.batchesTo(S).map(({ effects }) => effects)).toEqual(["", "ef"]);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ab", "cd", "ef"]);
  });

  // One frame for a turn, however many acknowledgements come in during it.
  test("have what a turn appends only when it ends", () => {
    const primary = new TestPrimary({ isr: [P, R] }).follow(R).write("ab");
    primary.batchesTo(R);
    primary.core.append(ascii("c"));
    primary.ack(R, 2);
    expect(primary.batchesTo(R)).toEqual([]);
    primary.write("d");
    expect(primary.batchesTo(R)).toMatchObject([{ firstOffset: 2, effects: "cd" }]);
  });

  test("wait while the window is full, and go on when it is acknowledged", () => {
    const primary = new TestPrimary(
      { isr: [P, R] },
      { windowBytesMax: 3, batchBytesMax: 1 },
    ).follow(R);
    primary.batchesTo(R);
    for (const text of ["ab", "cd", "ef"]) primary.write(text);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ab", "cd"]);
    primary.ack(R, 2);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ef"]);
  });

  test("go to nobody who has not asked on this link", () => {
    const primary = new TestPrimary().follow(R);
    primary.sentTo(R);
    primary.unlink(R).write("ab").link(R).write("cd");
    expect(primary.sentTo(R)).toEqual([]);
    primary.ask(R, 0);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["abcd"]);
  });
});

describe("a full sync", () => {
  const nothing = { historyId: "", marks: [], endOffset: 0 };

  test("is due for who has nothing, who is of another history, and who is behind the log", () => {
    const primary = new TestPrimary({ isr: [P] });
    for (const text of ["abcdefghijklmnop", "qrstuvwxyz"]) primary.write(text);
    expect(primary.log.startOffset).toBe(16);
    for (const request of [nothing, { historyId: "2".repeat(40) }, { endOffset: 3 }]) {
      primary.link(R).ask(R, 26, request);
      expect(primary.sentTo(R).at(-1)).toMatchObject({ kind: "sync-full-due" });
      expect(primary.actions()).toContainEqual({ do: "send-snapshot", to: R.nodeId });
    }
    primary.ask(R, 16);
    expect(primary.sentTo(R)).toMatchObject([{ kind: "sync-partial" }, { kind: "batch" }]);
  });

  test("is due for a former primary that executed more than this log has, and tells it where they part", () => {
    const primary = new TestPrimary({ isr: [P] }, { text: "abc" }).link(R);
    primary.ask(R, 9, { marks: [{ epoch: 1, offset: 0 }], appliedOffset: 9 });
    expect(primary.sentTo(R)).toMatchObject([{ kind: "sync-full-due", commonOffset: 3 }]);
  });

  test("waits until the reign is established: who has a tail must not hear too early that it is void", () => {
    const primary = new TestPrimary({ isr: [P, S] }, { text: "abc" }).link(R).ask(R, 0, nothing);
    expect(primary.actions()).toEqual([]);
    primary.follow(S).tick(20);
    expect(primary.actions()).toContainEqual({ do: "send-snapshot", to: R.nodeId });
  });

  test("of a member waits until it is out of the set", () => {
    const primary = new TestPrimary({ isr: [P, R] }).follow(R).ask(R, 0, nothing);
    expect(primary.proposed()).toEqual([P]);
    primary.tick(20);
    expect(primary.core.beginSnapshot(R.nodeId)).toBeUndefined();
    primary.learn({ isr: [P], isrVersion: 2 });
    expect(primary.core.beginSnapshot(R.nodeId)).toBeDefined();
  });

  test("is the snapshot, then the effects since, and only then the set", () => {
    const primary = new TestPrimary({ isr: [P] }).write("abc").link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId, { sizeBytes: 5 });
    primary.write("de");
    expect(snapshot?.send(ascii("snap"))).toBe(true);
    if (snapshot !== undefined) primary.core.finishSnapshot(snapshot);
    expect(primary.sentTo(R).slice(1)).toMatchObject([
      { kind: "sync-full-begin", request: 1, historyId: HISTORY, offset: 3, sizeBytes: 5 },
      { kind: "snapshot-chunk", position: 0, bytes: "snap" },
      { kind: "sync-full-end", sizeBytes: 4 },
    ]);
    expect(primary.proposed()).toBeUndefined();
    primary.ack(R, 3);
    expect(primary.batchesTo(R)).toMatchObject([{ firstOffset: 3, effects: "de" }]);
    expect(primary.proposed()).toBeUndefined();
    primary.ack(R, 5);
    expect(primary.proposed()).toEqual([P, R]);
  });

  test("ends when what the snapshot has is committed", () => {
    const primary = new TestPrimary({ isr: [P, S] }).follow(S).write("abc");
    primary.link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId);
    if (snapshot !== undefined) primary.core.finishSnapshot(snapshot);
    expect(primary.sentTo(R).at(-1)).toMatchObject({ kind: "sync-full-begin", offset: 3 });
    primary.ack(S, 3);
    expect(primary.sentTo(R)).toMatchObject([{ kind: "sync-full-end" }]);
  });

  test("begins again when more effects came meanwhile than are kept for it", () => {
    const primary = new TestPrimary({ isr: [P] }, { syncBufferBytesMax: 20 }).link(R);
    primary.ask(R, 0, nothing);
    const first = primary.core.beginSnapshot(R.nodeId);
    primary.write("x".repeat(20)).actions();
    expect(primary.log.startOffset).toBe(0);
    primary.write("x").tick(20);
    expect(primary.core.syncStats).toMatchObject({ fullSyncs: 1, fullSyncsRestarted: 1 });
    expect(first?.send(ascii("late"))).toBe(false);
    expect(primary.actions()).toContainEqual({ do: "send-snapshot", to: R.nodeId });
    expect(primary.core.beginSnapshot(R.nodeId)?.offset).toBe(21);
  });

  test("that could not be sent to its end begins again some time later", () => {
    const primary = new TestPrimary({ isr: [P] }).link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId);
    primary.actions();
    primary.core.snapshotFailed(R.nodeId, primary.nowMs);
    expect(snapshot?.send(ascii("late"))).toBe(false);
    primary.tick(SNAPSHOT_RETRY_MS - 20);
    expect(primary.actions()).toEqual([]);
    primary.tick(20);
    expect(primary.actions()).toEqual([{ do: "send-snapshot", to: R.nodeId }]);
    expect(primary.core.beginSnapshot(R.nodeId)).toBeDefined();
  });

  test("ends with the link", () => {
    const primary = new TestPrimary({ isr: [P] }).link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId);
    primary.unlink(R);
    expect(snapshot?.send(ascii("late"))).toBe(false);
  });
});

describe("a replica that left the shard", () => {
  test("is followed until its link is down, and not remembered", () => {
    const primary = new TestPrimary({ isr: [P] }).follow(R);
    primary.learn({ isr: [P], registered: [P, S] });
    expect(primary.core.followers).toHaveLength(1);
    primary.unlink(R);
    expect(primary.core.followers).toEqual([]);
    // The other way round.
    primary
      .learn({ isr: [P] })
      .follow(R)
      .unlink(R);
    expect(primary.core.followers).toHaveLength(1);
    primary.learn({ isr: [P], registered: [P, S] });
    expect(primary.core.followers).toEqual([]);
  });

  test("is remembered while commits wait for it", () => {
    const primary = new TestPrimary()
      .follow(R)
      .unlink(R)
      .learn({ registered: [P, S] });
    expect(primary.core.followers).toHaveLength(1);
    primary.learn({ isr: [P], isrVersion: 2, registered: [P, S] });
    expect(primary.core.followers).toEqual([]);
  });
});

describe("the end of a reign", () => {
  test("by the facts: nothing is sent or committed any more", () => {
    const primary = new TestPrimary().follow(R).write("ab");
    primary.learn({ epoch: 5, primary: R, isr: [R] });
    expect(primary.actions().at(-1)).toEqual({ do: "step-down", why: "replaced" });
    primary.sentTo(R);
    primary.ack(R, 2, { epoch: 4 }).tick(2000).link(R);
    expect(primary.actions()).toEqual([]);
    expect(primary.sentTo(R)).toEqual([]);
    expect(primary.core.isServing).toBe(false);
    expect(primary.log.commitOffset).toBe(0);
    expect(() => primary.core.append(ascii("cd"))).toThrow(/deposed/);
  });

  test("by a replica that knows a younger one", () => {
    const primary = new TestPrimary().follow(R).write("ab");
    const refused = { kind: "refused", shardId: SHARD_ID, epoch: 5 } as const;
    primary.core.receive(R.nodeId, refused, primary.nowMs);
    expect(primary.actions().at(-1)).toEqual({ do: "step-down", why: "refused" });
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("is not the end when the younger reign is its own", () => {
    const primary = new TestPrimary().follow(R).write("ab");
    primary.ask(R, 2, { epoch: 6 });
    expect(primary.core.isServing).toBe(false);
    primary.learn({ epoch: 5 });
    expect(primary.core.isServing).toBe(false);
    primary.actions();
    primary.learn({ epoch: 6 });
    expect(primary.core.isServing).toBe(true);
    expect(primary.actions()).toEqual([{ do: "serve" }]);
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(0);
    primary.ask(R, 2).ack(R, 2);
    expect(primary.log.commitOffset).toBe(2);
  });

  test("a frame of another shard, or of an older epoch, is not heard", () => {
    const primary = new TestPrimary().follow(R).write("ab");
    const shardId = "6".repeat(40);
    primary.core.receive(R.nodeId, { kind: "refused", shardId, epoch: 9 }, primary.nowMs);
    primary.core.receive(R.nodeId, { kind: "refused", shardId: SHARD_ID, epoch: 3 }, primary.nowMs);
    expect(primary.core.isServing).toBe(true);
  });

  test("older facts change nothing", () => {
    const primary = new TestPrimary();
    primary.learn({ epoch: 3, primary: R, isr: [R, P] });
    expect(primary.actions()).toEqual([]);
  });
});

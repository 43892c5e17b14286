import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { EffectLog } from "./effect-log.ts";
import type { BatchFrame, ReplicationFrame, SyncRequestFrame } from "./frames.ts";
import type { PrimaryAction, PrimaryTuning, ShardView } from "./primary-actions.ts";
import { PrimaryShard } from "./primary-shard.ts";

const SHARD_ID = "5".repeat(40);
const HISTORY = "1".repeat(40);
const P = member("a");
const R = member("b");
const S = member("c");

function member(digit: string, incarnation = 1): IsrMember {
  return { nodeId: digit.repeat(40), incarnation };
}

interface Facts {
  readonly isr?: readonly IsrMember[];
  readonly isrVersion?: number;
  readonly epoch?: number;
  readonly primary?: IsrMember;
  readonly historyId?: string;
  readonly registered?: readonly IsrMember[];
}

function viewOf({
  isr = [P, R],
  isrVersion = 1,
  epoch = 4,
  primary = P,
  historyId = HISTORY,
  registered = [P, R, S],
}: Facts = {}): ShardView {
  return { shard: { id: SHARD_ID, primary, epoch, isr, isrVersion, historyId }, registered };
}

/** A primary whose log holds `text` of an older reign, and what it asks for. */
class Primary {
  readonly log = new EffectLog({ backlogBytesMax: 10 });
  readonly core: PrimaryShard;
  nowMs = 1000;
  /** Batches and other frames, by receiver, since it was last asked. */
  #sent: { readonly to: NodeId; readonly frame: ReplicationFrame }[] = [];
  #others: PrimaryAction[] = [];

  constructor(
    facts: Facts = {},
    {
      text = "",
      appliedOffset = text.length,
      ...tuning
    }: Partial<PrimaryTuning> & {
      readonly text?: string;
      readonly appliedOffset?: number;
    } = {},
  ) {
    this.log.beginHistory(HISTORY, 1);
    this.log.append(ascii(text));
    this.core = new PrimaryShard({
      self: P,
      view: viewOf(facts),
      log: this.log,
      appliedOffset,
      nowMs: this.nowMs,
      tuning,
    });
  }

  write(text: string): this {
    this.core.append(ascii(text));
    this.core.flush(this.nowMs);
    return this;
  }

  tick(afterMs: number): this {
    for (let restMs = afterMs; restMs > 0; restMs -= 20) {
      this.nowMs += Math.min(20, restMs);
      this.core.tick(this.nowMs);
    }
    return this;
  }

  link(...members: IsrMember[]): this {
    for (const { nodeId } of members) this.core.linked(nodeId, this.nowMs);
    return this;
  }

  unlink({ nodeId }: IsrMember): this {
    this.core.unlinked(nodeId, this.nowMs);
    return this;
  }

  /** It asks, with a log that is the primary's up to `endOffset` unless `request` says otherwise. */
  ask(
    from: IsrMember,
    endOffset = this.log.endOffset,
    request: Partial<SyncRequestFrame> = {},
  ): this {
    const frame: SyncRequestFrame = {
      kind: "sync-request",
      shardId: SHARD_ID,
      epoch: this.core.epoch,
      incarnation: from.incarnation,
      request: 1,
      historyId: HISTORY,
      endOffset,
      appliedOffset: 0,
      marks: this.log.outline.marks.filter(({ offset }) => offset <= endOffset),
      ...request,
    };
    this.core.receive(from.nodeId, frame, this.nowMs);
    return this;
  }

  ack(from: IsrMember, offset = this.log.endOffset, { epoch = this.core.epoch } = {}): this {
    const { nodeId, incarnation } = from;
    const frame = { kind: "ack", shardId: SHARD_ID, epoch, incarnation, offset } as const;
    this.core.receive(nodeId, frame, this.nowMs);
    return this;
  }

  /** Linked, asked and level. */
  follow(...members: IsrMember[]): this {
    for (const each of members) this.link(each).ask(each).ack(each);
    return this;
  }

  learn(facts: Facts): this {
    this.core.factsChanged(viewOf(facts), this.nowMs);
    return this;
  }

  /** Frames to a replica since the last call. */
  sentTo({ nodeId }: IsrMember): ReplicationFrame[] {
    this.#collect();
    const frames = this.#sent.filter(({ to }) => to === nodeId).map(({ frame }) => frame);
    this.#sent = this.#sent.filter(({ to }) => to !== nodeId);
    return frames;
  }

  batchesTo(replica: IsrMember): BatchFrame[] {
    return this.sentTo(replica).filter((frame) => frame.kind === "batch");
  }

  /** Everything but frames, since the last call. */
  actions(): readonly PrimaryAction[] {
    this.#collect();
    return this.#others.splice(0);
  }

  /** The last set that was proposed since the last call. */
  proposed(): readonly IsrMember[] | undefined {
    return this.actions().findLast((action) => action.do === "propose-isr")?.proposal.isr;
  }

  #collect(): void {
    for (const action of this.core.takeActions()) {
      if (action.do !== "send") this.#others.push(action);
      else for (const to of action.to) this.#sent.push({ to, frame: action.frame });
    }
  }
}

describe("the beginning of a reign", () => {
  test("executes what of the log was not committed", () => {
    const primary = new Primary({}, { text: "abcdef", appliedOffset: 2 });
    expect(primary.actions()).toContainEqual({ do: "apply", effects: "cdef", endOffset: 6 });
  });

  test("serves at once when nobody else is in the set", () => {
    const primary = new Primary({ isr: [P] }, { text: "abc" });
    expect(primary.core.isServing).toBe(true);
    expect(primary.log.commitOffset).toBe(3);
    expect(primary.actions().map((action) => action.do)).toEqual(["serve", "committed"]);
  });

  test("serves when all others in the set have its whole log, and not before", () => {
    const primary = new Primary({ isr: [P, R, S] }, { text: "abc" }).follow(R);
    primary.link(S).ask(S, 1).ack(S, 1);
    expect(primary.core.isServing).toBe(false);
    expect(primary.log.commitOffset).toBe(1);
    primary.ack(S, 3);
    expect(primary.core.isServing).toBe(true);
    expect(primary.log.commitOffset).toBe(3);
  });

  test("is announced to whoever is linked when it begins, in an empty batch too", () => {
    const primary = new Primary({}, { text: "abc" }).link(R);
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
    const primary = new Primary({ isr: [P], historyId: "2".repeat(40) }, { text: "abc" });
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
    const primary = new Primary({ isr: [P, R, S] }).follow(R, S).write("abcd");
    primary.actions();
    primary.ack(R, 4);
    expect(primary.actions()).toEqual([]);
    primary.ack(S, 2);
    expect(primary.actions()).toEqual([{ do: "committed", offset: 2 }]);
    expect(primary.core.uncommittedBytes).toBe(2);
  });

  test("counts no acknowledgement of another epoch", () => {
    const primary = new Primary().follow(R).write("ab").ack(R, 2, { epoch: 3 });
    expect(primary.log.commitOffset).toBe(0);
    expect(primary.core.acksIgnored).toBe(1);
  });

  test("counts no acknowledgement of another process of a member", () => {
    const primary = new Primary().follow(R).write("ab").follow(member("b", 2));
    expect(primary.log.commitOffset).toBe(0);
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("counts no acknowledgement of what was never sent", () => {
    const primary = new Primary().follow(R).write("ab").ack(R, 3);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("does not wait for who is outside the set", () => {
    const primary = new Primary({ isr: [P] }).link(R).ask(R).write("ab");
    expect(primary.log.commitOffset).toBe(2);
  });

  test("waits for a member whose removal is only proposed", () => {
    const primary = new Primary().follow(R).write("ab").unlink(R).tick(200);
    expect(primary.proposed()).toEqual([P]);
    primary.write("cd");
    expect(primary.log.commitOffset).toBe(0);
    primary.learn({ isr: [P], isrVersion: 2 });
    expect(primary.log.commitOffset).toBe(4);
  });

  test("waits for who is proposed, before that is a fact", () => {
    const primary = new Primary({ isr: [P] }).follow(R);
    expect(primary.proposed()).toEqual([P, R]);
    primary.write("ab");
    expect(primary.log.commitOffset).toBe(0);
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(2);
  });

  test("reaches replicas with the next batch, or with the next tick when there is none", () => {
    const primary = new Primary().follow(R).write("ab").ack(R, 2);
    primary.batchesTo(R);
    primary.write("cd");
    expect(primary.batchesTo(R)).toMatchObject([{ effects: "cd", commitOffset: 2 }]);
    primary.ack(R, 4).tick(20);
    expect(primary.batchesTo(R)).toMatchObject([{ effects: "", firstOffset: 4, commitOffset: 4 }]);
    primary.tick(100);
    expect(primary.batchesTo(R)).toEqual([]);
  });

  test("that is far away says so: clients must wait", () => {
    const primary = new Primary({}, { uncommittedBytesMax: 3 }).follow(R).write("ab");
    expect(primary.core.isCongested).toBe(false);
    primary.write("c");
    expect(primary.core.isCongested).toBe(true);
    primary.ack(R, 1);
    expect(primary.core.isCongested).toBe(false);
  });
});

describe("who is in the set", () => {
  test("a member that is slow for the lag time goes", () => {
    const primary = new Primary().follow(R).write("ab").tick(1000);
    expect(primary.proposed()).toBeUndefined();
    primary.tick(40);
    expect(primary.proposed()).toEqual([P]);
  });

  test("a member that keeps up with a steady load stays, though it is never level", () => {
    const primary = new Primary().follow(R);
    for (let count = 0; count < 100; count += 1) {
      const { endOffset } = primary.log;
      primary.write("ab").tick(40).ack(R, endOffset);
    }
    expect(primary.proposed()).toBeUndefined();
  });

  test("a member that never came in this reign goes after the lag time", () => {
    expect(new Primary().tick(900).proposed()).toBeUndefined();
    expect(new Primary().tick(1100).proposed()).toEqual([P]);
  });

  test("a member whose link is down goes soon, one that comes back at once stays", () => {
    expect(new Primary().follow(R).unlink(R).tick(80).link(R).tick(400).proposed()).toBeUndefined();
    expect(new Primary().follow(R).unlink(R).tick(140).proposed()).toEqual([P]);
    expect(new Primary().unlink(R).tick(140).proposed()).toEqual([P]);
  });

  test("a member whose node has another process goes, and that one comes when it is level", () => {
    const again = member("b", 2);
    const registered = [P, again];
    const primary = new Primary({ registered }).link(again).ask(again, 0, { historyId: "" });
    expect(primary.tick(20).proposed()).toEqual([P]);
    primary.learn({ isr: [P], isrVersion: 2, registered });
    primary.ask(again).ack(again);
    expect(primary.proposed()).toEqual([P, again]);
  });

  test("nobody is blamed for the time in which this process was stopped", () => {
    const primary = new Primary().follow(R).write("ab");
    primary.nowMs += 5000;
    primary.tick(20).ack(R);
    expect(primary.proposed()).toBeUndefined();
  });

  test.each([
    [
      "not level",
      new Primary({ isr: [P] }, { caughtUpBytes: 1 }).write("abc").link(R).ask(R, 0).ack(R, 1),
    ],
    ["not registered", new Primary({ isr: [P], registered: [P] }).follow(R)],
    ["before the reign is established", new Primary({ isr: [P, S] }, { text: "ab" }).follow(R)],
  ])("nobody comes who is %s", (_why, primary) => {
    expect(primary.proposed()).toBeUndefined();
  });

  test("under a steady load commits wait a moment for one that is a round trip behind", () => {
    const primary = new Primary({ isr: [P] }).write("ab").link(R).ask(R, 0).write("cd");
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
    const primary = new Primary({ isr: [P] }).write("ab").link(R).ask(R, 0).ack(R, 1).write("cd");
    expect(primary.log.commitOffset).toBe(2);
    primary.tick(80).write("ef");
    expect(primary.log.commitOffset).toBe(6);
    primary.ack(R, 2).write("gh");
    expect(primary.log.commitOffset).toBe(8);
    primary.tick(500).ack(R, 6).tick(440).write("ij");
    expect(primary.log.commitOffset).toBe(8);
  });

  test("nobody is waited for whose link is down", () => {
    const primary = new Primary({ isr: [P] }).write("ab").link(R).ask(R, 0).ack(R, 1).write("cd");
    primary.unlink(R).tick(20);
    expect(primary.log.commitOffset).toBe(4);
  });

  test("one that has all that is committed and little is missing comes", () => {
    const primary = new Primary({ isr: [P, S] }, { caughtUpBytes: 3 }).follow(S).write("abc");
    primary.link(R).ask(R, 0).ack(R, 0);
    expect(primary.proposed()).toEqual([P, S, R]);
  });
});

describe("batches", () => {
  test("are one object for all replicas at the same offset", () => {
    const primary = new Primary({ isr: [P, R, S] }).follow(R, S);
    primary.batchesTo(R);
    primary.batchesTo(S);
    primary.write("ab");
    const [toR] = primary.batchesTo(R);
    const [toS] = primary.batchesTo(S);
    expect(toR).toMatchObject({ firstOffset: 0, effects: "ab", commitOffset: 0 });
    expect(toS).toBe(toR);
  });

  test("come in the order of the log to a replica that is behind another one", () => {
    const primary = new Primary({ isr: [P] }, { batchBytesMax: 1, windowBytesMax: 100 });
    primary.link(R, S).write("ab").write("cd");
    primary.ask(S, 4);
    primary.ask(R, 0);
    primary.write("ef");
    expect(primary.batchesTo(S).map(({ effects }) => effects)).toEqual(["", "ef"]);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ab", "cd", "ef"]);
  });

  // One frame for a turn, however many acknowledgements come in during it.
  test("have what a turn appends only when it ends", () => {
    const primary = new Primary({ isr: [P, R] }).follow(R).write("ab");
    primary.batchesTo(R);
    primary.core.append(ascii("c"));
    primary.ack(R, 2);
    expect(primary.batchesTo(R)).toEqual([]);
    primary.write("d");
    expect(primary.batchesTo(R)).toMatchObject([{ firstOffset: 2, effects: "cd" }]);
  });

  test("wait while the window is full, and go on when it is acknowledged", () => {
    const primary = new Primary({ isr: [P, R] }, { windowBytesMax: 3, batchBytesMax: 1 }).follow(R);
    primary.batchesTo(R);
    for (const text of ["ab", "cd", "ef"]) primary.write(text);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ab", "cd"]);
    primary.ack(R, 2);
    expect(primary.batchesTo(R).map(({ effects }) => effects)).toEqual(["ef"]);
  });

  test("go to nobody who has not asked on this link", () => {
    const primary = new Primary().follow(R);
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
    const primary = new Primary({ isr: [P] });
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
    const primary = new Primary({ isr: [P] }, { text: "abc" }).link(R);
    primary.ask(R, 9, { marks: [{ epoch: 1, offset: 0 }], appliedOffset: 9 });
    expect(primary.sentTo(R)).toMatchObject([{ kind: "sync-full-due", commonOffset: 3 }]);
  });

  test("waits until the reign is established: who has a tail must not hear too early that it is void", () => {
    const primary = new Primary({ isr: [P, S] }, { text: "abc" }).link(R).ask(R, 0, nothing);
    expect(primary.actions()).toEqual([]);
    primary.follow(S).tick(20);
    expect(primary.actions()).toContainEqual({ do: "send-snapshot", to: R.nodeId });
  });

  test("of a member waits until it is out of the set", () => {
    const primary = new Primary({ isr: [P, R] }).follow(R).ask(R, 0, nothing);
    expect(primary.proposed()).toEqual([P]);
    primary.tick(20);
    expect(primary.core.beginSnapshot(R.nodeId)).toBeUndefined();
    primary.learn({ isr: [P], isrVersion: 2 });
    expect(primary.core.beginSnapshot(R.nodeId)).toBeDefined();
  });

  test("is the snapshot, then the effects since, and only then the set", () => {
    const primary = new Primary({ isr: [P] }).write("abc").link(R).ask(R, 0, nothing);
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
    const primary = new Primary({ isr: [P, S] }).follow(S).write("abc");
    primary.link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId);
    if (snapshot !== undefined) primary.core.finishSnapshot(snapshot);
    expect(primary.sentTo(R).at(-1)).toMatchObject({ kind: "sync-full-begin", offset: 3 });
    primary.ack(S, 3);
    expect(primary.sentTo(R)).toMatchObject([{ kind: "sync-full-end" }]);
  });

  test("begins again when more effects came meanwhile than are kept for it", () => {
    const primary = new Primary({ isr: [P] }, { syncBufferBytesMax: 20 }).link(R);
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

  test("ends with the link", () => {
    const primary = new Primary({ isr: [P] }).link(R).ask(R, 0, nothing);
    const snapshot = primary.core.beginSnapshot(R.nodeId);
    primary.unlink(R);
    expect(snapshot?.send(ascii("late"))).toBe(false);
  });
});

describe("the end of a reign", () => {
  test("by the facts: nothing is sent or committed any more", () => {
    const primary = new Primary().follow(R).write("ab");
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
    const primary = new Primary().follow(R).write("ab");
    const refused = { kind: "refused", shardId: SHARD_ID, epoch: 5 } as const;
    primary.core.receive(R.nodeId, refused, primary.nowMs);
    expect(primary.actions().at(-1)).toEqual({ do: "step-down", why: "refused" });
    primary.ack(R, 2);
    expect(primary.log.commitOffset).toBe(0);
  });

  test("is not the end when the younger reign is its own", () => {
    const primary = new Primary().follow(R).write("ab");
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
    const primary = new Primary().follow(R).write("ab");
    const shardId = "6".repeat(40);
    primary.core.receive(R.nodeId, { kind: "refused", shardId, epoch: 9 }, primary.nowMs);
    primary.core.receive(R.nodeId, { kind: "refused", shardId: SHARD_ID, epoch: 3 }, primary.nowMs);
    expect(primary.core.isServing).toBe(true);
  });

  test("older facts change nothing", () => {
    const primary = new Primary();
    primary.learn({ epoch: 3, primary: R, isr: [R, P] });
    expect(primary.actions()).toEqual([]);
  });
});

import type { IsrMember, NodeId } from "@slotcast/control";
import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { EffectLog } from "./effect-log.ts";
import type { EpochMark } from "./epoch-marks.ts";
import type { BatchFrame, ReplicationFrame, SyncFullBeginFrame } from "./frames.ts";
import { SYNC_RETRY_MS } from "./limits.ts";
import { HASH_OF_NOTHING, hashOn } from "./log-hash.ts";
import type { ShardView } from "./primary-actions.ts";
import type { ReplicaAction } from "./replica-actions.ts";
import { ReplicaShard } from "./replica-shard.ts";

const SHARD_ID = "5".repeat(40);
const HISTORY = "1".repeat(40);
const SELF: IsrMember = { nodeId: "b".repeat(40), incarnation: 7 };
const P = "a".repeat(40);
const Q = "c".repeat(40);

function viewOf({ epoch = 4, primary = P, historyId = HISTORY, isrVersion = 1 } = {}): ShardView {
  const isr = [{ nodeId: primary, incarnation: 1 }];
  return {
    shard: { id: SHARD_ID, primary: isr[0], epoch, isr, isrVersion, historyId },
    registered: isr,
  };
}

interface ReplicaOptions {
  readonly text?: string;
  readonly commitOffset?: number;
  readonly appliedOffset?: number;
}

/** A replica whose log holds `text` of the reign 1, committed up to `commitOffset` and executed up to `appliedOffset`. */
class Replica {
  readonly log = new EffectLog({ backlogBytesMax: 10 });
  readonly core: ReplicaShard;
  nowMs = 1000;
  #actions: ReplicaAction[] = [];

  constructor({ text = "", ...offsets }: ReplicaOptions = {}) {
    const { commitOffset = text.length, appliedOffset = commitOffset } = offsets;
    this.log.beginHistory(HISTORY, 1);
    this.log.append(ascii(text));
    this.log.commitTo(commitOffset);
    const { log, nowMs } = this;
    this.core = new ReplicaShard({ self: SELF, view: viewOf(), log, appliedOffset, nowMs });
  }

  link(nodeId: NodeId = P): this {
    this.core.linked(nodeId, this.nowMs);
    return this;
  }

  hear(frame: ReplicationFrame, from: NodeId = P): this {
    this.core.receive(from, frame, this.nowMs);
    return this;
  }

  learn(facts: Parameters<typeof viewOf>[0]): this {
    this.core.factsChanged(viewOf(facts), this.nowMs);
    return this;
  }

  /** Linked and partially synchronised. */
  follow(commonOffset = this.log.endOffset, { epoch = 4, request = 1 } = {}): this {
    return this.link().hear(partial(commonOffset, { epoch, request }));
  }

  /** The next effects of the primary. */
  batch(text: string, fields: Partial<BatchFrame> = {}): this {
    return this.hear(this.batchOf(text, fields));
  }

  batchOf(text: string, fields: Partial<BatchFrame> = {}): BatchFrame {
    const hashBefore = this.log.hash;
    return {
      kind: "batch",
      shardId: SHARD_ID,
      epoch: 4,
      writtenEpoch: 4,
      firstOffset: this.log.endOffset,
      commitOffset: 0,
      hashBefore,
      hashAfter: hashOn(hashBefore, ascii(text)),
      effects: ascii(text),
      ...fields,
    };
  }

  /** Everything but frames, since the last call. */
  actions(): ReplicaAction[] {
    this.#collect();
    const actions = this.#actions.filter((action) => action.do !== "send");
    this.#actions = this.#actions.filter((action) => action.do === "send");
    return actions;
  }

  /** Frames to a node since the last call. */
  sent(to: NodeId = P): ReplicationFrame[] {
    this.#collect();
    const frames = this.#actions.flatMap((action) =>
      action.do === "send" && action.to.includes(to) ? [action.frame] : [],
    );
    this.#actions = this.#actions.filter((action) => action.do !== "send");
    return frames;
  }

  #collect(): void {
    this.#actions.push(...this.core.takeActions());
  }
}

function partial(
  commonOffset: number,
  { epoch = 4, request = 1, commonEpoch = 1 } = {},
): ReplicationFrame {
  return { kind: "sync-partial", shardId: SHARD_ID, epoch, request, commonOffset, commonEpoch };
}

function due(commonOffset: number | undefined, request = 1): ReplicationFrame {
  return { kind: "sync-full-due", shardId: SHARD_ID, epoch: 4, request, commonOffset };
}

const MARK: EpochMark = { epoch: 3, offset: 60 };

function begin(fields: Partial<SyncFullBeginFrame> = {}): SyncFullBeginFrame {
  return {
    kind: "sync-full-begin",
    shardId: SHARD_ID,
    epoch: 4,
    request: 1,
    historyId: HISTORY,
    offset: 90,
    hash: 12_345,
    sizeBytes: 0,
    marks: [MARK],
    ...fields,
  };
}

function chunk(position: number, text: string): ReplicationFrame {
  const bytes = ascii(text);
  return { kind: "snapshot-chunk", shardId: SHARD_ID, epoch: 4, position, bytes };
}

function end(text: string): ReplicationFrame {
  const hash = hashOn(HASH_OF_NOTHING, ascii(text));
  return { kind: "sync-full-end", shardId: SHARD_ID, epoch: 4, sizeBytes: text.length, hash };
}

describe("asking", () => {
  test("says what the log is, and what of it was executed", () => {
    const replica = new Replica({ text: "abcd", commitOffset: 3 }).link();
    expect(replica.sent()).toEqual([
      {
        kind: "sync-request",
        shardId: SHARD_ID,
        epoch: 4,
        incarnation: 7,
        request: 1,
        historyId: HISTORY,
        endOffset: 4,
        appliedOffset: 3,
        marks: [{ epoch: 1, offset: 0 }],
      },
    ]);
  });

  test("happens again when a reign is announced, when the facts name another, and when nobody answers", () => {
    const replica = new Replica().link().link(Q);
    replica.hear({ kind: "reign", shardId: SHARD_ID, epoch: 4 });
    expect(replica.sent().map((frame) => "request" in frame && frame.request)).toEqual([1, 2]);
    replica.learn({ epoch: 5, primary: Q });
    expect(replica.sent(Q)).toMatchObject([{ kind: "sync-request", epoch: 5, request: 3 }]);
    replica.core.tick(replica.nowMs + SYNC_RETRY_MS - 1);
    expect(replica.sent(Q)).toEqual([]);
    replica.core.tick(replica.nowMs + SYNC_RETRY_MS);
    expect(replica.sent(Q)).toMatchObject([{ kind: "sync-request", request: 4 }]);
  });

  test("does not happen for other facts about the same reign", () => {
    const replica = new Replica().follow();
    replica.sent();
    replica.learn({ isrVersion: 2 });
    expect(replica.core.state).toBe("following");
    expect(replica.sent()).toEqual([]);
  });

  test("an answer to an earlier request is void", () => {
    const replica = new Replica({ text: "abcd", commitOffset: 2 }).link().link();
    replica.hear(partial(3)).hear(begin());
    expect(replica.core.state).toBe("asking");
    expect(replica.log.endOffset).toBe(4);
    replica.hear(partial(3, { request: 2 }));
    expect(replica.core.state).toBe("following");
  });

  test("nothing is asked of this node's own earlier life", () => {
    const replica = new Replica().learn({ epoch: 5, primary: SELF.nodeId }).link(SELF.nodeId);
    expect(replica.core.primary).toBeUndefined();
    expect(replica.sent(SELF.nodeId)).toEqual([]);
  });
});

describe("whom it believes", () => {
  test("frames of an older reign are refused, with the one that it knows", () => {
    const replica = new Replica().link(Q).learn({ epoch: 5, primary: Q });
    replica.sent(Q);
    replica.batch("ab");
    expect(replica.log.endOffset).toBe(0);
    expect(replica.sent(P)).toEqual([{ kind: "refused", shardId: SHARD_ID, epoch: 5 }]);
  });

  test.each([
    ["of a reign that the facts do not know yet", { epoch: 9 }, P],
    ["from who is not the primary", {}, Q],
    ["of another shard", { shardId: "6".repeat(40) }, P],
  ])("frames %s change nothing", (_what, fields, from) => {
    const replica = new Replica().follow();
    replica.sent();
    replica.hear(replica.batchOf("ab", fields), from);
    expect(replica.log.endOffset).toBe(0);
    expect(replica.sent(from)).toEqual([]);
    expect(replica.core.state).toBe("following");
  });

  test("older facts change nothing", () => {
    const replica = new Replica().learn({ epoch: 6, primary: Q }).learn({ epoch: 5, primary: P });
    expect(replica.core.primary).toBe(Q);
  });
});

describe("batches", () => {
  test("go to the log at once and to the keyspace with the commit", () => {
    const replica = new Replica().follow().batch("abc", { commitOffset: 0 });
    expect(replica.sent().at(-1)).toMatchObject({
      kind: "ack",
      epoch: 4,
      incarnation: 7,
      offset: 3,
    });
    expect(replica.actions()).toEqual([]);
    replica.batch("", { commitOffset: 2 });
    expect(replica.actions()).toEqual([
      { do: "committed", offset: 2 },
      { do: "apply", effects: "ab", endOffset: 2 },
    ]);
    expect(replica.core.appliedOffset).toBe(2);
  });

  // The primary's clients wait for the acknowledgement, and nobody for the other.
  test("are acknowledged before the ones before them are executed", () => {
    const replica = new Replica().follow().batch("ab", { commitOffset: 0 });
    replica.sent();
    replica.batch("cd", { commitOffset: 2 });
    expect(replica.core.takeActions().map((action) => action.do)).toEqual([
      "send",
      "committed",
      "apply",
    ]);
  });

  test("a commit beyond the log counts up to its end", () => {
    const replica = new Replica().follow().batch("abc", { commitOffset: 50 });
    expect(replica.log.commitOffset).toBe(3);
    expect(replica.core.appliedOffset).toBe(3);
  });

  test("several of one turn are acknowledged once", () => {
    const replica = new Replica().follow();
    replica.sent();
    replica.batch("a").batch("b").batch("c");
    expect(replica.sent()).toMatchObject([{ kind: "ack", offset: 3 }]);
  });

  test("a gap is not accepted: it asks again from its end", () => {
    const replica = new Replica().follow().batch("abc");
    replica.sent();
    replica.batch("de", { firstOffset: 4 });
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", request: 2, endOffset: 3 }]);
    expect(replica.core.stats.gaps).toBe(1);
    replica.batch("de");
    expect(replica.log.endOffset).toBe(3);
  });

  test("damaged effects are not accepted", () => {
    const replica = new Replica().follow();
    replica.batch("abc", { effects: ascii("abd") });
    expect(replica.log.endOffset).toBe(0);
    expect(replica.core.stats.damaged).toBe(1);
    expect(replica.core.state).toBe("asking");
  });

  test("those of an older reign come before those of the present one", () => {
    const replica = new Replica({ text: "ab" }).follow();
    replica.batch("cd", { writtenEpoch: 1 }).batch("ef", { writtenEpoch: 4 });
    expect(replica.log.outline.marks).toEqual([
      { epoch: 1, offset: 0 },
      { epoch: 4, offset: 4 },
    ]);
  });

  test("the log keeps the backlog and what is not committed", () => {
    const replica = new Replica().follow();
    replica.batch("x".repeat(30)).batch("y", { commitOffset: 0 });
    expect(replica.log.startOffset).toBe(0);
    replica.batch("z".repeat(10), { commitOffset: 31 });
    expect(replica.log.startOffset).toBe(31);
  });
});

describe("another hash", () => {
  test.each([
    ["before the batch", { hashBefore: 1 }],
    ["effects of a reign that the log has left behind", { writtenEpoch: 0 }],
    ["effects of a reign to come", { writtenEpoch: 9 }],
  ])("%s: it says so, and asks for a full sync", (_what, fields) => {
    const replica = new Replica({ text: "ab" }).follow();
    replica.sent();
    replica.batch("cd", fields);
    expect(replica.actions()).toMatchObject([{ do: "diverged", offset: 2 }]);
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", historyId: "" }]);
    expect(replica.log.endOffset).toBe(2);
    expect(replica.core.stats.divergences).toBe(1);
    expect(replica.core.isReadable).toBe(false);
  });

  test("an effect that cannot be executed here is one: the keys are worth nothing", () => {
    const replica = new Replica({ text: "ab" }).follow();
    replica.batch("cd", { commitOffset: 4 });
    expect(replica.actions()).toContainEqual({ do: "apply", effects: "cd", endOffset: 4 });
    replica.sent();
    replica.core.applyFailed("ERR no such thing", replica.nowMs);
    expect(replica.actions()).toEqual([{ do: "diverged", offset: 4, why: "ERR no such thing" }]);
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", historyId: "" }]);
    expect(replica.core.stats.divergences).toBe(1);
    expect(replica.core.isReadable).toBe(false);
  });

  test("a cut below what is committed is one too", () => {
    const replica = new Replica({ text: "abcd", commitOffset: 3 }).follow(2);
    expect(replica.actions()).toMatchObject([{ do: "diverged" }]);
    expect(replica.log.endOffset).toBe(4);
  });
});

describe("a partial sync", () => {
  test("cuts what the new primary does not have, which was never executed", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 2 }).follow(4);
    expect(replica.log.endOffset).toBe(4);
    expect(replica.core.stats.truncatedBytes).toBe(2);
    expect(replica.sent().at(-1)).toMatchObject({ kind: "ack", offset: 4 });
    expect(replica.actions()).toEqual([]);
  });

  test("of a former primary that lost nothing releases its replies with the commits", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 2, appliedOffset: 6 }).follow(6);
    expect(replica.core.isReadable).toBe(false);
    replica.batch("", { commitOffset: 4 });
    expect(replica.actions()).toEqual([{ do: "committed", offset: 4 }]);
    replica.batch("gh", { commitOffset: 8 });
    expect(replica.actions()).toEqual([
      { do: "committed", offset: 8 },
      { do: "apply", effects: "gh", endOffset: 8 },
    ]);
    expect(replica.core.isReadable).toBe(true);
  });
});

describe("a full sync", () => {
  test("replaces everything, and is acknowledged when it is loaded", () => {
    const replica = new Replica({ text: "abcd" }).link().hear(due(undefined)).hear(begin());
    replica.sent();
    expect(replica.actions().at(-1)).toEqual({ do: "reset" });
    expect(replica.log.position).toEqual({ historyId: "", epoch: 0, offset: 0 });
    expect(replica.core.isReadable).toBe(false);
    replica.hear(chunk(0, "snap")).hear(chunk(4, "shot")).hear(end("snapshot"));
    expect(replica.actions()).toEqual([
      { do: "load-snapshot", bytes: "snap" },
      { do: "load-snapshot", bytes: "shot" },
      { do: "finish-snapshot" },
    ]);
    expect(replica.sent()).toEqual([]);
    replica.core.snapshotLoaded(replica.nowMs);
    expect(replica.sent()).toMatchObject([{ kind: "ack", offset: 90 }]);
    expect(replica.log).toMatchObject({ startOffset: 90, commitOffset: 90, endOffset: 90 });
    expect(replica.log.outline.marks).toEqual([MARK]);
    expect(replica.core.isReadable).toBe(true);
    replica.batch("ef", { commitOffset: 92 });
    expect(replica.actions()).toContainEqual({ do: "apply", effects: "ef", endOffset: 92 });
  });

  test.each([
    ["a chunk is missing", [chunk(0, "snap"), chunk(5, "hot"), end("snapshot")]],
    ["its bytes are not those that were sent", [chunk(0, "snapshut"), end("snapshot")]],
    ["it is too short", [chunk(0, "snap"), end("snapshot")]],
  ])("is not loaded when %s", (_what, frames) => {
    const replica = new Replica().link().hear(begin());
    replica.sent();
    for (const frame of frames) replica.hear(frame);
    expect(replica.actions().map((action) => action.do)).not.toContain("finish-snapshot");
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", historyId: "", request: 2 }]);
    expect(replica.core.stats.damaged).toBe(1);
  });

  test("that breaks off leaves nothing", () => {
    const replica = new Replica({ text: "abcd" }).link().hear(begin()).hear(chunk(0, "snap"));
    replica.core.unlinked(P);
    replica.sent();
    replica.link();
    expect(replica.sent()).toMatchObject([{ historyId: "", endOffset: 0, appliedOffset: 0 }]);
    replica.core.snapshotLoaded(replica.nowMs);
    expect(replica.log.historyId).toBe("");
  });

  test("that was whole when the link broke is loaded, and asked about afterwards", () => {
    const replica = new Replica().link().hear(begin()).hear(chunk(0, "snap")).hear(end("snap"));
    replica.core.unlinked(P);
    replica.sent();
    replica.link();
    expect(replica.sent()).toEqual([]);
    replica.core.snapshotLoaded(replica.nowMs);
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", endOffset: 90 }]);
  });

  test("that could not be loaded is asked for again", () => {
    const replica = new Replica().link().hear(begin()).hear(chunk(0, "snap")).hear(end("snap"));
    replica.sent();
    replica.core.snapshotFailed(replica.nowMs);
    expect(replica.sent()).toMatchObject([{ kind: "sync-request", historyId: "" }]);
  });
});

describe("a former primary", () => {
  test("hands out what it executed and nobody has, and learns what is true", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 1, appliedOffset: 6 }).link();
    replica.hear(due(4));
    expect(replica.actions()).toEqual([
      { do: "committed", offset: 4 },
      { do: "settled", sharedOffset: 4 },
      { do: "discarded", epoch: 1, fromOffset: 4, before: "abcd", effects: "ef" },
    ]);
    expect(replica.core.isReadable).toBe(false);
  });

  test("hears it once", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 1, appliedOffset: 6 }).link();
    replica.hear(due(4)).actions();
    replica.link().hear(due(4, 2));
    expect(replica.actions()).toEqual([]);
  });

  test("whose log cannot be compared hands out all that it had not committed, and knows nothing", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 1, appliedOffset: 6 }).link();
    replica.hear(due(undefined));
    expect(replica.actions()).toEqual([
      { do: "discarded", epoch: 1, fromOffset: 1, before: "a", effects: "bcdef" },
    ]);
  });

  test("that lost nothing, but was away for long, may release everything", () => {
    const replica = new Replica({ text: "abcdef", commitOffset: 1, appliedOffset: 6 }).link();
    replica.hear(due(6));
    expect(replica.actions()).toEqual([
      { do: "committed", offset: 6 },
      { do: "settled", sharedOffset: 6 },
    ]);
  });
});

test("data of another shard, or of a history that was given up, is not shown", () => {
  const replica = new Replica({ text: "ab" });
  expect(replica.core.isReadable).toBe(true);
  replica.learn({ epoch: 5, historyId: "2".repeat(40) });
  expect(replica.core.isReadable).toBe(false);
});

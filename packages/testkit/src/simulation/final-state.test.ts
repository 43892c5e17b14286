import { describe, expect, test } from "vitest";
import { checkKey } from "./final-state.ts";
import { Journal } from "./journal.ts";
import { Keyspace } from "./keyspace.ts";
import type { RequestKind } from "./request.ts";

/** A journal of one key, written by hand: times and outcomes. */
class Story {
  readonly journal = new Journal();
  readonly keyspace = new Keyspace();

  /** `value`: what the client was told; "lost": nothing; "refused": that it was not executed. */
  did(
    kind: RequestKind,
    [fromMs, toMs]: [number, number],
    value: number | "lost" | "refused",
    last = 0,
  ) {
    const id = this.journal.nextId();
    this.journal.sent({ id, kind, key: 1, padding: 0 }, "c1", fromMs);
    if (value === "lost") this.journal.lost(id);
    else if (value === "refused") this.journal.answered(id, { kind: "not-now" }, toMs);
    else this.journal.answered(id, { kind: "ok", id, value, last }, toMs);
    return id;
  }

  append(times: [number, number], value: number | "lost" | "refused", isThere = true): number {
    const id = this.did("append", times, value);
    if (isThere) this.keyspace.append(1, id, id);
    return id;
  }

  check(): void {
    checkKey(1, this.journal, this.keyspace);
  }
}

describe("a list passes", () => {
  test("with all that was acknowledged in its place, and with what may have been executed", () => {
    const story = new Story();
    story.append([0, 1], 1);
    const maybe = story.append([2, 3], "lost");
    story.append([2, 9], "lost", false);
    story.append([4, 5], "refused", false);
    const last = story.append([6, 7], 3);
    story.did("read", [3, 4], 2, maybe);
    story.did("read", [8, 9], 3, last);
    story.did("read-copy", [8, 9], 2, maybe);
    expect(() => story.check()).not.toThrow();
  });

  test("with writes at the same time in either order", () => {
    const story = new Story();
    story.append([0, 10], 1);
    story.append([0, 10], 2);
    story.did("read", [0, 10], 0);
    expect(() => story.check()).not.toThrow();
  });
});

describe("a list fails", () => {
  test("when an acknowledged write is gone", () => {
    const story = new Story();
    story.append([0, 1], 1, false);
    expect(() => story.check()).toThrow("is lost");
  });

  test("when a write is there twice", () => {
    const story = new Story();
    const id = story.append([0, 1], 1);
    story.keyspace.append(1, id, id + 1);
    expect(() => story.check()).toThrow("twice");
  });

  test("when a write is there that its client was told to send again", () => {
    const story = new Story();
    story.append([0, 1], "refused");
    expect(() => story.check()).toThrow("told to ask again");
  });

  test("when a write is not where its client was told", () => {
    const story = new Story();
    story.append([0, 1], 2);
    expect(() => story.check()).toThrow("is at 1");
  });

  test("when a read did not see what was acknowledged before it", () => {
    const story = new Story();
    story.append([0, 1], 1);
    story.did("read", [2, 3], 0);
    expect(() => story.check()).toThrow("linearizable");
  });

  test("when a later read saw less than an earlier one", () => {
    const story = new Story();
    const id = story.append([0, 9], 1);
    story.did("read", [2, 3], 1, id);
    story.did("read", [4, 5], 0);
    expect(() => story.check()).toThrow("linearizable");
  });

  test("when a read saw something that is no longer there", () => {
    const story = new Story();
    const id = story.append([0, 1], "lost", false);
    story.did("read-copy", [2, 3], 1, id);
    expect(() => story.check()).toThrow("not in the list");
  });
});

describe("a counter fails", () => {
  test("when it is less than what was acknowledged, or more than could have been", () => {
    const less = new Story();
    less.did("count", [0, 1], 1);
    expect(() => less.check()).toThrow("were counted");
    const more = new Story();
    more.did("count", [0, 1], "refused");
    more.keyspace.count(1);
    expect(() => more.check()).toThrow("were counted");
  });

  test("when two clients were told the same number", () => {
    const story = new Story();
    story.did("count", [0, 1], 1);
    story.did("count", [2, 3], 1);
    story.keyspace.count(1);
    story.keyspace.count(1);
    expect(() => story.check()).toThrow("same number");
  });
});

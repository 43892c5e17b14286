import { expect, test } from "vitest";
import { Control } from "./control.ts";
import type { ControlMessage } from "./control-messages.ts";
import type { LogEntry } from "./raft/messages.ts";
import { promote } from "./test-commands.ts";
import { clusterOf, withVoters } from "./test-facts.ts";
import { id, member } from "./test-names.ts";
import { NO_RUMOURS } from "./test-rumours.ts";

const FACTS = withVoters(clusterOf(["a1"], ["b1", "b2"], ["c1"]), "a1", "b1", "c1");
const NOW_MS = 1000;

/** The voter c1, which is told by the leader a1 what to write, and when that is committed. */
class Voter {
  readonly #control: Control;
  #lastIndex = FACTS.version;

  constructor() {
    const { version: index, voters } = FACTS;
    this.#control = new Control({
      self: member("c1"),
      rumours: NO_RUMOURS,
      random: () => 0.5,
      nowMs: NOW_MS,
      restored: {
        hardState: { term: 1, votedFor: undefined },
        snapshot: { index, term: 1, voters, facts: FACTS },
        entries: [],
      },
    });
  }

  append(entries: readonly LogEntry["command"][], commitIndex: number): void {
    const previousIndex = this.#lastIndex;
    this.#lastIndex += entries.length;
    this.#control.receive(
      id("a1"),
      {
        kind: "raft",
        message: {
          ...{ kind: "append", term: 1, round: 1, previousIndex, previousTerm: 1, commitIndex },
          entries: entries.map((command, at) => ({
            index: previousIndex + at + 1,
            term: 1,
            command,
          })),
        },
      },
      NOW_MS,
    );
  }

  /** What it sends and writes, the write not being done before `persisted`. */
  act(): ControlMessage[] {
    return this.#control
      .takeActions()
      .flatMap((action) => (action.do === "send" ? [action.message] : []));
  }

  persisted(): void {
    this.#control.persisted(NOW_MS);
    this.act();
  }

  grants(name: string): boolean {
    const request = { kind: "lease-request", incarnation: 1, sentMs: 5 } as const;
    this.#control.receive(id(name), request, NOW_MS);
    return this.act().some(({ kind }) => kind === "lease-grant");
  }
}

const PROMOTION = { kind: "facts", command: promote(FACTS, "b", "b2") } as const;
const { version } = FACTS;

test("a voter grants a lease to who leads, and to who is in sync and may come to", () => {
  const voter = new Voter();
  expect(["a1", "b1", "b2"].map((name) => voter.grants(name))).toEqual([true, true, true]);
});

test("while a promotion is in the voter's log, nobody of that shard gets one but who is promoted", () => {
  const voter = new Voter();
  voter.append([PROMOTION], version);
  voter.act();
  expect(["a1", "b1", "b2"].map((name) => voter.grants(name))).toEqual([true, false, true]);
});

test("nor who is promoted, when another is after that", () => {
  const voter = new Voter();
  voter.append([PROMOTION, { kind: "facts", command: promote(FACTS, "b", "b1") }], version);
  voter.act();
  expect(["a1", "b1", "b2"].map((name) => voter.grants(name))).toEqual([true, false, false]);
});

test("nor anybody while the voters change", () => {
  const voter = new Voter();
  voter.append([{ kind: "voters", voters: [...FACTS.voters, id("b2")] }], version);
  voter.act();
  expect(["a1", "b1", "b2"].map((name) => voter.grants(name))).toEqual([false, false, false]);
});

test("who has just asked ahead of time asks again when it is promoted, and not twice", () => {
  const control = new Control({
    ...{ self: member("b2"), rumours: NO_RUMOURS, random: () => 0.5, nowMs: NOW_MS },
    savedFacts: FACTS,
  });
  const requests = (): number =>
    control.takeActions().filter((action) => {
      return action.do === "send" && action.message.kind === "lease-request";
    }).length;
  control.receive(id("b1"), { kind: "prepare" }, NOW_MS);
  expect(requests()).toBe(3);
  const update = {
    kind: "facts-update" as const,
    ...{ clusterId: FACTS.clusterId, previousVersion: version, version: version + 1 },
    command: PROMOTION,
  };
  control.receive(id("a1"), update, NOW_MS + 1);
  expect(requests()).toBe(3);
  control.tick(NOW_MS + 2);
  expect(requests()).toBe(0);
});

// Its facts are those from before, and would have it take the old primary for the present one.
test("nor while it is committed but waits for the disk to end another write", () => {
  const voter = new Voter();
  voter.append([PROMOTION], version);
  voter.act();
  voter.persisted();
  voter.append([{ kind: "noop" }], version);
  voter.act();
  voter.append([], version + 1);
  expect(voter.grants("b1")).toBe(false);
  voter.persisted();
  expect(["b1", "b2"].map((name) => voter.grants(name))).toEqual([false, true]);
});

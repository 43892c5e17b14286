import { describe, expect, test } from "vitest";
import { decide } from "./decide.ts";
import { NO_FACTS, type Facts } from "./facts.ts";
import { RESEAT_WAIT_MS } from "./limits.ts";
import { detach, forget, release, restart, setIsr } from "./test-commands.ts";
import { applied, clusterOf, withVoters } from "./test-facts.ts";
import { historyId, id, isrOf, shardId, shardIn } from "./test-names.ts";
import { viewOf, type Rumours } from "./test-view.ts";

// Goal: a primary is replaced when most voters say so or when it came back empty, by the best member of its set and by
// nobody else; a shard whose data is gone begins anew with the most that is left.

/** Shard a: a1 leads, a2 and a3 are in sync. Shard b: b1 leads, b2 is in sync. */
const CLUSTER = withVoters(clusterOf(["a1", "a2", "a3"], ["b1", "b2"]), "a2", "a3", "b1");
const A1_GONE: Rumours = {
  leader: "b1",
  absentMs: { a1: 1600 },
  supporters: { a1: ["a3", "b1"] },
};

/** Who leads the shard after what was decided, with its set; and what of it was lossy. */
function succession(facts: Facts, shard: string, rumours: Rumours): string {
  const promotions = decide(viewOf(facts, rumours)).flatMap((command) =>
    command.kind === "facts" && command.command.kind === "promote" ? [command.command] : [],
  );
  const about = promotions.filter((promotion) => promotion.shardId === shardId(shard));
  if (about.length === 0) return "nothing";
  const isLossy = about.some(({ lossy }) => lossy !== undefined);
  return `${isrOf(applied(facts, ...about), shard)}${isLossy ? " lossy" : ""}`;
}

describe("a primary that most voters want replaced", () => {
  const CASES: readonly (readonly [string, string, Rumours])[] = [
    ["is followed by the first of equals by id", "a2.1 a3.1", {}],
    ["by who has more", "a3.1 a2.1", { progress: { a3: { offset: 101 } } }],
    [
      "by who has less of a later reign",
      "a3.1 a2.1",
      { progress: { a3: { epoch: 2, offset: 1 }, a2: { epoch: 1 } } },
    ],
    ["not by who is suspected", "a3.1 a2.1", { absentMs: { a1: 1600, a2: 1 } }],
    ["not by who said nothing yet", "a3.1 a2.1", { progress: { a2: "unknown" } }],
    [
      "not by who speaks of another history",
      "a3.1 a2.1",
      { progress: { a2: { historyId: historyId("e") } } },
    ],
    ["not by who spoke as an older process", "a3.1 a2.1", { progress: { a2: { incarnation: 0 } } }],
    ["by nobody when none is there", "nothing", { absentMs: { a1: 1600, a2: 1, a3: 1 } }],
  ];
  test.each(CASES)("%s", (_what, expected, rumours) => {
    expect(succession(CLUSTER, "a", { ...A1_GONE, ...rumours })).toBe(expected);
  });

  test("is followed by a member of its set only, were others ahead", () => {
    const facts = applied(CLUSTER, setIsr(CLUSTER, "a", "a1", "a3"));
    const ahead = { progress: { a2: { offset: 999 } } };
    expect(succession(facts, "a", { ...A1_GONE, ...ahead })).toBe("a3.1");
    const alone = applied(facts, setIsr(facts, "a", "a1"));
    expect(succession(alone, "a", { ...A1_GONE, ...ahead })).toBe("nothing");
  });

  test("among others: each shard is decided, with a reign of its own", () => {
    const gone = {
      leader: "a2",
      absentMs: { a1: 1, b1: 1 },
      supporters: { a1: ["a2", "a3"], b1: ["a2", "a3"] },
    };
    const commands = decide(viewOf(CLUSTER, gone));
    expect(commands.map(({ kind }) => kind)).toEqual(["facts", "facts"]);
    const facts = applied(
      CLUSTER,
      ...commands.flatMap((command) => (command.kind === "facts" ? [command.command] : [])),
    );
    expect([isrOf(facts, "a"), isrOf(facts, "b")]).toEqual(["a2.1 a3.1", "b2.1"]);
    expect([shardIn(facts, "a").epoch, shardIn(facts, "b").epoch]).toEqual([3, 4]);
  });
});

describe("a primary stays", () => {
  const CASES: readonly (readonly [string, Rumours])[] = [
    ["while all is well", {}],
    ["while less than most voters want it replaced", { supporters: { a1: ["a3"] } }],
    ["while those who want it replaced do not vote", { supporters: { a1: ["a3", "b2", "a1"] } }],
    ["while it is only suspected", { absentMs: { a1: 60_000 } }],
  ];
  test.each(CASES)("%s", (_what, rumours) => {
    expect(succession(CLUSTER, "a", { leader: "b1", ...rumours })).toBe("nothing");
  });

  test("when there are no facts, and no shard that nobody leads gets one", () => {
    expect(decide(viewOf(NO_FACTS))).toEqual([]);
    const unled = applied(CLUSTER, release("a", 0, 8191), forget("a1"));
    expect(succession(unled, "a", A1_GONE)).toBe("nothing");
  });
});

describe("a primary that came back empty", () => {
  const back = applied(CLUSTER, restart(CLUSTER, "a1"));
  const lastBack = applied(back, restart(back, "a2"), restart(back, "a3"));

  test("is followed at once by a member of its set", () => {
    expect(succession(back, "a", {})).toBe("a2.1 a3.1");
  });

  test("waits while no member of its set is there: they have the data", () => {
    expect(succession(back, "a", { absentMs: { a2: 60_000, a3: 60_000 } })).toBe("nothing");
  });

  const NONE = { historyId: historyId("e"), offset: 0 };
  const CASES: readonly (readonly [string, string, Rumours])[] = [
    ["when nobody has anything", "a1.2 lossy", { progress: { a2: NONE, a3: NONE } }],
    [
      "when the others have nothing of this history",
      "a1.2 lossy",
      { progress: { a2: { offset: 0 }, a3: NONE } },
    ],
    [
      "not while it is away itself",
      "nothing",
      { progress: { a2: NONE, a3: NONE }, absentMs: { a1: 1 } },
    ],
    ["not while another may have some", "nothing", { progress: { a2: NONE, a3: "unknown" } }],
    [
      "not while another spoke as an older process",
      "nothing",
      { progress: { a2: NONE, a3: { ...NONE, incarnation: 1 } } },
    ],
    [
      "when who has some is away for long",
      "a1.2 lossy",
      { progress: { a2: NONE }, absentMs: { a3: RESEAT_WAIT_MS } },
    ],
    [
      "not while who has some is away for a moment",
      "nothing",
      { progress: { a2: NONE }, absentMs: { a3: RESEAT_WAIT_MS - 1 } },
    ],
  ];
  test.each(CASES)("and was the last in sync begins anew %s", (_when, expected, rumours) => {
    expect(isrOf(lastBack, "a")).toBe("a1.1");
    expect(succession(lastBack, "a", rumours)).toBe(expected);
  });

  test("and was the last in sync gives way to a node that has some of the data", () => {
    const some = { progress: { a2: { offset: 40 }, a3: { offset: 41 } } };
    expect(succession(lastBack, "a", some)).toBe("a3.2 lossy");
  });

  test("and has no other node begins anew at once, with the history that any leader would choose", () => {
    const alone = withVoters(applied(CLUSTER, detach("b2", "d")), "a2", "b1", "b2");
    const lost = applied(alone, restart(alone, "b1"));
    const commands = decide(viewOf(lost));
    expect(commands).toEqual(decide(viewOf(lost, { leader: "a3" })));
    expect(commands).toMatchObject([
      { command: { member: { nodeId: id("b1"), incarnation: 2 }, epoch: 2 } },
    ]);
    const facts = applied(
      lost,
      ...commands.flatMap((command) => (command.kind === "facts" ? [command.command] : [])),
    );
    expect(shardIn(facts, "b").historyId).toMatch(/^[0-9a-f]{40}$/);
    expect(shardIn(facts, "b").historyId).not.toBe(shardIn(lost, "b").historyId);
    expect(decide(viewOf(facts))).toEqual([]);
  });
});

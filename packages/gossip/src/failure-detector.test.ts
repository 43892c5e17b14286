import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FailureDetector } from "./failure-detector.ts";
import { LAST_WORDS_MS } from "./limits.ts";

// Goal: who answers is not suspected, who does not is, and a node that was away blames itself first.
// Method: a clock of integers; the properties drive it through ticks, answers and pauses of any length.

const NODE_TIMEOUT_MS = 1000;
const TICK_MS = 20;

interface Drill {
  readonly detector: FailureDetector;
  /** Lets time pass in ticks; those who answer do so before each. */
  readonly run: (untilMs: number, answering?: readonly string[]) => void;
  /** Nothing happens in this process. */
  readonly pause: (untilMs: number) => void;
}

function drill(...peers: string[]): Drill {
  const detector = new FailureDetector({
    selfId: "self",
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    nowMs: 0,
  });
  detector.setPeers(["self", ...peers], 0);
  let nowMs = 0;
  return {
    detector,
    run: (untilMs, answering = []) => {
      while (nowMs < untilMs) {
        nowMs += TICK_MS;
        for (const id of answering) detector.heard(id, nowMs);
        detector.tick(nowMs);
      }
    },
    pause: (untilMs) => {
      nowMs = untilMs;
    },
  };
}

describe("first hand", () => {
  test("silence for the node timeout is suspicion, and a word ends it", () => {
    const { detector, run } = drill("a", "b");
    run(NODE_TIMEOUT_MS - TICK_MS, ["a"]);
    expect(detector.suspects()).toEqual([]);
    run(NODE_TIMEOUT_MS, ["a"]);
    expect(detector.suspects()).toEqual(["b"]);
    expect(detector.suspectedSinceMs("b")).toBe(NODE_TIMEOUT_MS);
    run(NODE_TIMEOUT_MS + 500, ["a"]);
    expect(detector.suspectedSinceMs("b")).toBe(NODE_TIMEOUT_MS);
    detector.heard("b", NODE_TIMEOUT_MS + 501);
    expect(detector.isSuspected("b")).toBe(false);
  });

  test("when it was heard last is known, from when it became a peer on", () => {
    const { detector, run } = drill("a", "b");
    run(200, ["a"]);
    expect([detector.heardAtMs("a"), detector.heardAtMs("b")]).toEqual([200, 0]);
    expect(detector.heardAtMs("c")).toBeUndefined();
    detector.setPeers(["self", "b", "c"], 250);
    expect([detector.heardAtMs("a"), detector.heardAtMs("c")]).toEqual([undefined, 250]);
  });

  test("a refused connect is suspicion at once and says that the process is gone", () => {
    const { detector, run } = drill("a", "b");
    run(100, ["a", "b"]);
    detector.refused("b", 101);
    detector.refused("b", 150);
    expect(detector.suspects()).toEqual(["b"]);
    expect([detector.goneAtMs("b"), detector.goneAtMs("a")]).toEqual([101, undefined]);
    expect([detector.isGone("b"), detector.isGone("a"), detector.gone()]).toEqual([
      true,
      false,
      ["b"],
    ]);
    run(100 + NODE_TIMEOUT_MS, ["b"]);
    expect([detector.suspects(), detector.gone()]).toEqual([["a"], []]);
    detector.refused("b", 102 + NODE_TIMEOUT_MS);
    detector.heard("b", 160 + NODE_TIMEOUT_MS);
    expect(detector.suspects()).toEqual(["a"]);
    expect(detector.goneAtMs("b")).toBe(undefined);
  });

  test("the last words of a process that is gone, read late, do not bring it back", () => {
    const { detector, run } = drill("a");
    run(100, ["a"]);
    detector.refused("a", 101);
    detector.heard("a", 103);
    expect(detector.isGone("a")).toBe(true);
    detector.heard("a", 101 + LAST_WORDS_MS);
    expect(detector.suspects()).toEqual([]);
  });

  test("a new peer has the node timeout to be heard; one that is left out is forgotten", () => {
    const { detector, run } = drill("a");
    run(5000, ["a"]);
    detector.setPeers(["a", "b"], 5000);
    run(5000 + NODE_TIMEOUT_MS - TICK_MS, ["a"]);
    expect(detector.suspects()).toEqual([]);
    run(5000 + NODE_TIMEOUT_MS, ["a"]);
    expect(detector.suspects()).toEqual(["b"]);
    detector.setPeers(["a"], 6001);
    detector.refused("b", 6002);
    expect(detector.suspects()).toEqual([]);
    expect(detector.isSuspected("b")).toBe(false);
  });

  test("another node timeout counts from the next tick", () => {
    const { detector, run } = drill("a");
    run(500);
    detector.nodeTimeoutMs = 400;
    expect(detector.suspects()).toEqual([]);
    run(500 + TICK_MS);
    expect(detector.suspects()).toEqual(["a"]);
  });
});

describe("own lag", () => {
  test("a short absence postpones new suspicions by as long, and keeps the old ones", () => {
    const { detector, run, pause } = drill("a", "b");
    run(NODE_TIMEOUT_MS, ["a"]);
    pause(NODE_TIMEOUT_MS + 400);
    run(NODE_TIMEOUT_MS + 420);
    expect(detector.ownLagMs).toBe(420);
    expect(detector.suspects()).toEqual(["b"]);
    // `a` is silent since 1000; its node timeout ends at 2000, long after the absence was made up for.
    run(2 * NODE_TIMEOUT_MS);
    expect(detector.suspects()).toEqual(["a", "b"]);
    expect(detector.ownLagMs).toBe(TICK_MS);
  });

  test("within what it was away for it accuses nobody, though the node timeout is over", () => {
    const { detector, run, pause } = drill("a");
    run(800);
    pause(1200);
    run(1600);
    expect(detector.suspects()).toEqual([]);
    run(1640);
    expect(detector.suspects()).toEqual(["a"]);
  });

  test("after an absence of a node timeout it starts over", () => {
    const { detector, run, pause } = drill("a", "b");
    run(NODE_TIMEOUT_MS, ["a"]);
    detector.refused("a", NODE_TIMEOUT_MS);
    pause(60_000);
    run(60_020);
    expect(detector.suspects()).toEqual([]);
    expect(detector.goneAtMs("a")).toBe(undefined);
    expect(detector.ownLagMs).toBe(59_020);
    run(61_000, ["a"]);
    expect(detector.suspects()).toEqual([]);
    run(61_020, ["a"]);
    expect(detector.suspects()).toEqual(["b"]);
  });

  test("what a refused connect tells is no judgement: a laggard says it too", () => {
    const { detector, run, pause } = drill("a");
    run(100, ["a"]);
    pause(5000);
    run(5020);
    detector.refused("a", 5021);
    expect(detector.suspects()).toEqual(["a"]);
  });
});

describe("second hand", () => {
  test("reports count while they are fresh; the own suspicion comes first", () => {
    const { detector, run } = drill("a", "b", "c");
    detector.report("a", { suspects: ["c", "self"], lagMs: 20 }, 0);
    run(500, ["a", "b"]);
    detector.report("b", { suspects: ["c"], lagMs: 20 }, 500);
    expect(detector.reportersOf("c")).toEqual(["a", "b"]);
    expect(detector.reportersOf("self")).toEqual(["a"]);
    expect(detector.suspects()).toEqual([]);
    run(1000, ["a", "b"]);
    expect(detector.reportersOf("c")).toEqual(["self", "a", "b"]);
    run(2000, ["a", "b"]);
    expect(detector.reportersOf("c")).toEqual(["self", "b"]);
    run(2500, ["a", "b"]);
    expect(detector.reportersOf("c")).toEqual(["self"]);
  });

  test("a report replaces what the same node said before", () => {
    const { detector } = drill("a", "b", "c");
    detector.report("a", { suspects: ["b", "c"], lagMs: 0 }, 10);
    detector.report("a", { suspects: ["b"], lagMs: 0 }, 20);
    expect(detector.reportersOf("b")).toEqual(["a"]);
    expect(detector.reportersOf("c")).toEqual([]);
  });

  test("a laggard may take back, and neither accuse nor confirm", () => {
    const { detector, run } = drill("a", "b", "c");
    detector.report("a", { suspects: ["b"], lagMs: 0 }, 10);
    detector.report("a", { suspects: ["b", "c"], lagMs: 251 }, 20);
    expect(detector.reportersOf("b")).toEqual(["a"]);
    expect(detector.reportersOf("c")).toEqual([]);
    run(2020, ["a", "b", "c"]);
    expect(detector.reportersOf("b")).toEqual([]);
    detector.report("a", { suspects: ["b"], lagMs: 0 }, 2030);
    detector.report("a", { suspects: [], lagMs: 900 }, 2040);
    expect(detector.reportersOf("b")).toEqual([]);
  });

  test("strangers report nothing, and nobody is told of strangers", () => {
    const { detector } = drill("a");
    detector.report("z", { suspects: ["a"], lagMs: 0 }, 10);
    detector.report("a", { suspects: ["z"], lagMs: 0 }, 10);
    expect(detector.reportersOf("a")).toEqual([]);
    expect(detector.reportersOf("z")).toEqual([]);
    detector.setPeers([], 20);
    detector.setPeers(["a"], 30);
    expect(detector.reportersOf("z")).toEqual([]);
  });
});

describe("whatever happens", () => {
  /** Ticks that are not late, by their distance. */
  const steps = fc.array(fc.integer({ min: 1, max: NODE_TIMEOUT_MS / 8 }), {
    minLength: 20,
    maxLength: 200,
  });

  test("on time, who answers in time is never suspected, and who is dead is, within a tick", () => {
    const gap = fc.integer({ min: 1, max: NODE_TIMEOUT_MS - NODE_TIMEOUT_MS / 8 - 1 });
    fc.assert(
      fc.property(
        steps,
        fc.array(gap, { minLength: 1, maxLength: 50 }),
        fc.nat({ max: 5000 }),
        (distances, gaps, diesAtMs) => {
          const { detector } = drill("alive", "dead");
          let nowMs = 0;
          let answersAtMs = 0;
          let answer = 0;
          let deadHeardMs = 0;
          for (const distance of distances) {
            nowMs += distance;
            while (answersAtMs <= nowMs) {
              detector.heard("alive", nowMs);
              if (answersAtMs < diesAtMs) {
                detector.heard("dead", nowMs);
                deadHeardMs = nowMs;
              }
              answersAtMs += gaps[answer % gaps.length] ?? 1;
              answer += 1;
            }
            detector.tick(nowMs);
            expect(detector.isSuspected("alive")).toBe(false);
            expect(detector.isSuspected("dead")).toBe(nowMs - deadHeardMs >= NODE_TIMEOUT_MS);
          }
        },
      ),
    );
  });

  test("after a long pause nobody is suspected before the node has listened for the node timeout", () => {
    const pauses = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: NODE_TIMEOUT_MS, max: 100_000 }),
        fc.boolean(),
      ),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(pauses, steps, (rounds, distances) => {
        const { detector } = drill("alive", "dead");
        let nowMs = 0;
        let wokeAtMs = 0;
        let isAwake = false;
        let step = 0;
        const tick = (): void => {
          nowMs += distances[(step += 1) % distances.length] ?? 1;
          detector.heard("alive", nowMs);
          detector.tick(nowMs);
          expect(detector.isSuspected("alive")).toBe(false);
          const listenedMs = nowMs - wokeAtMs;
          if (isAwake) expect(detector.isSuspected("dead")).toBe(listenedMs >= NODE_TIMEOUT_MS);
        };
        const listen = (durationMs: number): void => {
          const untilMs = nowMs + durationMs;
          for (;;) {
            if (nowMs >= untilMs) return;
            tick();
          }
        };
        for (const [listenMs, pauseMs, isTickFirst] of rounds) {
          listen(listenMs);
          nowMs += pauseMs;
          // Either the timer or the sockets come first in the first turn.
          if (!isTickFirst) detector.heard("alive", nowMs);
          detector.tick(nowMs);
          wokeAtMs = nowMs;
          isAwake = true;
          expect(detector.suspects()).toEqual([]);
        }
        listen(2 * NODE_TIMEOUT_MS);
        expect(detector.suspects()).toEqual(["dead"]);
      }),
    );
  });

  test("who is told of is told of by fresh reports of nodes that were on time, and by nobody else", () => {
    const ids = ["a", "b", "c", "self", "stranger"];
    const id = fc.constantFrom(...ids);
    const said = fc.record({
      from: id,
      suspects: fc.array(id, { maxLength: 4 }),
      lagMs: fc.integer({ min: 0, max: 500 }),
      afterMs: fc.integer({ min: 0, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 30 }), (reports) => {
        const { detector } = drill("a", "b", "c");
        const accusations: { from: string; of: readonly string[]; atMs: number }[] = [];
        let nowMs = 0;
        for (const { from, suspects, lagMs, afterMs } of reports) {
          nowMs += afterMs;
          detector.report(from, { suspects, lagMs }, nowMs);
          if (lagMs <= NODE_TIMEOUT_MS / 4) accusations.push({ from, of: suspects, atMs: nowMs });
          for (const of of ids) {
            for (const reporter of detector.reportersOf(of)) {
              const fresh = accusations.filter(
                (each) => each.from === reporter && nowMs - each.atMs < 2 * NODE_TIMEOUT_MS,
              );
              expect(fresh.at(-1)?.of).toContain(of);
            }
          }
        }
        detector.tick(nowMs + 2 * NODE_TIMEOUT_MS);
        expect(ids.flatMap((of) => detector.reportersOf(of))).toEqual([]);
      }),
    );
  });
});

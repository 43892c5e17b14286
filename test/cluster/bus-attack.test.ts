import { GenuineLoad, runAttack, startCluster, until } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: who does not know the secret of a cluster changes nothing in it and is heard by nobody, though he hears all
// that its nodes say to each other, and can change it.
// Method: four real nodes with their clients, everything that somebody can send, and a journal of what is genuine.
// `npm run attack -- --frames 1000000` is the same for longer.

const FRAMES = 50_000;
const LINKS = 30;
const WITHIN_MS = 5000;

test(
  "hostile frames by the ten thousand change no state, reach no subscriber and end each link that they touch",
  { timeout: 240_000 },
  async () => {
    const report = await runAttack({ frames: FRAMES, seed: 1 });
    expect(report.faults).toEqual([]);
    // And all of that took place.
    expect(report.frames).toBeGreaterThanOrEqual(FRAMES);
    expect([...report.bySort.keys()]).toHaveLength(7);
    expect(Object.entries(report.middle.tricks).filter(([, count]) => count === 0)).toEqual([]);
    for (const kind of ["control", "flood", "data"] as const) {
      expect([kind, report.middle.kinds[kind] > 0]).toEqual([kind, true]);
    }
    expect(report.middle.endings["by-receiver"]).toBeGreaterThan(LINKS / 2);
    const reasons = ["bad_proof", "excess_bytes", "bad_magic", "unknown_peer", "bad_mac"];
    const ended = reasons.map((reason) => [reason, (report.closes.get(reason) ?? 0) > 0]);
    expect(ended).toEqual(reasons.map((reason) => [reason, true]));
    expect(report.closes.get("too_many_handshakes")).toBeGreaterThan(0);
    expect(report.messages.published).toBeGreaterThan(0);
    expect(report.writes).toBeGreaterThan(0);
  },
);

test("the journal sees a message that nobody published, one that comes twice, and a write that is not its writer's", async () => {
  await using cluster = await startCluster();
  await using load = await GenuineLoad.start(cluster);
  await load.settle(WITHIN_MS);
  expect(load.faults).toEqual([]);
  await using somebody = await cluster.node(0).connect();
  await somebody.call("PUBLISH", "news", "forged");
  await somebody.call("PUBLISH", "news", "1 1");
  await until(() => load.faults.length === 6, {
    withinMs: WITHIN_MS,
    what: "faults of 3 subscribers",
  });
  const [key = ""] = load.keys;
  await using writer = await cluster.nodeOf(key).connect();
  await writer.call("LPUSH", key, "mine");
  await load.end();
  expect(load.faults).toContain(`${key} is not what its writer wrote`);
});

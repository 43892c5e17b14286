import { expect, test } from "vitest";
import { ScriptedCluster, type ScriptedTally } from "./scripted-cluster.ts";

// Goal: whatever breaks, no acknowledged write is lost, nothing uncommitted is shown, and all become equal again.
// Method: four nodes with the real cores under a scripted network, authority and clock (scripted-cluster.ts), which check
// the invariants after every step; one seed a run. REPLICATION_RUNS=20000 vitest run … for more of them.

const RUNS = Number(process.env["REPLICATION_RUNS"] ?? 150);
const FIRST_SEED = Number(process.env["REPLICATION_SEED"] ?? 1);

test("faults lose nothing that was acknowledged", { timeout: 3_600_000 }, () => {
  const sums: Partial<ScriptedTally> = {};
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed += 1) {
    const cluster = new ScriptedCluster(seed);
    try {
      cluster.run({ faultsMs: 5000, healingMs: 30_000 });
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const [name, count] of Object.entries(cluster.tally) as [keyof ScriptedTally, number][])
      sums[name] = (sums[name] ?? 0) + count;
  }
  // A run in which nothing happens shows nothing.
  expect(sums.acknowledged).toBeGreaterThan(50 * RUNS);
  expect(sums.promotions).toBeGreaterThan(RUNS);
  expect(sums.crashes).toBeGreaterThan(RUNS);
  expect(sums.brokenLinks).toBeGreaterThan(RUNS);
  expect(sums.denied).toBeGreaterThan(0);
});

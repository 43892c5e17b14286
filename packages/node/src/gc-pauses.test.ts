import { setImmediate as nextTurn } from "node:timers/promises";
import { EMPTY } from "@slotcast/protocol";
import { expect, test } from "vitest";
import type { Config } from "./config/config.ts";
import { loadConfig } from "./config/load-config.ts";
import { GcPauses } from "./gc-pauses.ts";
import { LatencyMonitor } from "./latency-monitor.ts";

/** So many objects that survive make a collection take milliseconds. */
const OBJECTS = 300_000;
const COLLECTS_WITHIN_MS = 20_000;

function configWith(thresholdMs: number): Config {
  const argv = ["--latency-monitor-threshold", String(thresholdMs)];
  return loadConfig({ argv, env: {}, cwd: "/", readStdin: () => EMPTY });
}

/** Makes V8 collect until the condition holds. False: it never did. */
async function collectUntil(isEnough: () => boolean): Promise<boolean> {
  const giveUpAtMs = performance.now() + COLLECTS_WITHIN_MS;
  while (!isEnough() && performance.now() < giveUpAtMs) {
    Array.from({ length: OBJECTS }, (_, at) => ({ at, text: `object ${at}` }));
    await nextTurn();
  }
  return isEnough();
}

test("a long collection of garbage is an event, also when the monitor was off in between", async () => {
  const config = configWith(1);
  const monitor = new LatencyMonitor(config);
  const pauses = new GcPauses(config, monitor);
  pauses.start();
  try {
    expect(await collectUntil(() => monitor.series("gc") !== undefined)).toBe(true);
    config.set([["latency-monitor-threshold", "0"]]);
    monitor.forget("gc");
    config.set([["latency-monitor-threshold", "1"]]);
    expect(await collectUntil(() => monitor.series("gc") !== undefined)).toBe(true);
  } finally {
    pauses.stop();
  }
});

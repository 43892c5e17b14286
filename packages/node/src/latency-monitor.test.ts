import { EMPTY } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import { LATENCY_SAMPLES_MAX } from "./limits.ts";

function monitorAbove(thresholdMs: number): LatencyMonitor {
  const argv = ["--latency-monitor-threshold", String(thresholdMs)];
  return new LatencyMonitor(loadConfig({ argv, env: {}, cwd: "/", readStdin: () => EMPTY }));
}

test("off by default: nothing is noted", () => {
  const monitor = monitorAbove(0);
  monitor.note("command", 10_000, 1000);
  expect(monitor.events).toEqual([]);
});

test("the worst of each second is kept, and the worst ever", () => {
  const monitor = monitorAbove(10);
  monitor.note("command", 9.99, 1000);
  monitor.note("command", 12.9, 1000);
  monitor.note("command", 30, 1999);
  monitor.note("command", 20, 1999);
  monitor.note("gc", 10, 2000);
  monitor.note("command", 11, 5000);
  expect(monitor.series("command")).toEqual({
    samples: [
      { atSeconds: 1, durationMs: 30 },
      { atSeconds: 5, durationMs: 11 },
    ],
    worstMs: 30,
  });
  expect(monitor.events.map(([event]) => event)).toEqual(["command", "gc"]);
  expect(monitor.series("nosuch")).toBeUndefined();
});

test("the oldest seconds go", () => {
  const monitor = monitorAbove(1);
  for (let second = 0; second <= LATENCY_SAMPLES_MAX; second += 1) {
    monitor.note("command", 5, second * 1000);
  }
  const { samples = [] } = monitor.series("command") ?? {};
  expect([samples.length, samples[0]?.atSeconds]).toEqual([LATENCY_SAMPLES_MAX, 1]);
});

test("an event is forgotten by its name in any case, once", () => {
  const monitor = monitorAbove(1);
  monitor.note("fast-command", 5, 1000);
  expect([monitor.forget("FAST-Command"), monitor.forget("fast-command")]).toEqual([true, false]);
});

import type { BenchReport } from "./bench-report.ts";
import { makeReport } from "./bench-report.ts";
import { parseBenchOptions } from "./bench-options.ts";
import { MODES, type Mode } from "./mode.ts";
import type { ResultRow } from "./result-row.ts";

/** A plausible row for tests of what is made of rows. */
export function testRow(overrides: Partial<ResultRow> = {}): ResultRow {
  return {
    server: "slotcast",
    version: "slotcast 0.1.0",
    nodes: 3,
    mode: "all",
    payloadBytes: 64,
    repeats: 1,
    publishedPerS: 100_000,
    publishedPerSMin: 90_000,
    publishedPerSMax: 110_000,
    deliveredPerS: 200_000,
    ratePerS: 50_000,
    p50Us: 300,
    p99Us: 1_200,
    p999Us: 4_000,
    latencyCurve: [0, 0.5, 0.9, 0.99, 0.999].map((share) => ({
      share,
      latencyUs: 200 / (1.001 - share) ** 0.6,
    })),
    busBytesPerMessage: 180,
    busBytesPerMessageAndLink: 90,
    busSource: "counted",
    cpuUsPerDelivery: [1.1, 1.2, 1.3],
    cpuUsPerDeliveryTotal: 3.6,
    publisherCpuShare: 0.4,
    subscriberCpuShare: 0.5,
    machineBusyShare: 0.8,
    faults: { lost: 0, duplicated: 0, outOfOrder: 0, unasked: 0 },
    disconnected: 0,
    notes: [],
    ...overrides,
  };
}

const SPEED: Readonly<Record<Mode, (nodes: number) => number>> = {
  all: (nodes) => 260_000 * nodes ** 0.2,
  interest: (nodes) => 280_000 * nodes ** 0.55,
  sharded: (nodes) => 270_000 * nodes ** 0.97,
};

/** Rows of two servers, of which the second has no interest mode. */
export function testRows(): ResultRow[] {
  return [1, 2, 3, 5].flatMap((nodes) =>
    ["slotcast", "redis-server"].flatMap((server) =>
      MODES.filter((mode) => server === "slotcast" || mode !== "interest").map((mode) => {
        const slowdown = server === "slotcast" ? 1 : 0.6;
        const links = mode === "sharded" ? 0 : mode === "all" ? nodes - 1 : (nodes - 1) * 0.4;
        const busBytesPerMessage = links * (server === "slotcast" ? 91 : 2_345);
        return testRow({
          server,
          version: server === "slotcast" ? "slotcast 0.1.0" : "redis-server 7.0.15",
          nodes,
          mode,
          deliveredPerS: SPEED[mode](nodes) * slowdown,
          publishedPerS: (SPEED[mode](nodes) * slowdown) / 2,
          busBytesPerMessage,
          busBytesPerMessageAndLink: nodes === 1 ? undefined : busBytesPerMessage / (nodes - 1),
          busSource: server === "slotcast" ? "counted" : "computed",
          latencyCurve: testRow().latencyCurve.map(({ share, latencyUs }) => ({
            share,
            latencyUs: (latencyUs * (1 + links)) / slowdown,
          })),
        });
      }),
    ),
  );
}

export function testReport(rows: readonly ResultRow[]): BenchReport {
  const options = parseBenchOptions([], {});
  if (options === "help") throw new Error("no help was asked for");
  return makeReport({
    startedAt: new Date(0),
    machine: {
      cpu: "Test <CPU>",
      cores: 2,
      memoryBytes: 8e9,
      system: "Linux test",
      node: "v24.0.0",
    },
    options,
    rows,
  });
}

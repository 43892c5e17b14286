import { linearTicks, logTicks, type Tick } from "./axis-ticks.ts";
import { formatCount, formatUs } from "./format-number.ts";
import type { ChartSeries, LineChart } from "./line-chart.ts";
import { MODE_WORDS } from "./mode.ts";
import type { ResultRow } from "./result-row.ts";

/** What the style sheet has dashes for; further servers share the last. */
const SERVER_STYLES_MAX = 3;

/** Charts of the rows of one payload size. */
export function reportCharts(rows: readonly ResultRow[]): LineChart[] {
  const nodeCounts = [...new Set(rows.map((row) => row.nodes))].toSorted((a, b) => a - b);
  return [
    throughputChart(rows),
    ...nodeCounts.map((nodes) =>
      latencyChart(
        rows.filter((row) => row.nodes === nodes),
        nodes,
      ),
    ),
    busChart(rows),
    byNodesChart(rows, {
      title: "CPU time for each delivery, by cluster size",
      yLabel: "CPU µs per delivery, all nodes together",
      valueOf: (row) => row.cpuUsPerDeliveryTotal,
    }),
  ].filter((chart) => chart.series.some(({ points }) => points.length > 0));
}

function throughputChart(rows: readonly ResultRow[]): LineChart {
  return byNodesChart(rows, {
    title: "Throughput, by cluster size",
    yLabel: "deliveries per second",
    valueOf: (row) => row.deliveredPerS,
    ideal: idealLine(rows),
  });
}

/** Values that differ by more than this share one linear axis badly. */
const LINEAR_SPAN_MAX = 20;

/**
 * Servers differ by a factor of 25 here, and 0 is the best value of all: when it must be logarithmic, the axis begins
 * at one byte, which is called 0.
 */
function busChart(rows: readonly ResultRow[]): LineChart {
  const chart = byNodesChart(rows, {
    title: "Bus bytes for each message, by cluster size",
    yLabel: "bytes between nodes per message",
    valueOf: (row) => row.busBytesPerMessage,
  });
  const values = chart.series.flatMap(({ points }) => points.map(({ y }) => y));
  const highest = Math.max(0, ...values);
  if (highest <= LINEAR_SPAN_MAX * Math.min(...values.filter((value) => value > 0))) return chart;
  return {
    ...chart,
    yLabel: "bytes per message (logarithmic)",
    yTicks: logTicks({ min: 1, max: Math.max(10, highest) }, (value) =>
      value === 1 ? "0" : formatCount(value),
    ),
    series: chart.series.map((series) => ({
      ...series,
      points: series.points.map((point) => ({ ...point, y: Math.log10(Math.max(1, point.y)) })),
    })),
  };
}

/** What the first server's smallest cluster reaches at its best, times the nodes. */
function idealLine(rows: readonly ResultRow[]): ChartSeries {
  const own = rows.filter((row) => row.server === rows[0]?.server);
  const fewest = Math.min(...own.map((row) => row.nodes));
  const best = Math.max(
    ...own.filter((row) => row.nodes === fewest).map((row) => row.deliveredPerS),
  );
  const nodeCounts = [...new Set(own.map((row) => row.nodes))].toSorted((a, b) => a - b);
  return {
    label: "ideal: grows with the nodes",
    style: "ideal",
    hasMarkers: false,
    points: nodeCounts.map((nodes) => {
      const y = (best * nodes) / fewest;
      return { x: nodes, y, hint: formatCount(y) };
    }),
  };
}

interface ByNodes {
  readonly title: string;
  readonly yLabel: string;
  readonly valueOf: (row: ResultRow) => number | undefined;
  readonly ideal?: ChartSeries;
}

function byNodesChart(rows: readonly ResultRow[], what: ByNodes): LineChart {
  const measured = seriesOf(rows).map(({ label, style, rows: own }): ChartSeries => {
    const points = own
      .toSorted((a, b) => a.nodes - b.nodes)
      .flatMap((row) => {
        const y = what.valueOf(row);
        const hint = `${formatCount(y)} with ${row.nodes} nodes`;
        return y === undefined ? [] : [{ x: row.nodes, y, hint }];
      });
    return { label, style, hasMarkers: true, points };
  });
  const series = what.ideal === undefined ? measured : [what.ideal, ...measured];
  const highest = Math.max(0, ...series.flatMap(({ points }) => points.map(({ y }) => y)));
  return {
    title: what.title,
    xLabel: "nodes",
    yLabel: what.yLabel,
    xTicks: nodeTicks(rows),
    yTicks: linearTicks(highest, formatCount),
    series,
  };
}

function nodeTicks(rows: readonly ResultRow[]): Tick[] {
  return [...new Set(rows.map((row) => row.nodes))]
    .toSorted((a, b) => a - b)
    .map((nodes) => ({ at: nodes, label: `${nodes}` }));
}

const PERCENTILE_TICKS: readonly Tick[] = [
  { at: 0, label: "0 %" },
  { at: 1, label: "90 %" },
  { at: 2, label: "99 %" },
  { at: 3, label: "99.9 %" },
  { at: 4, label: "99.99 %" },
  { at: 5, label: "99.999 %" },
];

/** The axis of HdrHistogram: equal steps for each further nine. */
function latencyChart(rows: readonly ResultRow[], nodes: number): LineChart {
  const series = seriesOf(rows).map(({ label, style, rows: own }): ChartSeries => {
    const points = own.flatMap((row) =>
      row.latencyCurve.map(({ share, latencyUs }) => ({
        x: -Math.log10(1 - share),
        y: Math.log10(Math.max(1, latencyUs)),
        hint: formatUs(latencyUs),
      })),
    );
    return { label, style, hasMarkers: false, points };
  });
  const all = series.flatMap(({ points }) => points);
  const lowest = 10 ** Math.min(...all.map(({ y }) => y), Infinity);
  const highest = 10 ** Math.max(...all.map(({ y }) => y), 0);
  const last = Math.max(1, ...all.map(({ x }) => x));
  const rate = formatCount(rows[0]?.ratePerS);
  return {
    title: `Latency with ${nodes} ${nodes === 1 ? "node" : "nodes"}, at ${rate} messages/s`,
    xLabel: "share of deliveries that arrived sooner",
    yLabel: "from scheduled send to arrival",
    xTicks: PERCENTILE_TICKS.filter(({ at }) => at < last + 1),
    yTicks:
      all.length === 0
        ? []
        : logTicks({ min: lowest, max: Math.max(highest, lowest * 10) }, formatUs),
    series,
  };
}

interface RowSeries {
  readonly label: string;
  readonly style: string;
  readonly rows: readonly ResultRow[];
}

/** Colour says the mode, dashes say the server. */
function seriesOf(rows: readonly ResultRow[]): RowSeries[] {
  const servers = [...new Set(rows.map((row) => row.server))];
  return [...Map.groupBy(rows, (row) => `${row.server}\n${row.mode}`).values()].flatMap((own) => {
    const [row] = own;
    if (row === undefined) return [];
    const server = Math.min(servers.indexOf(row.server), SERVER_STYLES_MAX - 1);
    const label = MODE_WORDS[row.mode].label;
    return [
      {
        label: servers.length === 1 ? label : `${row.server}: ${label}`,
        style: `mode-${row.mode} server-${server}`,
        rows: own,
      },
    ];
  });
}

import type { Tick } from "./axis-ticks.ts";
import { escapeHtml } from "./escape-html.ts";

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Shown when the pointer rests on it. */
  readonly hint: string;
}

export interface ChartSeries {
  readonly label: string;
  readonly points: readonly ChartPoint[];
  /** CSS class: colour and dashes are the page's business. */
  readonly style: string;
  readonly hasMarkers: boolean;
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** First and last tick are the ends of the axis. */
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly series: readonly ChartSeries[];
}

const WIDTH = 560;
const HEIGHT = 330;
const PLOT = { left: 78, right: 524, top: 14, bottom: 276 };
const MARKER_RADIUS = 3.5;
const X_TICK_LABEL_Y = PLOT.bottom + 20;
const X_LABEL_Y = HEIGHT - 10;
const LABEL_GAP = 8;
/** Half of the height of a digit: puts a label's middle at its tick. */
const DIGIT_RISE = 4;
const SERIES_INSET = 6;

/** A figure with an inline SVG and its legend. Positions are in chart units; logarithms are the caller's. */
export function renderLineChart(chart: LineChart): string {
  const xAt = scale(chart.xTicks, {
    from: PLOT.left + SERIES_INSET,
    to: PLOT.right - SERIES_INSET,
  });
  const yAt = scale(chart.yTicks, { from: PLOT.bottom, to: PLOT.top });
  const drawn = chart.series.filter(({ points }) => points.length > 0);
  const description = escapeHtml(`${chart.title}: ${chart.yLabel} by ${chart.xLabel}`);
  return `<figure>
<figcaption>${escapeHtml(chart.title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${description}">
${chart.yTicks.map((tick) => renderYTick(tick, yAt)).join("\n")}
${chart.xTicks.map((tick) => renderXTick(tick, xAt)).join("\n")}
<line class="axis" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/>
<text class="label" x="${(PLOT.left + PLOT.right) / 2}" y="${X_LABEL_Y}" text-anchor="middle">${escapeHtml(chart.xLabel)}</text>
<text class="label" transform="translate(13 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(chart.yLabel)}</text>
${drawn.map((series) => renderSeries(series, { xAt, yAt })).join("\n")}
</svg>
<ul class="legend">${drawn.map(renderLegend).join("")}</ul>
</figure>`;
}

type Scale = (value: number) => number;

function scale(ticks: readonly Tick[], pixels: { from: number; to: number }): Scale {
  const first = ticks[0]?.at ?? 0;
  const last = ticks.at(-1)?.at ?? 1;
  const span = last === first ? 1 : last - first;
  return (value) => {
    const share = Math.min(1, Math.max(0, (value - first) / span));
    return round(pixels.from + share * (pixels.to - pixels.from));
  };
}

function renderYTick(tick: Tick, yAt: Scale): string {
  const y = yAt(tick.at);
  return `<line class="grid" x1="${PLOT.left}" y1="${y}" x2="${PLOT.right}" y2="${y}"/><text class="tick" x="${PLOT.left - LABEL_GAP}" y="${y + DIGIT_RISE}" text-anchor="end">${escapeHtml(tick.label)}</text>`;
}

function renderXTick(tick: Tick, xAt: Scale): string {
  const x = xAt(tick.at);
  return `<line class="grid" x1="${x}" y1="${PLOT.top}" x2="${x}" y2="${PLOT.bottom}"/><text class="tick" x="${x}" y="${X_TICK_LABEL_Y}" text-anchor="middle">${escapeHtml(tick.label)}</text>`;
}

function renderSeries(series: ChartSeries, axes: { xAt: Scale; yAt: Scale }): string {
  const places = series.points.map(({ x, y, hint }) => ({
    x: axes.xAt(x),
    y: axes.yAt(y),
    hint: escapeHtml(`${series.label}: ${hint}`),
  }));
  const line = places.map(({ x, y }) => `${x},${y}`).join(" ");
  const markers = places.map(
    ({ x, y, hint }) =>
      `<circle cx="${x}" cy="${y}" r="${MARKER_RADIUS}"><title>${hint}</title></circle>`,
  );
  const shapes = `<polyline points="${line}"/>${series.hasMarkers ? markers.join("") : ""}`;
  return `<g class="series ${series.style}">${shapes}</g>`;
}

function renderLegend(series: ChartSeries): string {
  const swatch = `<svg viewBox="0 0 28 10" aria-hidden="true"><g class="series ${series.style}"><polyline points="1,5 27,5"/></g></svg>`;
  return `<li>${swatch}${escapeHtml(series.label)}</li>`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

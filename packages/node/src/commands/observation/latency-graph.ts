import { ascii, CommandError, EMPTY, type Bytes } from "@slotcast/protocol";
import type { LatencySample, LatencySeries } from "../../latency-monitor.ts";
import type { CommandContext } from "../handler.ts";

const COLUMNS = 80;
const ROWS = 4;
/** Heights within a row, from low to high; what reaches above its row is a bar in it. */
const LEVELS = "_o#";

/** LATENCY GRAPH event: its samples as a drawing of characters, with their ages below. */
export function latencyGraph(
  { broker, nowMs, reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  const event = argv[2] ?? EMPTY;
  const series = broker.latency.series(event);
  if (series === undefined) {
    throw new CommandError("ERR", `No samples available for event '${event}'`);
  }
  reply.verbatim(ascii(drawSeries(event, series, Math.floor(nowMs / 1000))));
}

/** Source: Redis 7.0 src/latency.c, latencyCommandGenSparkeline; src/sparkline.c. */
export function drawSeries(event: string, series: LatencySeries, nowSeconds: number): string {
  const { samples, worstMs } = series;
  const durations = samples.map(({ durationMs }) => durationMs);
  const [highMs, lowMs] = [Math.max(...durations), Math.min(...durations)];
  const head = `${event} - high ${highMs} ms, low ${lowMs} ms (all time high ${worstMs} ms)\n`;
  const pieces: string[] = [];
  for (let from = 0; from < samples.length; from += COLUMNS) {
    const columns = samples.slice(from, from + COLUMNS).map((sample) => ({
      level: levelOf(sample, lowMs, highMs),
      label: ageOf(nowSeconds - sample.atSeconds),
    }));
    pieces.push(drawColumns(columns));
  }
  return `${head}${"-".repeat(COLUMNS)}\n${pieces.join("\n")}`;
}

function levelOf({ durationMs }: LatencySample, lowMs: number, highMs: number): number {
  const steps = LEVELS.length * ROWS;
  const range = highMs === lowMs ? 1 : highMs - lowMs;
  return Math.min(steps - 1, Math.floor(((durationMs - lowMs) * steps) / range));
}

function drawColumns(
  columns: readonly { readonly level: number; readonly label: string }[],
): string {
  const lines: string[] = [];
  for (let row = ROWS - 1; row >= 0; row -= 1) {
    const chars = columns.map(({ level }) => charOf(level - row * LEVELS.length));
    lines.push(chars.join(""));
  }
  lines.push(" ".repeat(columns.length));
  const labelChars = Math.max(...columns.map(({ label }) => label.length));
  for (let at = 0; at < labelChars; at += 1) {
    lines.push(columns.map(({ label }) => label[at] ?? " ").join(""));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function charOf(levelInRow: number): string {
  if (levelInRow < 0) return " ";
  return LEVELS[levelInRow] ?? "|";
}

/** In the greatest unit that fits. */
function ageOf(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

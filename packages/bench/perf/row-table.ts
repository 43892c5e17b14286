import { formatCount, formatShare, UNKNOWN } from "../src/format-number.ts";
import { renderTextTable } from "../src/text-table.ts";
import {
  cpuRatioOf,
  faultsOf,
  medianOf,
  ratioOf,
  verdictOf,
  type Measurement,
  type Row,
  type RowSpec,
} from "./measurement.ts";

const HEAD = [
  ...["item", "what", "redis", "ours", "ratio", "of single runs", "target", ""],
  ...["CPU redis", "CPU ours", "CPU ratio", "generators"],
];
const LEFT_COLUMNS = [0, 1, 7];

export const LEGEND = `ratio: median of ours / median of redis-server; "of single runs": smallest and largest ratio of two runs back to back
CPU: of the server's processes, µs for each operation (delivery); CPU ratio: ours / redis-server, above 1 is dearer
bytes: growth of used_memory as redis-server tells it, of the resident set of ours after a forced garbage collection
generators: CPU of redis-benchmark, subscribers and readers against redis / ours, shares of their one core`;

/** A row of the table. */
export interface ItemRow extends Row {
  /** The name of the item it is part of. */
  readonly item: string;
}

/** The table, and below it what went wrong in single runs. */
export function renderRows(
  rows: readonly ItemRow[],
  style: { readonly isColoured: boolean },
): string {
  const table = renderTextTable(
    { head: HEAD, rows: rows.map(cellsOf), leftColumns: LEFT_COLUMNS },
    style,
  );
  const faults = rows.flatMap((row) =>
    faultsOf(row).map((fault) => `${row.item}, ${row.spec.what}: ${fault}`),
  );
  return [table, ...(faults.length === 0 ? [] : ["", "Faults:", ...faults])].join("\n");
}

function cellsOf(row: ItemRow): readonly string[] {
  const { item, spec, redis, ours } = row;
  const value = (runs: readonly Measurement[]): string => {
    const middle = medianOf(runs, (run) => run.value);
    return middle === undefined ? UNKNOWN : spec.format(middle);
  };
  return [
    ...[item, spec.what, value(redis), value(ours)],
    ...[ratio(ratioOf(row)), spread(row), targetText(spec), verdictText(row)],
    ...[cpuUs(redis), cpuUs(ours), ratio(cpuRatioOf(row))],
    [generators(redis), generators(ours)].join(" / "),
  ];
}

function verdictText(row: Row): string {
  const verdict = verdictOf(row);
  if (verdict === "none") return "";
  if (verdict === "ok") return "ok";
  return row.spec.target.kind === "ratio-at-least" ? "below" : "above";
}

function targetText({ target, format }: RowSpec): string {
  switch (target.kind) {
    case "ratio-at-least":
      return `>= ${target.limit.toFixed(2)} x`;
    case "ratio-at-most":
      return `<= ${target.limit.toFixed(2)} x`;
    case "ours-at-most":
      return `<= ${format(target.limit)}`;
    case "none":
      return "";
  }
}

function spread({ redis, ours }: Row): string {
  const ratios = ours.flatMap(({ value }, repeat) => {
    const other = redis[repeat]?.value ?? 0;
    return Number.isFinite(value) && other > 0 ? [value / other] : [];
  });
  if (ratios.length < 2) return "";
  return `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? UNKNOWN : value.toFixed(2);
}

function cpuUs(runs: readonly Measurement[]): string {
  const middle = medianOf(runs, (run) => run.serverCpuUs);
  return middle === undefined ? "" : `${formatCount(middle)} µs`;
}

function generators(runs: readonly Measurement[]): string {
  const middle = medianOf(runs, (run) => run.generatorShare);
  return middle === undefined ? UNKNOWN : formatShare(middle);
}

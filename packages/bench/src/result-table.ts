import type { RowRatio } from "./compare-rows.ts";
import { formatCount, formatRatio, formatShare, formatUs, UNKNOWN } from "./format-number.ts";
import { MODE_WORDS } from "./mode.ts";
import type { ResultRow } from "./result-row.ts";
import type { TextTable } from "./text-table.ts";

interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly isText?: true;
}

const RESULT_COLUMNS: readonly Column<ResultRow>[] = [
  { title: "server", cell: (row) => row.server, isText: true },
  { title: "nodes", cell: (row) => `${row.nodes}` },
  { title: "mode", cell: (row) => MODE_WORDS[row.mode].label, isText: true },
  { title: "bytes", cell: (row) => `${row.payloadBytes}` },
  { title: "msgs/s", cell: (row) => formatCount(row.publishedPerS) },
  { title: "deliv/s", cell: (row) => formatCount(row.deliveredPerS) },
  { title: "at msgs/s", cell: (row) => formatCount(row.ratePerS) },
  { title: "p50", cell: (row) => formatUs(row.p50Us) },
  { title: "p99", cell: (row) => formatUs(row.p99Us) },
  { title: "p99.9", cell: (row) => formatUs(row.p999Us) },
  { title: "bus B/msg", cell: (row) => formatBus(row, row.busBytesPerMessage) },
  { title: "per link", cell: (row) => formatBus(row, row.busBytesPerMessageAndLink) },
  { title: "CPU µs/deliv", cell: formatCpu },
  { title: "gen pub/sub", cell: formatGenerator },
  { title: "lost", cell: (row) => formatFault(row.faults?.lost) },
  { title: "dup", cell: (row) => formatFault(row.faults?.duplicated) },
  { title: "unord", cell: (row) => formatFault(row.faults?.outOfOrder) },
  { title: "notes", cell: (row) => row.notes.join(" "), isText: true },
];

const RATIO_COLUMNS: readonly Column<RowRatio>[] = [
  { title: "ratio", cell: (row) => `${row.server} / ${row.other}`, isText: true },
  { title: "nodes", cell: (row) => `${row.nodes}` },
  { title: "mode", cell: formatRatioMode, isText: true },
  { title: "bytes", cell: (row) => `${row.payloadBytes}` },
  { title: "msgs/s", cell: (row) => formatRatio(row.published) },
  { title: "deliv/s", cell: (row) => formatRatio(row.delivered) },
  { title: "p50", cell: (row) => formatRatio(row.p50) },
  { title: "p99", cell: (row) => formatRatio(row.p99) },
  { title: "bus B/msg", cell: (row) => formatRatio(row.busBytesPerMessage) },
  { title: "CPU/deliv", cell: (row) => formatRatio(row.cpuPerDelivery) },
];

export function resultTable(rows: readonly ResultRow[]): TextTable {
  return tableOf(RESULT_COLUMNS, rows);
}

export function ratioTable(ratios: readonly RowRatio[]): TextTable {
  return tableOf(RATIO_COLUMNS, ratios);
}

function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): TextTable {
  return {
    head: columns.map(({ title }) => title),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
    leftColumns: columns.flatMap(({ isText }, index) => (isText === true ? [index] : [])),
  };
}

/** `~` marks what is computed from counts of messages. */
function formatBus(row: ResultRow, bytes: number | undefined): string {
  const mark = row.busSource === "computed" && bytes !== undefined && bytes > 0 ? "~" : "";
  return mark + formatCount(bytes);
}

/** All processes together, and the range of the single ones. */
function formatCpu(row: ResultRow): string {
  const total = row.cpuUsPerDeliveryTotal;
  if (total === undefined) return UNKNOWN;
  if (row.cpuUsPerDelivery.length === 1) return formatCount(total);
  const least = formatCount(Math.min(...row.cpuUsPerDelivery));
  const most = formatCount(Math.max(...row.cpuUsPerDelivery));
  return `${formatCount(total)} (${least}–${most})`;
}

function formatGenerator(row: ResultRow): string {
  return `${formatShare(row.publisherCpuShare)} / ${formatShare(row.subscriberCpuShare)}`;
}

function formatFault(count: number | undefined): string {
  return count === undefined ? UNKNOWN : `${count}`;
}

function formatRatioMode(ratio: RowRatio): string {
  const { mode, otherMode } = ratio;
  const label = MODE_WORDS[mode].label;
  return mode === otherMode ? label : `${label} / ${MODE_WORDS[otherMode].label}`;
}

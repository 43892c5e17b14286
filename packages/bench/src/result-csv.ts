import type { ResultRow } from "./result-row.ts";

/** Column names are an interface for scripts: add at the end, never rename. Empty: not measurable. */
const COLUMNS: Readonly<Record<string, (row: ResultRow) => string | number | undefined>> = {
  server: (row) => row.server,
  version: (row) => row.version,
  nodes: (row) => row.nodes,
  mode: (row) => row.mode,
  payload_bytes: (row) => row.payloadBytes,
  repeats: (row) => row.repeats,
  published_per_s: (row) => Math.round(row.publishedPerS),
  published_per_s_min: (row) => Math.round(row.publishedPerSMin),
  published_per_s_max: (row) => Math.round(row.publishedPerSMax),
  delivered_per_s: (row) => Math.round(row.deliveredPerS),
  latency_rate_per_s: (row) => row.ratePerS,
  p50_us: (row) => row.p50Us,
  p99_us: (row) => row.p99Us,
  p999_us: (row) => row.p999Us,
  bus_bytes_per_message: (row) => rounded(row.busBytesPerMessage),
  bus_bytes_per_message_and_link: (row) => rounded(row.busBytesPerMessageAndLink),
  bus_source: (row) => row.busSource,
  cpu_us_per_delivery: (row) => rounded(row.cpuUsPerDeliveryTotal),
  cpu_us_per_delivery_by_process: (row) => row.cpuUsPerDelivery.map(rounded).join(" "),
  generator_publisher_cpu: (row) => rounded(row.publisherCpuShare),
  generator_subscriber_cpu: (row) => rounded(row.subscriberCpuShare),
  machine_busy: (row) => rounded(row.machineBusyShare),
  lost: (row) => row.faults?.lost,
  duplicated: (row) => row.faults?.duplicated,
  out_of_order: (row) => row.faults?.outOfOrder,
  unasked: (row) => row.faults?.unasked,
  disconnected: (row) => row.disconnected,
  notes: (row) => row.notes.join(" "),
};

/** RFC 4180, with line feeds. */
export function resultCsv(rows: readonly ResultRow[]): string {
  const lines = rows.map((row) =>
    Object.values(COLUMNS).map((cellOf) => quoted(String(cellOf(row) ?? ""))),
  );
  return [Object.keys(COLUMNS), ...lines].map((cells) => `${cells.join(",")}\n`).join("");
}

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(3));
}

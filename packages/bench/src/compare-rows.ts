import type { Mode } from "./mode.ts";
import type { ResultRow } from "./result-row.ts";

/** One row of the first server against the same of another: first divided by other. `undefined`: not known. */
export interface RowRatio {
  readonly server: string;
  readonly other: string;
  readonly nodes: number;
  readonly mode: Mode;
  /** What the other was measured in: a server without publish modes has `all` only. */
  readonly otherMode: Mode;
  readonly payloadBytes: number;
  readonly published: number | undefined;
  readonly delivered: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly busBytesPerMessage: number | undefined;
  readonly cpuPerDelivery: number | undefined;
}

export function compareRows(rows: readonly ResultRow[]): RowRatio[] {
  const first = rows[0]?.server;
  const others = [...new Set(rows.map((row) => row.server))].filter((server) => server !== first);
  return rows
    .filter((row) => row.server === first)
    .flatMap((row) =>
      others.flatMap((server) => {
        const other = counterpart(row, { server, rows });
        return other === undefined ? [] : [ratioOf(row, other)];
      }),
    );
}

function counterpart(
  row: ResultRow,
  { server, rows }: { readonly server: string; readonly rows: readonly ResultRow[] },
): ResultRow | undefined {
  const candidates = rows.filter(
    (other) =>
      other.server === server &&
      other.nodes === row.nodes &&
      other.payloadBytes === row.payloadBytes,
  );
  return (
    candidates.find((other) => other.mode === row.mode) ??
    (row.mode === "interest" ? candidates.find((other) => other.mode === "all") : undefined)
  );
}

function ratioOf(row: ResultRow, other: ResultRow): RowRatio {
  return {
    server: row.server,
    other: other.server,
    nodes: row.nodes,
    mode: row.mode,
    otherMode: other.mode,
    payloadBytes: row.payloadBytes,
    published: divide(row.publishedPerS, other.publishedPerS),
    delivered: divide(row.deliveredPerS, other.deliveredPerS),
    p50: divide(row.p50Us, other.p50Us),
    p99: divide(row.p99Us, other.p99Us),
    busBytesPerMessage: divide(row.busBytesPerMessage, other.busBytesPerMessage),
    cpuPerDelivery: divide(row.cpuUsPerDeliveryTotal, other.cpuUsPerDeliveryTotal),
  };
}

function divide(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by;
}

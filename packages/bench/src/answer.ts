import { formatCount, formatRatio } from "./format-number.ts";
import { MODE_WORDS } from "./mode.ts";
import type { ResultRow } from "./result-row.ts";

/**
 * Broadcast or sharded? One sentence for each server, cluster size and payload for which both were measured on more
 * than one node, and one about faults.
 */
export function answerOf(rows: readonly ResultRow[]): string[] {
  const sentences = rows
    .filter((row) => row.mode === "sharded" && row.nodes > 1)
    .flatMap((sharded) => {
      const classic = rows.filter(
        (row) =>
          row.mode !== "sharded" &&
          row.server === sharded.server &&
          row.nodes === sharded.nodes &&
          row.payloadBytes === sharded.payloadBytes,
      );
      return classic.length === 0 ? [] : [compare(sharded, classic)];
    });
  return [...sentences, faultsSentence(rows)];
}

function compare(sharded: ResultRow, classic: readonly ResultRow[]): string {
  const parts = classic.map((row) => {
    const ratio = formatRatio(sharded.deliveredPerS / row.deliveredPerS);
    return `${ratio} the deliveries of ${MODE_WORDS[row.mode].label} (${bus(row)})`;
  });
  const { server, nodes, payloadBytes } = sharded;
  return `${server}, ${nodes} nodes, ${payloadBytes} B: SPUBLISH (${bus(sharded)}) made ${parts.join(" and ")}.`;
}

function bus(row: ResultRow): string {
  return `${formatCount(row.busBytesPerMessage)} bus bytes a message`;
}

function faultsSentence(rows: readonly ResultRow[]): string {
  const checked = rows.flatMap((row) => (row.faults === undefined ? [] : [row.faults]));
  if (checked.length === 0) return "Deliveries were not checked: the payload is too small.";
  const what =
    checked.length === rows.length
      ? "Every delivery was checked"
      : "Every delivery with room for a header was checked";
  const sum = { lost: 0, duplicated: 0, outOfOrder: 0, unasked: 0 };
  for (const faults of checked) {
    sum.lost += faults.lost;
    sum.duplicated += faults.duplicated;
    sum.outOfOrder += faults.outOfOrder;
    sum.unasked += faults.unasked;
  }
  const { lost, duplicated, outOfOrder, unasked } = sum;
  return lost + duplicated + outOfOrder + unasked === 0
    ? `${what}: none lost, duplicated or out of order.`
    : `Deliveries lost: ${lost}, duplicated: ${duplicated}, out of order: ${outOfOrder}, not subscribed to: ${unasked}.`;
}

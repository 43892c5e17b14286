import { summarise } from "./durations.ts";
import type { HandOverSort } from "./hand-over.ts";
import type { StoryResult } from "./run-story.ts";

type Row = readonly [what: string, ...cells: string[]];

/** What was measured and found, a column for each cluster. */
export function storyTable(results: readonly StoryResult[]): string {
  const row = (what: string, cell: (result: StoryResult) => string): Row => [
    what,
    ...results.map(cell),
  ];
  const rows: Row[] = [
    row("", ({ cluster }) => cluster),
    row("kills", ({ kills }) => String(kills.length)),
    row("failover, ms (median / p99 / max)", ({ kills }) =>
      inWords(kills.map(({ failoverMs }) => failoverMs)),
    ),
    ...["ioredis", "node-redis"].map((library) =>
      row(`first write by ${library}, ms`, ({ kills }) =>
        inWords(kills.flatMap(({ libraryMs }) => libraryMs[library] ?? [])),
      ),
    ),
    row("whole again, ms", ({ kills }) => inWords(kills.map(({ wholeMs }) => wholeMs))),
    row("planned failover, write pause, ms", (result) => inWords(pausesOf(result, "planned"))),
    row("graceful stop, write pause, ms", (result) => inWords(pausesOf(result, "graceful stop"))),
    row("stopped primaries (replaced)", ({ pauses }) => {
      const replaced = pauses.filter(({ hasFailedOver }) => hasFailedOver);
      return `${pauses.length} (${replaced.length})`;
    }),
    ...["ioredis", "node-redis"].map((library) =>
      row(`errors shown by ${library} (hung)`, ({ errors }) => {
        const found = errors.find((one) => one.library === library);
        return `${found?.count ?? 0} (${found?.hung ?? 0})`;
      }),
    ),
    row("requests acknowledged", ({ requests }) => String(requests.acknowledged)),
    row(
      "requests refused / unknown",
      ({ requests }) => `${requests.refused} / ${requests.unknown}`,
    ),
    row("written twice by a client library", ({ resentCopies }) => String(resentCopies)),
    row("acknowledged writes lost", ({ findings }) => String(findings["lost"] ?? 0)),
    row("writes duplicated by the cluster", ({ findings }) => String(findings["duplicated"] ?? 0)),
    row("pending entries wrong", ({ findings }) => String(findings["pending"] ?? 0)),
    row("stale answers", ({ findings }) => String(findings["stale"] ?? 0)),
    row("other findings", otherFindings),
    row("seconds", ({ seconds }) => seconds.toFixed(0)),
  ];
  return renderRows(rows);
}

const NAMED = ["lost", "duplicated", "pending", "stale"];

function otherFindings({ findings }: StoryResult): string {
  const others = Object.entries(findings).filter(([sort]) => !NAMED.includes(sort));
  return others.map(([sort, count]) => `${sort} ${count}`).join(", ") || "0";
}

function pausesOf({ handOvers }: StoryResult, wanted: HandOverSort): number[] {
  return handOvers.filter(({ sort }) => sort === wanted).map(({ pauseMs }) => pauseMs);
}

function inWords(durationsMs: readonly number[]): string {
  if (durationsMs.length === 0) return "-";
  const { medianMs, p99Ms, maxMs } = summarise(durationsMs);
  return [medianMs, p99Ms, maxMs].map((ms) => ms.toFixed(0)).join(" / ");
}

function renderRows(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return lines.join("\n");
}

import type { BenchReport } from "./bench-report.ts";
import { escapeHtml } from "./escape-html.ts";
import { formatCount } from "./format-number.ts";
import { renderLineChart } from "./line-chart.ts";
import { reportCharts } from "./report-charts.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { ratioTable, resultTable } from "./result-table.ts";
import type { TextTable } from "./text-table.ts";

const BYTES_PER_GB = 1e9;

/** One page that needs nothing else: no script, no network. */
export function reportHtml(report: BenchReport): string {
  const { rows, ratios, answer, startedAt } = report;
  const payloads = [...new Set(rows.map((row) => row.payloadBytes))];
  const charts = payloads.map((payloadBytes) => {
    const own = reportCharts(rows.filter((row) => row.payloadBytes === payloadBytes));
    return `<h2>Payload of ${payloadBytes} bytes</h2>
<div class="charts">${own.map(renderLineChart).join("\n")}</div>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>slotcast bench: broadcast or sharded?</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<h1>Broadcast or sharded?</h1>
<p class="soft">slotcast bench, ${escapeHtml(startedAt)}</p>
<div class="answer">${answer.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("")}</div>
${charts.join("\n")}
<h2>All rows</h2>
${renderTable(resultTable(rows))}
<p class="soft">Latency is measured at a fixed rate from the scheduled send to the arrival. CPU is the sum over all server
processes, with the range of the single ones. “gen” is the load generator’s share of a core. “~” marks bus bytes
computed as messages × (2264 + channel + payload), since the server does not count them.</p>
${ratios.length === 0 ? "" : `<h2>Side by side</h2>\n${renderTable(ratioTable(ratios))}`}
<h2>Measured on</h2>
${renderFacts(factsOf(report))}
</body>
</html>
`;
}

function factsOf({ machine, rows, options }: BenchReport): [string, string][] {
  const { channelsPerNode, publishersPerNode, subscribersPerNode, pipeline, seconds } = options;
  return [
    ["CPU", `${machine.cores} x ${machine.cpu}`],
    ["Memory", `${(machine.memoryBytes / BYTES_PER_GB).toFixed(1)} GB`],
    ["System", machine.system],
    ["Node.js", machine.node],
    ["Servers", [...new Set(rows.map((row) => `${row.server} (${row.version})`))].join(", ")],
    [
      "Load for each node",
      `${channelsPerNode} channels, ${publishersPerNode} publishers, ${subscribersPerNode} subscribers`,
    ],
    ["Throughput phase", `pipeline ${pipeline}, ${seconds} s, ${options.repeats} run(s)`],
    ["Latency phase", `${formatCount(rows[0]?.ratePerS)} messages/s at first, ${seconds} s`],
    ["Load threads", `${options.threads} for publishers, ${options.threads} for subscribers`],
  ];
}

function renderFacts(facts: readonly [string, string][]): string {
  const lines = facts.map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  return `<dl>${lines.join("")}</dl>`;
}

function renderTable(table: TextTable): string {
  const cells = (tag: "th" | "td", texts: readonly string[]): string =>
    texts
      .map((text, column) => {
        const style = table.leftColumns.includes(column) ? ' class="text"' : "";
        return `<${tag}${style}>${escapeHtml(text)}</${tag}>`;
      })
      .join("");
  const body = table.rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<div class="table"><table><thead><tr>${cells("th", table.head)}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}

import { describe, expect, test } from "vitest";
import { answerOf } from "./answer.ts";
import { linearTicks, logTicks } from "./axis-ticks.ts";
import { compareRows } from "./compare-rows.ts";
import { formatCount, formatUs } from "./format-number.ts";
import { reportHtml } from "./report-html.ts";
import { resultCsv } from "./result-csv.ts";
import { ratioTable, resultTable } from "./result-table.ts";
import { testReport, testRow, testRows } from "./test-rows.ts";
import { renderTextTable } from "./text-table.ts";

const ESCAPE = String.fromCharCode(27);

describe("compareRows", () => {
  test("divides each row of the first server by the same of the other", () => {
    const rows = [
      testRow({ server: "a", publishedPerS: 300, p50Us: 10 }),
      testRow({ server: "b", publishedPerS: 100, p50Us: 40 }),
    ];
    expect(compareRows(rows)).toMatchObject([{ server: "a", other: "b", published: 3, p50: 0.25 }]);
  });

  test("sets interest against the only PUBLISH a server without it has", () => {
    const interest = compareRows(testRows()).filter(({ mode }) => mode === "interest");
    expect(interest).toHaveLength(4);
    expect(interest.every(({ otherMode }) => otherMode === "all")).toBe(true);
  });

  test("has nothing to say about one server", () => {
    expect(compareRows([testRow(), testRow({ mode: "sharded" })])).toEqual([]);
  });
});

describe("answerOf", () => {
  test("compares sharded with broadcast where both were measured on several nodes", () => {
    const rows = [
      testRow({ mode: "all", deliveredPerS: 100_000, busBytesPerMessage: 181 }),
      testRow({ mode: "sharded", deliveredPerS: 250_000, busBytesPerMessage: 0 }),
    ];
    expect(answerOf(rows)).toEqual([
      "slotcast, 3 nodes, 64 B: SPUBLISH (0 bus bytes a message) made 2.50 x the deliveries of PUBLISH all (181 bus bytes a message).",
      "Every delivery was checked: none lost, duplicated or out of order.",
    ]);
  });

  test("adds up the faults of all rows", () => {
    const faults = { lost: 2, duplicated: 0, outOfOrder: 1, unasked: 0 };
    expect(answerOf([testRow({ faults }), testRow({ faults })]).at(-1)).toBe(
      "Deliveries lost: 4, duplicated: 0, out of order: 2, not subscribed to: 0.",
    );
  });

  test("does not claim to have checked what it could not", () => {
    expect(answerOf([testRow({ faults: undefined })])).toEqual([
      "Deliveries were not checked: the payload is too small.",
    ]);
  });
});

describe("the tables", () => {
  test("have lines of equal shape and a title for each column", () => {
    const [head = "", first = ""] = renderTextTable(resultTable([testRow()]), {
      isColoured: false,
    }).split("\n");
    expect(head).toContain("CPU µs/deliv");
    expect(first).toContain("3.6 (1.1–1.3)");
    expect(first.indexOf("PUBLISH all")).toBe(head.indexOf("mode"));
  });

  test("have a bold head only where colours are wanted", () => {
    const table = ratioTable(compareRows(testRows()));
    expect(renderTextTable(table, { isColoured: true })).toContain(`${ESCAPE}[1m`);
    expect(renderTextTable(table, { isColoured: false })).not.toContain(ESCAPE);
  });

  test("mark computed bus bytes", () => {
    const table = renderTextTable(resultTable([testRow({ busSource: "computed" })]), {
      isColoured: false,
    });
    expect(table).toContain("~180");
  });
});

describe("resultCsv", () => {
  test("has as many cells in each line as in the head, and quotes what needs it", () => {
    const csv = resultCsv([
      testRow({ server: "redis-server --a", version: 'x "1", y' }),
      testRow(),
    ]);
    const [head = "", first = "", second = ""] = csv.split("\n");
    expect(first).toContain('redis-server --a,"x ""1"", y",3,all,64');
    expect(second.split(",")).toHaveLength(head.split(",").length);
  });

  test("leaves cells empty that could not be measured", () => {
    const csv = resultCsv([testRow({ p50Us: undefined, p99Us: undefined, p999Us: undefined })]);
    expect(csv).toContain("50000,,,,180");
  });
});

describe("reportHtml", () => {
  const page = reportHtml(testReport(testRows()));

  test("needs nothing but itself", () => {
    expect(page).not.toMatch(/<script|<link|<img|https?:|@import|url\(/);
  });

  test("draws throughput with an ideal line, latency for each cluster size, bus bytes and CPU", () => {
    const titles = [...page.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      "Throughput, by cluster size",
      "Latency with 1 node, at 50 k messages/s",
      "Latency with 2 nodes, at 50 k messages/s",
      "Latency with 3 nodes, at 50 k messages/s",
      "Latency with 5 nodes, at 50 k messages/s",
      "Bus bytes for each message, by cluster size",
      "CPU time for each delivery, by cluster size",
    ]);
    expect(page).toContain("ideal: grows with the nodes");
  });

  test("puts only finite positions into its plots, also when nothing was measured", () => {
    const empty = testRow({
      latencyCurve: [],
      busBytesPerMessage: undefined,
      cpuUsPerDeliveryTotal: undefined,
      deliveredPerS: 0,
    });
    for (const html of [page, reportHtml(testReport([empty])), reportHtml(testReport([]))]) {
      expect(html).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test("escapes what comes from outside", () => {
    expect(page).toContain("Test &lt;CPU&gt;");
    expect(reportHtml(testReport([testRow({ server: "<b>" })]))).not.toContain("<b>");
  });
});

describe("axis ticks", () => {
  test("are round and reach beyond the highest value", () => {
    const ticks = linearTicks(430_000, formatCount);
    expect(ticks.map(({ label }) => label)).toEqual([
      "0",
      "100 k",
      "200 k",
      "300 k",
      "400 k",
      "500 k",
    ]);
  });

  test("are powers of ten and their halves between the ends of a logarithmic range", () => {
    const ticks = logTicks({ min: 130, max: 4_000 }, formatUs);
    expect(ticks.map(({ label }) => label)).toEqual([
      "100 µs",
      "200 µs",
      "500 µs",
      "1 ms",
      "2 ms",
      "5 ms",
    ]);
  });

  test("are the powers alone when the range is wide", () => {
    const ticks = logTicks({ min: 130, max: 2_000_000 }, formatUs);
    expect(ticks.map(({ label }) => label)).toEqual([
      "100 µs",
      "1 ms",
      "10 ms",
      "100 ms",
      "1 s",
      "10 s",
    ]);
  });
});

describe("formatCount", () => {
  test.each([
    [0, "0"],
    [0.254, "0.25"],
    [17, "17"],
    [999.9, "1 k"],
    [1_234, "1.23 k"],
    [999_950, "1 M"],
    [2_500_000, "2.5 M"],
    [undefined, "–"],
  ])("shows %s as %s", (value, text) => {
    expect(formatCount(value)).toBe(text);
  });
});

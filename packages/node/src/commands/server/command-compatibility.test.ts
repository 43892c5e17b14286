import { readFileSync } from "node:fs";
import { COMMANDS } from "@slotcast/protocol";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../../../docs/compatibility.md", import.meta.url), "utf8");
/** `| \`CLIENT KILL\` | partly | why |` */
const PAGE_ROW = /^\| `(?<command>[^`]+)` \| (?<status>[^|]*) \|(?<note>[^|]*)\|$/gm;
const rows = [...page.matchAll(PAGE_ROW)].map(({ groups = {} }) => ({
  name: (groups["command"] ?? "").toLowerCase().replace(" ", "|"),
  status: groups["status"] ?? "",
  note: (groups["note"] ?? "").trim(),
}));

test("docs/compatibility.md has each command of the table once, and no other", () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

test("every line of its tables is understood", () => {
  const lines = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toHaveLength(lines.length);
});

test("every status is one that the page explains", () => {
  const explained = [...page.matchAll(/^- \*\*(\w+)\*\*:/gm)].map(([, status]) => status);
  expect(explained).toEqual(["supported", "partly", "differs"]);
  expect(rows.filter(({ status }) => !explained.includes(status))).toEqual([]);
});

test("a command that is not wholly supported says why", () => {
  expect(rows.filter(({ status, note }) => status !== "supported" && note === "")).toEqual([]);
});

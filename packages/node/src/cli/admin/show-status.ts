import { SLOTS } from "@slotcast/protocol";
import { nameOf } from "../../cluster/cluster-problems.ts";
import type { ClusterStatus, NodeStatus, ShardStatus } from "../../cluster/cluster-status.ts";
import type { Style } from "../style.ts";
import { membersOf, shortId } from "./find-member.ts";

/** A status for people: a headline, a line for each node, and what is wrong. */
export function showStatus(status: ClusterStatus, style: Style): string {
  const { bold } = style;
  const members = membersOf(status);
  const name = (id: string): string => {
    const member = members.find(({ node }) => node.id === id);
    return member === undefined ? shortId(id) : nameOf(member.node);
  };
  const { voters, problems, slotsAssigned, currentEpoch, factsVersion } = status;
  const cluster = status.clusterId === "" ? "none" : shortId(status.clusterId);
  const leader = voters.leader === null ? "nobody leads" : `${name(voters.leader)} leads`;
  const lines = [
    `${bold("cluster")} ${cluster} is ${paintState(status.state, style)}: ${slotsAssigned} of ${SLOTS} slots have an owner (epoch ${currentEpoch}, facts ${factsVersion})`,
    `${bold("voters")}  ${voters.nodes.map(name).join(", ")} (${leader}${voters.hasQuorum ? "" : ", no majority is heard"})`,
    "",
    ...table([HEADINGS, ...status.shards.flatMap((shard) => rowsOf(shard, style))], style),
  ];
  if (problems.length > 0) {
    lines.push("", bold("problems"));
    for (const { severity, shard, text } of problems) {
      const paint = severity === "error" ? style.alarm : style.warn;
      const where = shard === undefined ? "" : `shard ${shortId(shard)}: `;
      lines.push(`  ${paint(severity.padEnd("warning".length))}  ${where}${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const HEADINGS: readonly Cell[] = [
  ...["SHARD", "NODE", "ADDRESS", "ROLE", "IN SYNC", "VOTER", "HEALTH", "LAG", "SLOTS"],
].map(plain);

function plain(text: string): Cell {
  return { text };
}

function rowsOf(shard: ShardStatus, style: Style): (readonly Cell[])[] {
  return shard.nodes.map((node, index) => [
    plain(index === 0 ? shortId(shard.id) : ""),
    plain(node.name === "" ? shortId(node.id) : node.name),
    plain(nameOf({ ...node, name: "" })),
    node.role === "primary" ? { text: node.role, paint: style.bold } : plain(node.role),
    node.isInSync ? plain("yes") : { text: "no", paint: style.warn },
    plain(node.isVoter ? "yes" : ""),
    healthCell(node, style),
    plain(lagOf(node)),
    plain(index === 0 ? formatSlots(shard.slots) : ""),
  ]);
}

function healthCell({ health, suspectedBy }: NodeStatus, style: Style): Cell {
  switch (health) {
    case "online":
      return { text: health };
    case "loading":
      return { text: health, paint: style.warn };
    case "suspected":
    case "failed": {
      const paint = health === "failed" ? style.alarm : style.warn;
      return { text: `${health} (by ${suspectedBy.length})`, paint };
    }
  }
}

function lagOf({ role, lagBytes, lagMs }: NodeStatus): string {
  if (role === "primary") return "";
  const bytes = lagBytes === null ? "?" : formatBytes(lagBytes);
  return lagMs === null ? bytes : `${bytes}, ${lagMs} ms`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** More are cut: the JSON has them all. */
const RANGES_SHOWN_MAX = 4;

function formatSlots(slots: ShardStatus["slots"]): string {
  const shown = slots
    .slice(0, RANGES_SHOWN_MAX)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return [...shown, ...(slots.length > RANGES_SHOWN_MAX ? ["…"] : [])].join(" ");
}

function paintState(state: ClusterStatus["state"], { bold, warn, alarm }: Style): string {
  if (state === "ok") return bold(state);
  return state === "degraded" ? warn(state) : alarm(state);
}

/** Columns below each other, two spaces between them. Painted after they are filled up: colours have no width. */
function table(rows: readonly (readonly Cell[])[], { dim }: Style): string[] {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.text.length ?? 0)),
  );
  return rows.map((cells, row) => {
    const filled = cells.map(({ text, paint = (same) => same }, column) => {
      const gap = " ".repeat((widths[column] ?? 0) - text.length);
      return `${paint(text)}${column === cells.length - 1 ? "" : gap}`;
    });
    const line = filled.join("  ").trimEnd();
    return row === 0 ? dim(line) : line;
  });
}

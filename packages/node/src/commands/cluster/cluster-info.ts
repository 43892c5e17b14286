import { ascii } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/** CLUSTER INFO. Reply: `name:value` lines, first those of Redis in its order, then those only we have. */
export function clusterInfo(context: CommandContext): void {
  const cluster = clusterOf(context);
  const lines = [...cluster.stateLines(), ...cluster.infoLines()];
  context.reply.verbatim(ascii(lines.map(([name, value]) => `${name}:${value}\r\n`).join("")));
}

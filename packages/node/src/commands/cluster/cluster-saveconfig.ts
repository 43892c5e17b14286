import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { answerWhenDone } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";

/** CLUSTER SAVECONFIG. Reply: OK when what this node knows of the cluster is on disk. */
export function clusterSaveconfig(context: CommandContext, argv: readonly Bytes[]): void {
  const { admin } = clusterOf(context);
  answerWhenDone(context, argv, admin.saveConfig());
}

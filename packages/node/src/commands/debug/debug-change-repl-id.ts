import { randomBytes } from "node:crypto";
import type { CommandContext } from "../handler.ts";

/** DEBUG CHANGE-REPL-ID: another name for the history of changes, as after a failover. */
export function debugChangeReplId({ broker, reply }: CommandContext): void {
  broker.replicationId = randomBytes(20).toString("hex");
  broker.standalone?.changeHistory();
  reply.ok();
}

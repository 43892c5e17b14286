import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const WORDS: ReadonlySet<string> = new Set(["nosave", "save", "now", "force", "abort"]);
const NOT_STOPPING = new CommandError("ERR", "No shutdown in progress.");
const CANNOT_SAVE = new CommandError("ERR", "Errors trying to SHUTDOWN. Check logs.");

/**
 * SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE], or SHUTDOWN ABORT. No reply but an error: the connection ends.
 *
 * Differs from Redis (docs/divergence.md): nothing is ever saved, so SAVE is an error unless FORCE says to
 * stop in any case; a stop waits for no replica, so NOW changes nothing and ABORT always comes too late.
 * Source: Redis 7.0 src/db.c, shutdownCommand.
 */
export function shutdown({ broker, client }: CommandContext, argv: readonly Bytes[]): void {
  const words = new Set<string>(argv.slice(1).map(lower));
  for (const word of words) if (!WORDS.has(word)) throw SYNTAX_ERROR;
  if (words.has("abort") ? words.size > 1 : words.has("save") && words.has("nosave")) {
    throw SYNTAX_ERROR;
  }
  if (words.has("abort")) throw NOT_STOPPING;
  if (words.has("save") && !words.has("force")) {
    broker.logger.warn({ client: client.id }, "SHUTDOWN SAVE refused: this node does not persist");
    throw CANNOT_SAVE;
  }
  broker.logger.info({ client: client.id }, "SHUTDOWN received");
  // What the client sent after it must not run while the node stops.
  client.isStopped = true;
  broker.shutDown();
}

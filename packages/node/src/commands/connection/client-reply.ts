import { CommandError, EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { Restriction } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";

const NOT_IN_TRANSACTION = new CommandError("ERR", "Command not allowed inside a transaction");

/**
 * CLIENT REPLY <ON | OFF | SKIP>. Only ON is answered, whatever was in force before. OFF drops all replies,
 * SKIP that of the next request; messages of subscriptions go on.
 */
export function clientReply(context: CommandContext, argv: readonly Bytes[]): void {
  const { client, reply } = context;
  // The array of EXEC would miss a part.
  if (context.isInTransaction) throw NOT_IN_TRANSACTION;
  switch (lower(argv[2] ?? EMPTY)) {
    case "on":
      client.restrictions &= ~(Restriction.muted | Restriction.muteNext);
      reply.to = client;
      reply.ok();
      return;
    case "off":
      client.restrictions |= Restriction.muted;
      return;
    case "skip":
      if ((client.restrictions & Restriction.muted) === 0) {
        client.restrictions |= Restriction.muteNext;
      }
      return;
    default:
      throw SYNTAX_ERROR;
  }
}

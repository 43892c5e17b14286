import { ascii, CommandError, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { parseClientFilter, type IdRules } from "./client-filter.ts";
import { clientLine } from "./client-line.ts";

const BAD_ID = new CommandError("ERR", "Invalid client ID");
/** Of Redis 7.0, where nothing but ids may follow ID, and one that nobody has is no mistake. */
const ID_RULES: IdRules = { notAnId: BAD_ID, afterIds: BAD_ID, idMin: -(2n ** 63n) };

/**
 * CLIENT LIST [<option> <value> …]: those that meet all options (client-filter.ts). Reply: a line per client, oldest
 * first; asked by ID, in the order asked.
 */
export function clientList(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, nowMs, reply } = context;
  const lines = chosen(context, argv.slice(2)).map(
    (connection) => `${clientLine(broker, connection, nowMs)}\n`,
  );
  reply.verbatim(ascii(lines.join("")));
}

/** CLIENT INFO: this client's line. */
export function clientInfo({ broker, client, nowMs, reply }: CommandContext): void {
  reply.verbatim(ascii(`${clientLine(broker, client, nowMs)}\n`));
}

function chosen({ broker, client, nowMs }: CommandContext, words: readonly Bytes[]): Connection[] {
  if (words.length === 1) throw SYNTAX_ERROR;
  const filter = parseClientFilter(words, { broker, nowMs, idRules: ID_RULES });
  const { clients } = broker;
  const candidates = filter.ids?.flatMap((id) => clients.get(id) ?? []) ?? [...clients.all()];
  return candidates.filter(
    (connection) =>
      !connection.isClosed &&
      !(filter.skipsMe === true && connection === client) &&
      filter.matches(connection),
  );
}

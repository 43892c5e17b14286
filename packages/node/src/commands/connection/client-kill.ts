import { CommandError, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { parseClientFilter, type IdRules } from "./client-filter.ts";

const BAD_ID = new CommandError("ERR", "client-id should be greater than 0");
const ID_RULES: IdRules = { notAnId: BAD_ID, afterIds: SYNTAX_ERROR, idMin: 1n };
const NO_SUCH_CLIENT = new CommandError("ERR", "No such client");

/**
 * CLIENT KILL ip:port, or CLIENT KILL <option> <value> …: those that meet all options (client-filter.ts).
 *
 * Reply: OK for the first form, which may kill oneself; for the second how many were killed, oneself only
 * after SKIPME NO. Who kills himself gets the reply first. Source: Redis 7.0 src/networking.c, clientCommand.
 */
export function clientKill(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, client, nowMs, reply } = context;
  const [, , address, ...rest] = argv;
  if (address !== undefined && rest.length === 0) {
    if (killMatching(context, (connection) => connection.address === address) === 0) {
      throw NO_SUCH_CLIENT;
    }
    reply.ok();
    return;
  }
  const filter = parseClientFilter(argv.slice(2), { broker, nowMs, idRules: ID_RULES });
  const skipsMe = filter.skipsMe ?? true;
  reply.integer(
    killMatching(
      context,
      (connection) => !(skipsMe && connection === client) && filter.matches(connection),
    ),
  );
}

function killMatching(
  { broker, client }: CommandContext,
  matches: (connection: Connection) => boolean,
): number {
  let killed = 0;
  for (const connection of broker.clients.all()) {
    if (connection.isClosed || !matches(connection)) continue;
    broker.kill(connection, { afterReply: connection === client });
    killed += 1;
  }
  return killed;
}

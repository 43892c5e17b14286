import { CommandError, EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { DEFAULT_USER } from "./authentication.ts";
import { clientTypeOf, parseClientType, type ClientType } from "./client-type.ts";

const BAD_ID = new CommandError("ERR", "client-id should be greater than 0");
const NO_SUCH_CLIENT = new CommandError("ERR", "No such client");

/** Whom to kill: who meets all that is given. Everybody is the `default` user, so USER chooses nobody out. */
interface KillFilter {
  id?: number;
  type?: ClientType;
  address?: Bytes;
  localAddress?: Bytes;
  skipsMe: boolean;
}

/**
 * CLIENT KILL ip:port, or CLIENT KILL <ID id | TYPE type | USER name | ADDR ip:port | LADDR ip:port | SKIPME YES|NO> ...
 *
 * Reply: OK for the first form, which may kill oneself; for the second how many were killed, oneself only
 * after SKIPME NO. Who kills himself gets the reply first. Source: Redis 7.0 src/networking.c, clientCommand.
 */
export function clientKill(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const [, , address, ...rest] = argv;
  if (address !== undefined && rest.length === 0) {
    if (killMatching(context, { address, skipsMe: false }) === 0) throw NO_SUCH_CLIENT;
    reply.ok();
    return;
  }
  reply.integer(killMatching(context, parseFilter(argv.slice(2))));
}

function killMatching({ broker, client }: CommandContext, filter: KillFilter): number {
  let killed = 0;
  for (const connection of broker.clients.all()) {
    if (connection.isClosed || !matches(connection, filter)) continue;
    if (connection === client && filter.skipsMe) continue;
    broker.kill(connection, { afterReply: connection === client });
    killed += 1;
  }
  return killed;
}

function matches(connection: Connection, filter: KillFilter): boolean {
  const { id, type, address, localAddress } = filter;
  return (
    (id === undefined || connection.id === id) &&
    (type === undefined || clientTypeOf(connection) === type) &&
    (address === undefined || connection.address === address) &&
    (localAddress === undefined || connection.localAddress === localAddress)
  );
}

function parseFilter(words: readonly Bytes[]): KillFilter {
  const filter: KillFilter = { skipsMe: true };
  for (let index = 0; index < words.length; index += 2) {
    const [option = EMPTY, value] = words.slice(index, index + 2);
    if (value === undefined) throw SYNTAX_ERROR;
    setOption(filter, lower(option), value);
  }
  return filter;
}

function setOption(filter: KillFilter, option: string, value: Bytes): void {
  switch (option) {
    case "id":
      filter.id = parseId(value);
      return;
    case "type":
      filter.type = parseClientType(value);
      return;
    case "addr":
      filter.address = value;
      return;
    case "laddr":
      filter.localAddress = value;
      return;
    case "user":
      if (value !== DEFAULT_USER) throw new CommandError("ERR", `No such user '${value}'`);
      return;
    case "skipme":
      filter.skipsMe = parseYesOrNo(value);
      return;
    default:
      throw SYNTAX_ERROR;
  }
}

function parseId(word: Bytes): number {
  const id = parseInt64(word);
  if (id === undefined || id <= 0) throw BAD_ID;
  return Number(id);
}

function parseYesOrNo(word: Bytes): boolean {
  const known = lower(word);
  if (known !== "yes" && known !== "no") throw SYNTAX_ERROR;
  return known === "yes";
}

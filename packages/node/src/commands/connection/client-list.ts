import { ascii, CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { clientLine } from "./client-line.ts";
import { clientTypeOf, parseClientType } from "./client-type.ts";

const BAD_ID = new CommandError("ERR", "Invalid client ID");

/** CLIENT LIST [TYPE type | ID id ...]. Reply: a line per client, oldest first; asked by id, in the order asked. */
export function clientList(context: CommandContext, argv: readonly Bytes[]): void {
  const lines = chosen(context, argv)
    .filter(({ isClosed }) => !isClosed)
    .map((connection) => `${clientLine(connection, context.nowMs)}\n`);
  context.reply.verbatim(ascii(lines.join("")));
}

/** CLIENT INFO: this client's line. */
export function clientInfo({ client, nowMs, reply }: CommandContext): void {
  reply.verbatim(ascii(`${clientLine(client, nowMs)}\n`));
}

function chosen(
  { broker: { clients } }: CommandContext,
  argv: readonly Bytes[],
): readonly Connection[] {
  const [, , filter, ...words] = argv;
  if (filter === undefined) return [...clients.all()];
  const [first] = words;
  if (first === undefined) throw SYNTAX_ERROR;
  const kind = lower(filter);
  if (kind === "type" && words.length === 1) {
    const type = parseClientType(first);
    return [...clients.all()].filter((connection) => clientTypeOf(connection) === type);
  }
  if (kind !== "id") throw SYNTAX_ERROR;
  return words.map(parseId).flatMap((id) => clients.get(id) ?? []);
}

function parseId(word: Bytes): number {
  const id = parseInt64(word);
  if (id === undefined) throw BAD_ID;
  return Number(id);
}

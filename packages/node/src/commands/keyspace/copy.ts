import { ascii, CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { cloneValue, type KeyTable } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt32 } from "../parse-int32.ts";
import { announceOverwritten } from "./announce-overwritten.ts";
import { databaseAt } from "./database-at.ts";
import { placeEntry } from "./place-entry.ts";
import { SAME_OBJECTS } from "./same-objects.ts";

const NOT_IN_CLUSTER = new CommandError(
  "ERR",
  "Copying to another database is not allowed in cluster mode",
);

/**
 * COPY source destination [DB n] [REPLACE]: value and expiry. Reply: 1; 0 when there is no source, or there is a
 * destination and no REPLACE. Source: Redis 7.0 src/db.c, copyCommand.
 */
export function copy(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, keys, nowMs, reply } = context;
  const [, from, to] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const { target, replace } = parseOptions(context, argv);
  if (target === keys && from === to) throw SAME_OBJECTS;
  const value = keys.read(from, nowMs);
  const before = value === undefined ? undefined : target.peek(to, nowMs);
  if (value === undefined || (before !== undefined && !replace)) {
    reply.integer(0);
    return;
  }
  const copied = cloneValue(value);
  placeEntry(broker, target, to, { value: copied, expiresAtMs: keys.expiryOf(from) });
  const database = target === keys ? [] : [ascii("DB"), ascii(String(target.index))];
  context.effects?.append([ascii("COPY"), from, to, ...database, ascii("REPLACE")]);
  if (broker.events.isOn) broker.events.notify(target, "generic", "copy_to", to);
  announceOverwritten(broker.events, target, to, { before, after: copied });
  reply.integer(1);
}

function parseOptions(
  { broker, client, keys }: CommandContext,
  argv: readonly Bytes[],
): { readonly target: KeyTable; readonly replace: boolean } {
  let target = keys;
  let database = client.database;
  let replace = false;
  for (let index = 3; index < argv.length; index += 1) {
    const word: string = lower(argv[index] as Bytes); // below length
    const next = argv[index + 1];
    if (word === "replace") {
      replace = true;
    } else if (word === "db" && next !== undefined) {
      database = parseInt32(next);
      target = databaseAt(broker, database);
      index += 1;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (broker.cluster === undefined) return { target, replace };
  if (database !== 0) throw NOT_IN_CLUSTER;
  return { target: keys, replace };
}

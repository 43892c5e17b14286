import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandLog } from "../../command-log.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

const BAD_COUNT = new CommandError("ERR", "count should be greater than or equal to -1");

/** How many entries were asked for; -1 means all of them. */
export function parseCount(argument: Bytes): number {
  const count = parseInteger(argument);
  if (count === undefined || count < -1) throw BAD_COUNT;
  return count === -1 ? Number.POSITIVE_INFINITY : count;
}

/** The newest entries first, each of six fields. Source: Redis 7.0 src/slowlog.c, slowlogCommand. */
export function replyWithEntries({ reply }: CommandContext, log: CommandLog, count: number): void {
  const entries = log.newest(count);
  reply.array(entries.length);
  for (const { id, atSeconds, value, argv, address, clientName } of entries) {
    reply.array(6);
    reply.integer(id);
    reply.integer(atSeconds);
    reply.integer(value);
    reply.array(argv.length);
    for (const argument of argv) reply.bulk(argument);
    reply.bulk(ascii(address));
    reply.bulk(clientName);
  }
}

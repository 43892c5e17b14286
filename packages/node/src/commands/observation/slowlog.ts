import { ascii, type Bytes } from "@slotcast/protocol";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import { makeHelp } from "../help.ts";
import type { CommandContext, Handler } from "../handler.ts";
import { parseCount, replyWithEntries } from "./log-replies.ts";

/** What SLOWLOG GET shows when it is not told how many. */
const DEFAULT_COUNT = ascii("10");

/** SLOWLOG GET [count]: the latest commands that took longer than `slowlog-log-slower-than`. */
export function slowlogGet(context: CommandContext, argv: readonly Bytes[]): void {
  if (argv.length > 3) throw wrongSubcommandArity(argv);
  replyWithEntries(context, context.broker.commandLogs.slow, parseCount(argv[2] ?? DEFAULT_COUNT));
}

export function slowlogLen({ broker, reply }: CommandContext): void {
  reply.integer(broker.commandLogs.slow.length);
}

export function slowlogReset({ broker, reply }: CommandContext): void {
  broker.commandLogs.slow.reset();
  reply.ok();
}

export const slowlogHelp: Handler = makeHelp("SLOWLOG", [
  "GET [<count>]",
  "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
  "    Entries are made of:",
  "    id, timestamp, time in microseconds, arguments array, client IP and port,",
  "    client name",
  "LEN",
  "    Return the length of the slowlog.",
  "RESET",
  "    Reset the slowlog.",
]);

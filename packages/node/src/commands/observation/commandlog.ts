import { CommandError, EMPTY, lower, type Bytes } from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import type { CommandLog } from "../../command-log.ts";
import { makeHelp } from "../help.ts";
import type { CommandContext, Handler } from "../handler.ts";
import { parseCount, replyWithEntries } from "./log-replies.ts";

const UNKNOWN_LOG = new CommandError(
  "ERR",
  "type should be one of the following: slow, large-request, large-reply",
);

/** COMMANDLOG GET count slow | large-request | large-reply. Source: Valkey 8.1 src/commandlog.c, as all here. */
export function commandlogGet(context: CommandContext, argv: readonly Bytes[]): void {
  const count = parseCount(argv[2] ?? EMPTY);
  replyWithEntries(context, logNamed(context.broker, argv[3]), count);
}

export function commandlogLen({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  reply.integer(logNamed(broker, argv[2]).length);
}

export function commandlogReset({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  logNamed(broker, argv[2]).reset();
  reply.ok();
}

export const commandlogHelp: Handler = makeHelp("COMMANDLOG", [
  "GET <count> <type>",
  "    Return top <count> entries of the specified <type> from the commandlog (-1 mean all).",
  "    Entries are made of:",
  "    id, timestamp,",
  "        time in microseconds for type of slow,",
  "        or size in bytes for type of large-request,",
  "        or size in bytes for type of large-reply",
  "    arguments array, client IP and port,",
  "    client name",
  "LEN <type>",
  "    Return the length of the specified type of commandlog.",
  "RESET <type>",
  "    Reset the specified type of commandlog.",
]);

function logNamed({ commandLogs }: Broker, name = EMPTY): CommandLog {
  const word: string = lower(name);
  if (word === "slow" || word === "large-request" || word === "large-reply") {
    return commandLogs[word];
  }
  throw UNKNOWN_LOG;
}

import { CommandError, EMPTY, ERROR_QUOTE_CHARS_MAX, lower, type Bytes } from "@slotcast/protocol";
import { isLoopback } from "../../admission.ts";
import type { CommandContext, Handler } from "../handler.ts";
import { debugChangeReplId } from "./debug-change-repl-id.ts";
import { debugDigest, debugDigestValue } from "./debug-digest.ts";
import { debugError } from "./debug-error.ts";
import { debugHelp } from "./debug-help.ts";
import { debugListpack, debugQuicklistPackedThreshold } from "./debug-listpack.ts";
import { debugLog } from "./debug-log.ts";
import { debugObject } from "./debug-object.ts";
import { debugPopulate } from "./debug-populate.ts";
import { debugProtocol } from "./debug-protocol.ts";
import { debugReload } from "./debug-reload.ts";
import { debugSetActiveExpire } from "./debug-set-active-expire.ts";
import { debugSleep } from "./debug-sleep.ts";
import { debugStringmatchLen } from "./debug-stringmatch-len.ts";

const NOT_ALLOWED = new CommandError(
  "ERR",
  'DEBUG command not allowed. If the enable-debug-command option is set to "local", ' +
    "you can run it from a local connection, otherwise you need to set this option " +
    "in the configuration file, and then restart the server.",
);

interface Topic {
  readonly run: Handler;
  /** Arguments behind the topic's name. */
  readonly argumentsMin: number;
  readonly argumentsMax: number;
}

// prettier-ignore
const TOPICS = new Map<string, Topic>([
  ["change-repl-id",             { run: debugChangeReplId,             argumentsMin: 0, argumentsMax: 0 }],
  ["digest",                     { run: debugDigest,                   argumentsMin: 0, argumentsMax: 0 }],
  ["digest-value",               { run: debugDigestValue,              argumentsMin: 0, argumentsMax: Infinity }],
  ["error",                      { run: debugError,                    argumentsMin: 1, argumentsMax: 1 }],
  ["help",                       { run: debugHelp,                     argumentsMin: 0, argumentsMax: 0 }],
  ["listpack",                   { run: debugListpack,                 argumentsMin: 1, argumentsMax: 1 }],
  ["log",                        { run: debugLog,                      argumentsMin: 1, argumentsMax: 1 }],
  ["object",                     { run: debugObject,                   argumentsMin: 1, argumentsMax: 1 }],
  ["populate",                   { run: debugPopulate,                 argumentsMin: 1, argumentsMax: 3 }],
  ["protocol",                   { run: debugProtocol,                 argumentsMin: 1, argumentsMax: 1 }],
  ["quicklist-packed-threshold", { run: debugQuicklistPackedThreshold, argumentsMin: 1, argumentsMax: 1 }],
  ["reload",                     { run: debugReload,                   argumentsMin: 0, argumentsMax: Infinity }],
  ["set-active-expire",          { run: debugSetActiveExpire,          argumentsMin: 1, argumentsMax: 1 }],
  ["sleep",                      { run: debugSleep,                    argumentsMin: 1, argumentsMax: 1 }],
  ["stringmatch-len",            { run: debugStringmatchLen,           argumentsMin: 2, argumentsMax: 2 }],
]);

/**
 * DEBUG topic [argument …]: for tests of the broker and of clients, only where `enable-debug-command` allows it.
 * Source: Redis 7.0 src/debug.c, debugCommand.
 */
export function debug(context: CommandContext, argv: readonly Bytes[]): void {
  if (!isAllowed(context)) throw NOT_ALLOWED;
  const name = argv[1] ?? EMPTY;
  const topic = TOPICS.get(lower(name));
  const argumentCount = argv.length - 2;
  if (
    topic === undefined ||
    argumentCount < topic.argumentsMin ||
    argumentCount > topic.argumentsMax
  ) {
    throw new CommandError(
      "ERR",
      `unknown subcommand or wrong number of arguments for '${name.slice(0, ERROR_QUOTE_CHARS_MAX)}'. Try DEBUG HELP.`,
    );
  }
  topic.run(context, argv);
}

function isAllowed({ broker, client }: CommandContext): boolean {
  const allowed = broker.config.get("enable-debug-command");
  return allowed === "yes" || (allowed === "local" && isLoopback(client.socket.remoteAddress));
}

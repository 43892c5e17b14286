import { CommandError, ERROR_QUOTE_CHARS_MAX, type Bytes } from "@slotcast/protocol";

/**
 * Too many arguments for a subcommand whose arity in the table allows more.
 * Source: Redis 7.0 src/networking.c, addReplySubcommandSyntaxError.
 */
export function wrongSubcommandArity(argv: readonly Bytes[]): CommandError {
  const [container = "", subcommand = ""] = argv;
  const quoted = subcommand.slice(0, ERROR_QUOTE_CHARS_MAX);
  return new CommandError(
    "ERR",
    `unknown subcommand or wrong number of arguments for '${quoted}'. Try ${container.toUpperCase()} HELP.`,
  );
}

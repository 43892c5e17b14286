import {
  aclCategories,
  ascii,
  globMatches,
  lower,
  SYNTAX_ERROR,
  TOP_LEVEL_COMMANDS,
  type Bytes,
  type Command,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/**
 * COMMAND LIST [FILTERBY <MODULE name | ACLCAT category | PATTERN pattern>]: full names, subcommands
 * included. Nothing matches a module, since there are none, or an unknown category.
 */
export function commandList({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const matches = filterFrom(argv);
  const found = TOP_LEVEL_COMMANDS.flatMap((command) => [command, ...command.subcommands]).filter(
    matches,
  );
  reply.array(found.length);
  for (const { fullName } of found) reply.bulk(ascii(fullName));
}

function filterFrom(argv: readonly Bytes[]): (command: Command) => boolean {
  const [, , filterBy, kind, argument, ...rest] = argv;
  if (filterBy === undefined) return () => true;
  if (lower(filterBy) !== "filterby" || kind === undefined || argument === undefined) {
    throw SYNTAX_ERROR;
  }
  if (rest.length > 0) throw SYNTAX_ERROR;
  const wanted = lower(argument);
  switch (lower(kind)) {
    case "module":
      return () => false;
    case "aclcat":
      return ({ spec }) => aclCategories(spec).some((category) => category === wanted);
    case "pattern":
      return ({ fullName }) => globMatches(wanted, ascii(fullName));
    default:
      throw SYNTAX_ERROR;
  }
}

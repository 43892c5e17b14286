import { lower, type Bytes } from "./bytes.ts";
import type { CommandSpec } from "./command-spec.ts";
import { COMMANDS, type CommandName } from "./command-table.ts";

/** A row together with its name. */
export interface Command {
  /** Lower case; `container|subcommand` for a subcommand. Error texts and COMMAND INFO show it. */
  readonly fullName: CommandName;
  readonly spec: CommandSpec;
  /** Only containers have any; in table order. */
  readonly subcommands: readonly Command[];
}

const SEPARATOR = "|";

const byName: ReadonlyMap<string, Command> = indexTable();

/** Top-level commands, containers included, in table order: what COMMAND and COMMAND COUNT count. */
export const TOP_LEVEL_COMMANDS: readonly Command[] = [...byName.values()].filter(
  ({ fullName }) => !fullName.includes(SEPARATOR),
);

/** Finds a row by its full name in any case, as COMMAND INFO and COMMAND DOCS are asked. */
export function commandNamed(fullName: Bytes): Command | undefined {
  return byName.get(lower(fullName));
}

/**
 * The row a request runs: the subcommand's when its first argument is a container and a second follows.
 * `undefined`: no such command, or no such subcommand. Source: Redis 7.0 src/server.c, lookupCommandLogic.
 */
export function commandOf(argv: readonly Bytes[]): Command | undefined {
  const [name, subcommand] = argv;
  if (name === undefined || name.includes(SEPARATOR)) return undefined;
  const command = byName.get(lower(name));
  if (command === undefined || subcommand === undefined || command.spec.container !== true) {
    return command;
  }
  return byName.get(command.fullName + SEPARATOR + lower(subcommand));
}

function indexTable(): ReadonlyMap<string, Command> {
  const index = new Map<string, Command & { readonly subcommands: Command[] }>();
  for (const [name, spec] of Object.entries<CommandSpec>(COMMANDS)) {
    const fullName = name as CommandName; // Object.entries forgets the key type
    const command = { fullName, spec, subcommands: [] };
    index.set(fullName, command);
    const separator = fullName.indexOf(SEPARATOR);
    if (separator !== -1) index.get(fullName.slice(0, separator))?.subcommands.push(command);
  }
  return index;
}

import { ConfigError } from "./config-error.ts";
import { takesWords } from "./directive.ts";
import {
  DIRECTIVE_NAMES,
  directiveOf,
  findDirective,
  type DirectiveName,
} from "./directive-table.ts";
import { nearestName } from "./nearest-name.ts";

/** One directive as somebody wrote it: a line of a file, an option, a variable. */
export interface Setting {
  readonly name: DirectiveName;
  readonly words: readonly string[];
  /** For the error message: `/etc/slotcast.conf:12`, `command line`, `SLOTCAST_PORT`. */
  readonly where: string;
}

/** Directives of Redis that would change who may do what. Ignoring them would betray who wrote them. */
const REFUSED: Readonly<Record<string, string>> = {
  user: "access control lists are not supported yet",
  "rename-command": "commands cannot be renamed",
  loadmodule: "there are no modules",
};

/** Names the directive, or throws a ConfigError that names the nearest known one. */
export function makeSetting(written: {
  readonly name: string;
  readonly words: readonly string[];
  readonly where: string;
  /** What else could have been meant: options of a command that takes directives too. */
  readonly otherNames?: readonly string[];
}): Setting {
  const { words, where, otherNames = [] } = written;
  const found = findDirective(written.name);
  if (found !== undefined) return { name: found.name, words: split(found.name, words), where };
  const name = written.name.toLowerCase();
  const reason = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (reason !== undefined) throw new ConfigError(`${name}: ${reason} (${where})`);
  const directives = DIRECTIVE_NAMES.flatMap((one) => {
    const { alias } = directiveOf(one);
    return alias === undefined ? [one] : [one, alias];
  });
  const known = [...otherNames, ...directives];
  throw new ConfigError(
    `unknown directive '${name}' (${where}); did you mean '${nearestName(name, known)}'?`,
  );
}

/** Several words may come as one: `--bind "127.0.0.1 ::1"`. Source: Redis 7.0 src/config.c, loadServerConfigFromString. */
function split(name: DirectiveName, words: readonly string[]): readonly string[] {
  const [only = ""] = words;
  return words.length === 1 && takesWords(directiveOf(name)) ? only.split(" ") : words;
}

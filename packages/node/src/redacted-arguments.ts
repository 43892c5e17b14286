import { ascii, EMPTY, lower, toText, type Bytes } from "@slotcast/protocol";
import { directiveOf, findDirective } from "./config/directive-table.ts";

const REDACTED = ascii("(redacted)");

/** Which arguments of a command are secrets, by their positions. Commands that are not here have none. */
const SECRETS: Readonly<Record<string, (argv: readonly Bytes[]) => readonly number[]>> = {
  auth: (argv) => from(1, argv),
  hello: (argv) => {
    const positions: number[] = [];
    for (let at = 2; at < argv.length; at += isWord(argv[at], "setname") ? 2 : 1) {
      if (!isWord(argv[at], "auth") || at + 2 >= argv.length) continue;
      positions.push(at + 1, at + 2);
      at += 2;
    }
    return positions;
  },
  "config|set": (argv) => from(2, argv).filter((at) => at % 2 === 1 && isSecret(argv[at - 1])),
};

/**
 * The arguments as logs and other clients may see them: passwords and users are `(redacted)`. The same array when
 * there is nothing to hide. Source: Redis 7.0, the callers of redactClientCommandArgument.
 */
export function redactedArguments(fullName: string, argv: readonly Bytes[]): readonly Bytes[] {
  const positions = SECRETS[fullName]?.(argv) ?? [];
  if (positions.length === 0) return argv;
  return argv.map((argument, at) => (positions.includes(at) ? REDACTED : argument));
}

function from(first: number, argv: readonly Bytes[]): number[] {
  return [...argv.keys()].filter((at) => at >= first);
}

function isWord(argument: Bytes | undefined, word: string): boolean {
  return lower(argument ?? EMPTY) === word;
}

function isSecret(name: Bytes | undefined): boolean {
  const found = findDirective(toText(name ?? EMPTY));
  return found !== undefined && directiveOf(found.name).secret === true;
}

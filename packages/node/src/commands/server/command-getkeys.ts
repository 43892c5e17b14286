import {
  CommandError,
  commandOf,
  keyReferences,
  lower,
  mayHaveKeys,
  type Bytes,
  type Command,
  type KeyFlag,
  type KeyReference,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { writeWords } from "./command-info.ts";

const UNKNOWN_COMMAND = new CommandError("ERR", "Invalid command specified");
const NO_KEYS = new CommandError("ERR", "The command has no key arguments");
const WRONG_ARITY = new CommandError("ERR", "Invalid number of arguments specified for command");
const WRONG_ARGUMENTS = new CommandError("ERR", "Invalid arguments specified for command");

/** COMMAND GETKEYS command [argument ...]: the keys in a request that is described, not run. */
export function commandGetkeys({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const keys = keysIn(argv.slice(2));
  reply.array(keys.length);
  for (const { key } of keys) reply.bulk(key);
}

/** COMMAND GETKEYSANDFLAGS command [argument ...]: and what the command does with each. */
export function commandGetkeysandflags({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const keys = keysIn(argv.slice(2));
  reply.array(keys.length);
  for (const { key, flags } of keys) {
    reply.array(2);
    reply.bulk(key);
    writeWords(reply, flags);
  }
}

interface Key {
  readonly key: Bytes;
  readonly flags: readonly KeyFlag[];
}

/** Source: Redis 7.0 src/server.c, getKeysSubcommandImpl: the order of the checks decides which error is seen. */
function keysIn(request: readonly Bytes[]): Key[] {
  const command = commandOf(request);
  if (command === undefined) throw UNKNOWN_COMMAND;
  const { spec } = command;
  if (!mayHaveKeys(spec)) throw NO_KEYS;
  const given = request.length;
  if (spec.arity > 0 ? given !== spec.arity : given < -spec.arity) throw WRONG_ARITY;
  const references = keyReferences(spec, request) ?? [];
  if (references.length === 0 && !spec.flags.includes("no_mandatory_keys")) throw WRONG_ARGUMENTS;
  return references.flatMap((reference) => {
    const key = request[reference.position];
    return key === undefined ? [] : [{ key, flags: flagsIn(command, reference, request) }];
  });
}

/**
 * SET is the one row whose key flags depend on the arguments: with GET it also reads. Any argument that
 * reads `get` counts, even as the value of another option. Source: Redis 7.0 src/db.c, setGetKeys.
 */
function flagsIn(
  { fullName }: Command,
  { flags }: KeyReference,
  request: readonly Bytes[],
): readonly KeyFlag[] {
  if (fullName !== "set") return flags;
  const reads = request.slice(3).some((argument) => lower(argument) === "get");
  return reads ? ["RW", "access", "update"] : ["OW", "update"];
}

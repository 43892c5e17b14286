import {
  CommandError,
  EMPTY,
  ERROR_QUOTE_CHARS_MAX,
  lower,
  wrongArity,
  type Bytes,
} from "@slotcast/protocol";
import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";

/**
 * The error for a request that names no command we have. `container`: its first word has subcommands.
 * Source: Redis 7.0 src/server.c, commandCheckExistence.
 */
export function unknownCommand(
  argv: readonly Bytes[],
  container: string | undefined,
): CommandError {
  const [name = "", subcommand] = argv;
  if (container !== undefined && subcommand === undefined) return wrongArity(container);
  if (container !== undefined && subcommand !== undefined) {
    return new CommandError(
      "ERR",
      `unknown subcommand '${subcommand.slice(0, ERROR_QUOTE_CHARS_MAX)}'. Try ${container.toUpperCase()} HELP.`,
    );
  }
  let quoted = "";
  for (const argument of argv.slice(1)) {
    if (quoted.length >= ERROR_QUOTE_CHARS_MAX) break;
    quoted += `'${argument.slice(0, ERROR_QUOTE_CHARS_MAX - quoted.length)}' `;
  }
  return new CommandError(
    "ERR",
    `unknown command '${name.slice(0, ERROR_QUOTE_CHARS_MAX)}', with args beginning with: ${quoted}`,
  );
}

/** How HTTP begins and goes on. Source: Redis 7.0 src/server.c, processCommand. */
export function isHttp([name = EMPTY]: readonly Bytes[]): boolean {
  const word: string = lower(name);
  return word === "post" || word === "host:";
}

/** A browser was made to POST to us: nothing of it may run, least of all its body. */
export function dropHttp(broker: Broker, connection: Connection): void {
  broker.logger.warn(
    { client: connection.id, address: connection.address },
    "closed: a request of HTTP, as in a cross-protocol attack",
  );
  broker.kill(connection, { afterReply: false });
}

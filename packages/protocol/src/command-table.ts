import { CLUSTER_COMMANDS } from "./command-table/cluster.ts";
import { CONNECTION_COMMANDS } from "./command-table/connection.ts";
import { KEYSPACE_COMMANDS } from "./command-table/keyspace.ts";
import { LISTS_COMMANDS } from "./command-table/lists.ts";
import { PUBSUB_COMMANDS } from "./command-table/pubsub.ts";
import { SERVER_COMMANDS } from "./command-table/server.ts";
import { SETS_COMMANDS } from "./command-table/sets.ts";
import { STREAMS_COMMANDS } from "./command-table/streams.ts";
import { STRINGS_COMMANDS } from "./command-table/strings.ts";
import { TRANSACTIONS_COMMANDS } from "./command-table/transactions.ts";

/**
 * Every command this broker knows, family by family. The facts are those of Redis 7.0.15; a row that is newer says
 * where it comes from (test/oracle/command-table.test.ts compares them with a running server). Dispatch, routing,
 * admission and `COMMAND` read this table; the compiler asks a handler for each row.
 *
 * To add a command: its row here, its handler and a line in the index of its family
 * (packages/node/src/commands/<family>/index.ts), its documentation (packages/protocol/data/command-docs), its line in
 * docs/compatibility.md, a test.
 */
export const COMMANDS = {
  ...CONNECTION_COMMANDS,
  ...SERVER_COMMANDS,
  ...KEYSPACE_COMMANDS,
  ...STRINGS_COMMANDS,
  ...LISTS_COMMANDS,
  ...SETS_COMMANDS,
  ...STREAMS_COMMANDS,
  ...TRANSACTIONS_COMMANDS,
  ...PUBSUB_COMMANDS,
  ...CLUSTER_COMMANDS,
};

/** A row's name: lower case, subcommands as `container|subcommand`. */
export type CommandName = keyof typeof COMMANDS;

/** The rows of a family that need a handler: all but the pure containers. */
export type HandledNameOf<Commands> = {
  [Name in keyof Commands]: Commands[Name] extends {
    readonly container: true;
    readonly handled?: never;
  }
    ? never
    : Name;
}[keyof Commands];

export type HandledCommandName = HandledNameOf<typeof COMMANDS>;

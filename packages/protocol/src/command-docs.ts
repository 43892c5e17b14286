import cluster from "../data/command-docs/cluster.json" with { type: "json" };
import connection from "../data/command-docs/connection.json" with { type: "json" };
import keyspace from "../data/command-docs/keyspace.json" with { type: "json" };
import lists from "../data/command-docs/lists.json" with { type: "json" };
import pubsub from "../data/command-docs/pubsub.json" with { type: "json" };
import server from "../data/command-docs/server.json" with { type: "json" };
import sets from "../data/command-docs/sets.json" with { type: "json" };
import streams from "../data/command-docs/streams.json" with { type: "json" };
import strings from "../data/command-docs/strings.json" with { type: "json" };
import transactions from "../data/command-docs/transactions.json" with { type: "json" };
import type { CommandName } from "./command-table.ts";

/** One argument of a command, as `COMMAND DOCS` describes it. Member names are those of the reply. */
export interface ArgumentDoc {
  readonly name: string;
  /** `string`, `integer`, `key`, `pure-token`, `oneof`, `block`, … */
  readonly type: string;
  /** Index into the row's key specs. */
  readonly key_spec_index?: number | undefined;
  /** The word that comes before it, or, for a `pure-token`, that it is. */
  readonly token?: string | undefined;
  readonly since?: string | undefined;
  readonly deprecated_since?: string | undefined;
  /** `optional`, `multiple`, `multiple_token`. */
  readonly flags?: readonly string[] | undefined;
  /** Of a `oneof`: the choices. Of a `block`: the parts. */
  readonly arguments?: readonly ArgumentDoc[] | undefined;
}

/** What `COMMAND DOCS` says about a command; `redis-cli` makes its hints of it. Member names are those of the reply. */
export interface CommandDoc {
  readonly summary: string;
  readonly since: string;
  readonly group: string;
  readonly complexity?: string | undefined;
  readonly doc_flags?: readonly string[] | undefined;
  readonly deprecated_since?: string | undefined;
  readonly replaced_by?: string | undefined;
  /** Each a version and what changed in it. */
  readonly history?: readonly (readonly string[])[] | undefined;
  readonly arguments?: readonly ArgumentDoc[] | undefined;
}

/**
 * The documentation of every row; a missing one is a compile error. Texts: Redis 7.0.15 as it answers
 * `COMMAND DOCS` (BSD-3-Clause, © Salvatore Sanfilippo and the Redis contributors), and 7.2 for the rows it
 * added, in the form of 7.0.
 *
 * Loaded with the module: 48 KB, 1 to 2 ms of start-up (measured), not worth a lazy path.
 */
export const COMMAND_DOCS: Readonly<Record<CommandName, CommandDoc>> = {
  ...connection,
  ...server,
  ...keyspace,
  ...strings,
  ...lists,
  ...sets,
  ...streams,
  ...transactions,
  ...pubsub,
  ...cluster,
};

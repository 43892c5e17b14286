import { CommandError, type CommandFlag } from "@slotcast/protocol";
import type { Broker } from "../broker.ts";
import type { Command } from "../command-registry.ts";
import type { Connection } from "../connection.ts";
import type { StandaloneReplication } from "./standalone-replication.ts";

export const READ_ONLY = new CommandError(
  "READONLY",
  "You can't write against a read only replica.",
);
const NO_PRIMARY = new CommandError(
  "MASTERDOWN",
  "Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
);
const LOADING = new CommandError("LOADING", "Redis is loading the dataset in memory");
const EXEC = "exec";

/** Whoever leads after a failover is not known before its end. */
export const NOT_KNOWN_YET = Symbol("not known yet");

/**
 * Of a client that said CLIENT CAPA redirect: it asks the primary itself, also for reads unless it sent READONLY.
 * Source: Valkey 8.0 src/server.c, processCommand.
 */
export function redirectionOnReplica(
  { failover, followed }: StandaloneReplication,
  connection: Connection,
  command: Command,
): CommandError | typeof NOT_KNOWN_YET | undefined {
  if (!connection.followsRedirects || followed === undefined) return undefined;
  const isMeant =
    isAny(connection, command, "write") ||
    (isAny(connection, command, "readonly") && !connection.readsReplica);
  if (!isMeant) return undefined;
  if (failover.isUnderWay) return NOT_KNOWN_YET;
  const { host, port } = followed.primary;
  return new CommandError("REDIRECT", `${host}:${port}`);
}

/** What a replica does not answer while it has no sound data, or no primary. Source: Redis 7.0 src/server.c, processCommand. */
export function refusalOnReplica(
  { config }: Pick<Broker, "config">,
  standalone: StandaloneReplication,
  { connection, command }: { readonly connection: Connection; readonly command: Command },
): CommandError | undefined {
  const isStale = standalone.parts.replica?.state !== "following";
  if (isStale && !config.get("replica-serve-stale-data") && lacks(connection, command, "stale")) {
    return NO_PRIMARY;
  }
  return standalone.isLoading && lacks(connection, command, "loading") ? LOADING : undefined;
}

/** EXEC is what its commands are. */
function isAny({ transaction }: Connection, command: Command, flag: CommandFlag): boolean {
  if (command.fullName !== EXEC || transaction === undefined)
    return command.spec.flags.includes(flag);
  return transaction.queue.some(({ command: queued }) => queued.spec.flags.includes(flag));
}

function lacks({ transaction }: Connection, command: Command, flag: CommandFlag): boolean {
  if (!command.spec.flags.includes(flag)) return true;
  if (command.fullName !== EXEC || transaction === undefined) return false;
  return transaction.queue.some(({ command: queued }) => !queued.spec.flags.includes(flag));
}

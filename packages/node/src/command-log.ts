import { ascii, own, slice, type Bytes } from "@slotcast/protocol";
import type { Config } from "./config/config.ts";
import type { DirectiveName } from "./config/directive-table.ts";
import { LOGGED_ARGUMENT_BYTES_MAX, LOGGED_ARGUMENTS_MAX } from "./limits.ts";

/** A command that was remembered. */
export interface LoggedCommand {
  /** Counts up, also across a reset. */
  readonly id: number;
  /** Unix time. */
  readonly atSeconds: number;
  /** Microseconds in the slow log, bytes in the others. */
  readonly value: number;
  /** Cut to what LOGGED_ARGUMENTS_MAX and LOGGED_ARGUMENT_BYTES_MAX allow, secrets redacted. */
  readonly argv: readonly Bytes[];
  /** `ip:port` of the client, and its name. */
  readonly address: string;
  readonly clientName: Bytes;
}

/**
 * The latest commands that were worth remembering; the oldest go first. Source: Redis 7.0 src/slowlog.c; Valkey 8.1
 * src/commandlog.c for one log per reason.
 */
export class CommandLog {
  /** By id. Ids have no gaps, so the oldest one is known. */
  readonly #entries = new Map<number, LoggedCommand>();
  #nextId = 0;
  #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get length(): number {
    return this.#entries.size;
  }

  set entriesMax(entriesMax: number) {
    this.#entriesMax = entriesMax;
    this.#trim();
  }

  push(entry: Omit<LoggedCommand, "id">): void {
    if (this.#entriesMax === 0) return;
    this.#entries.set(this.#nextId, {
      ...entry,
      argv: cut(entry.argv),
      clientName: own(entry.clientName),
      id: this.#nextId,
    });
    this.#nextId += 1;
    this.#trim();
  }

  /** At most `count` of them, the newest first. */
  newest(count: number): LoggedCommand[] {
    const found: LoggedCommand[] = [];
    for (let id = this.#nextId - 1; found.length < count; id -= 1) {
      const entry = this.#entries.get(id);
      if (entry === undefined) break;
      found.push(entry);
    }
    return found;
  }

  reset(): void {
    this.#entries.clear();
  }

  #trim(): void {
    while (this.#entries.size > this.#entriesMax) {
      this.#entries.delete(this.#nextId - this.#entries.size);
    }
  }
}

/** The logs of a node, by the names that COMMANDLOG gives them; SLOWLOG is `slow`. */
export type CommandLogs = Readonly<Record<CommandLogName, CommandLog>>;

export type CommandLogName = "slow" | "large-request" | "large-reply";

/** The logs, their lengths as configured. Who decides what goes in is CommandMeter. */
export function makeCommandLogs(config: Config): CommandLogs {
  const follow = (
    name: DirectiveName & `${"slowlog" | "commandlog"}-${string}max-len`,
  ): CommandLog => {
    const log = new CommandLog(config.get(name));
    config.onChange(name, (entriesMax) => {
      log.entriesMax = entriesMax;
    });
    return log;
  };
  return {
    slow: follow("slowlog-max-len"),
    "large-request": follow("commandlog-large-request-max-len"),
    "large-reply": follow("commandlog-large-reply-max-len"),
  };
}

/** Own bytes: a log must keep no chunk alive. Source: Redis 7.0 src/slowlog.c, slowlogCreateEntry. */
function cut(argv: readonly Bytes[]): readonly Bytes[] {
  if (argv.length <= LOGGED_ARGUMENTS_MAX) return argv.map(cutArgument);
  const shown = argv.slice(0, LOGGED_ARGUMENTS_MAX - 1).map(cutArgument);
  return [...shown, ascii(`... (${argv.length - shown.length} more arguments)`)];
}

function cutArgument(argument: Bytes): Bytes {
  const more = argument.length - LOGGED_ARGUMENT_BYTES_MAX;
  if (more <= 0) return own(argument);
  const start = own(slice(argument, 0, LOGGED_ARGUMENT_BYTES_MAX));
  return ascii(`${start}... (${more} more bytes)`);
}

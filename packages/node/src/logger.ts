import { pino, type DestinationStream } from "pino";
import { prettyLogLine } from "./pretty-log-line.ts";

/** Redis' words of `loglevel`, least important first. */
export type LogLevel = "debug" | "verbose" | "notice" | "warning";

/** Facts of one event. Never a payload, a key or a password. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * One event per line: a constant message, the facts as fields. An Error goes into the field `err`. Written
 * synchronously: a line that was logged is out, also when the process dies in the next moment.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  verbose(fields: LogFields, message: string): void;
  /** Redis' notice. */
  info(fields: LogFields, message: string): void;
  /** Redis' warning: something an operator should look at. */
  warn(fields: LogFields, message: string): void;
  /** The process cannot go on. Logged at every `loglevel`. */
  fatal(fields: LogFields, message: string): void;
  /** Adds the fields to every line: one child per component. It follows its parent's level. */
  child(fields: LogFields): Logger;
}

/** The one that `makeLogger` returns; whoever made it may turn it and close it. */
export interface RootLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** pino's numbers, which log viewers know: 30 is its info, 40 its warn. */
const LEVEL_NUMBERS = {
  debug: 20,
  verbose: 25,
  notice: 30,
  warning: 40,
  fatal: 60,
} as const;

/**
 * A logger to `logFile`, or to standard output when that is `undefined`: `json` is one object a line,
 * `pretty` is for eyes. Throws when the file cannot be opened.
 */
export function makeLogger(options: {
  readonly level: LogLevel;
  readonly format: "json" | "pretty";
  readonly logFile: string | undefined;
  readonly hasColor: boolean;
}): RootLogger {
  const { level, format, logFile, hasColor } = options;
  const output = pino.destination({ dest: logFile ?? STDOUT, sync: true });
  const stream: DestinationStream =
    format === "json"
      ? output
      : { write: (line) => output.write(prettyLogLine(line, { hasColor })) };
  return new LeveledLogger(makeLines(stream), { levelNumber: LEVEL_NUMBERS[level] });
}

const STDOUT = 1;

type Write = (fields: LogFields, message: string) => void;

/** The part of a pino logger with our levels that we call. */
interface Lines {
  readonly debug: Write;
  readonly verbose: Write;
  readonly notice: Write;
  readonly warning: Write;
  readonly fatal: Write;
  child(fields: LogFields): Lines;
}

function makeLines(stream: DestinationStream): Lines {
  return pino({ customLevels: LEVEL_NUMBERS, useOnlyCustomLevels: true, level: "debug" }, stream);
}

/** pino copies the level into children; ours share one, so that CONFIG SET loglevel turns all of them. */
class LeveledLogger implements RootLogger {
  readonly #lines: Lines;
  readonly #threshold: { levelNumber: number };

  constructor(lines: Lines, threshold: { levelNumber: number }) {
    this.#lines = lines;
    this.#threshold = threshold;
  }

  debug(fields: LogFields, message: string): void {
    if (this.#threshold.levelNumber <= LEVEL_NUMBERS.debug) this.#lines.debug(fields, message);
  }

  verbose(fields: LogFields, message: string): void {
    if (this.#threshold.levelNumber <= LEVEL_NUMBERS.verbose) this.#lines.verbose(fields, message);
  }

  info(fields: LogFields, message: string): void {
    if (this.#threshold.levelNumber <= LEVEL_NUMBERS.notice) this.#lines.notice(fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.#lines.warning(fields, message);
  }

  fatal(fields: LogFields, message: string): void {
    this.#lines.fatal(fields, message);
  }

  child(fields: LogFields): Logger {
    return new LeveledLogger(this.#lines.child(fields), this.#threshold);
  }

  setLevel(level: LogLevel): void {
    this.#threshold.levelNumber = LEVEL_NUMBERS[level];
  }
}

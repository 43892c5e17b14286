import type { LogFields, Logger } from "./logger.ts";

export interface RecordedLine {
  readonly level: "debug" | "verbose" | "info" | "warn" | "fatal";
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger for tests: what was logged is there to be looked at. */
export class RecordingLogger implements Logger {
  readonly lines: RecordedLine[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: "debug", message, fields });
  }

  verbose(fields: LogFields, message: string): void {
    this.lines.push({ level: "verbose", message, fields });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: "info", message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: "warn", message, fields });
  }

  fatal(fields: LogFields, message: string): void {
    this.lines.push({ level: "fatal", message, fields });
  }

  /** All are one. */
  child(): Logger {
    return this;
  }
}

import { performance } from "node:perf_hooks";
import { ascii, bulkHead, type Bytes } from "@slotcast/protocol";
import type { CommandLogName, CommandLogs } from "./command-log.ts";
import type { Command } from "./command-registry.ts";
import type { Config } from "./config/config.ts";
import type { DirectiveName } from "./config/directive-table.ts";
import type { Connection } from "./connection.ts";
import type { KeyspaceEvents } from "./keyspace-events.ts";
import type { LatencyMonitor } from "./latency-monitor.ts";
import {
  RUN_BATCH_BYTES_MAX,
  RUN_COMMANDS_MAX,
  RUN_REPLY_BYTES_MAX,
  RUN_THRESHOLD_MS_MIN,
} from "./limits.ts";
import { redactedArguments } from "./redacted-arguments.ts";

/** More than the head and the end of a bulk string ever take. */
const BULK_OVERHEAD_BYTES_MAX = 16;
const NO_ARGUMENTS: readonly Bytes[] = [];

const DIRECTIVES_FOLLOWED: readonly DirectiveName[] = [
  "slowlog-log-slower-than",
  "commandlog-request-larger-than",
  "commandlog-reply-larger-than",
  "latency-monitor-threshold",
  "latency-tracking",
];

/** One that ended just now. */
interface Execution {
  readonly command: Command;
  readonly connection: Connection;
  readonly argv: readonly Bytes[];
  readonly replyBytes: number;
}

/**
 * Measures the commands: counts calls, time and latencies of each, and passes on what was slow or large to the slow
 * log and its kin and to the latency monitor.
 *
 * A reading of the clock costs a twentieth of a pipelined SET, and what is done with it as much again. So the end of
 * one command is the start of the next, and quick commands in a row form a *run*: one reading, shared out evenly.
 * Every other command is measured by itself; so are quick ones when `joins` says so. Numbers and reasons:
 * docs/decisions/0007-timing.md.
 */
export class CommandMeter {
  /**
   * Quick commands may form runs: nobody asks for times below a millisecond or for smaller requests and replies,
   * no events are published, and no request of this batch can be large.
   */
  joins = false;
  readonly #config: Config;
  readonly #logs: CommandLogs;
  readonly #latency: LatencyMonitor;
  readonly #events: KeyspaceEvents;
  /** The latest reading. */
  #clockMs = 0;
  /** Something that is no command came after the latest reading. */
  #isStale = true;
  /** The first `#runSize` are the commands of the run, each once; how often one ran is in its `stats.pending`. */
  readonly #run: Command[] = [];
  #runSize = 0;
  /** Of the first of the run. */
  #runConnection: Connection | undefined;
  #runArgv = NO_ARGUMENTS;
  #batchIsSmall = false;
  #allowsRuns = true;
  #tracksLatency = true;
  /** Infinity: off, as the two below. */
  #slowMs = Number.POSITIVE_INFINITY;
  #requestBytesMin = Number.POSITIVE_INFINITY;
  #replyBytesMin = Number.POSITIVE_INFINITY;
  /** From here on somebody wants to know: the slow log or the latency monitor. */
  #noticedMs = Number.POSITIVE_INFINITY;

  constructor(options: {
    readonly config: Config;
    readonly logs: CommandLogs;
    readonly latency: LatencyMonitor;
    readonly events: KeyspaceEvents;
  }) {
    this.#config = options.config;
    this.#logs = options.logs;
    this.#latency = options.latency;
    this.#events = options.events;
    for (const name of DIRECTIVES_FOLLOWED) {
      this.#config.onChange(name, () => {
        this.#follow();
      });
    }
    this.#follow();
  }

  /** Requests are about to be executed, in so many bytes together. */
  beginBatch(bytes: number): void {
    this.#clockMs = performance.now();
    this.#isStale = false;
    this.#batchIsSmall = bytes <= RUN_BATCH_BYTES_MAX;
    this.#decide();
  }

  /** What comes now is no command's time: the end of a batch, a refusal, a write. */
  interrupt(): void {
    if (this.#runSize > 0) this.#endRun();
    this.#isStale = true;
    this.joins = false;
  }

  /** A quick command is over, while `joins`. */
  join(command: Command, connection: Connection, argv: readonly Bytes[], replyBytes: number): void {
    const { stats } = command;
    stats.pending += 1;
    if (stats.pending === 1) {
      if (this.#runSize === 0) {
        this.#runConnection = connection;
        this.#runArgv = argv;
      }
      this.#run[this.#runSize] = command;
      this.#runSize += 1;
    }
    if (replyBytes > RUN_REPLY_BYTES_MAX) {
      this.#endRun({ command, connection, argv, replyBytes });
    } else if (stats.pending === RUN_COMMANDS_MAX) {
      this.#endRun();
    }
  }

  /** A command that is measured by itself is about to run. Returns the reading to hand to `elapsedMs`. */
  begin(): number {
    if (this.#runSize > 0) this.#endRun();
    else if (this.#isStale) this.#clockMs = performance.now();
    this.#isStale = false;
    return this.#clockMs;
  }

  /** It has ended, or may go on later. */
  elapsedMs(startedMs: number): number {
    this.#clockMs = performance.now();
    return this.#clockMs - startedMs;
  }

  /** It is over. `durationMs` is its own time: what a blocked client waited does not count. */
  count(execution: Execution, durationMs: number): void {
    this.#add(execution.command, durationMs, 1);
    this.#notice(execution, durationMs, 1);
    this.#decide();
  }

  /** Shares out the time of the run. Its first command stands for it when it was slow, or `last`, which was large. */
  #endRun(last?: Execution): void {
    const [command] = this.#run;
    const connection = this.#runConnection;
    if (command === undefined || connection === undefined) return;
    const argv = this.#runArgv;
    // An idle node must keep neither a request, with the chunk that it came in, nor a client that is gone.
    this.#runConnection = undefined;
    this.#runArgv = NO_ARGUMENTS;
    const durationMs = this.elapsedMs(this.#clockMs);
    const runLength = this.#shareOut(durationMs);
    if (last === undefined && durationMs < this.#noticedMs) return;
    this.#notice(last ?? { command, connection, argv, replyBytes: 0 }, durationMs, runLength);
  }

  /** Returns how many executions there were. */
  #shareOut(durationMs: number): number {
    const size = this.#runSize;
    this.#runSize = 0;
    let runLength = 0;
    for (let at = 0; at < size; at += 1) runLength += this.#run[at]?.stats.pending ?? 0;
    for (let at = 0; at < size; at += 1) {
      const command = this.#run[at] as Command; // below size
      this.#add(command, durationMs / runLength, command.stats.pending);
      command.stats.pending = 0;
    }
    return runLength;
  }

  #decide(): void {
    this.joins = this.#allowsRuns && this.#batchIsSmall && !this.#isStale && !this.#events.isOn;
  }

  #add({ stats }: Command, durationMs: number, calls: number): void {
    stats.calls += calls;
    stats.totalMs += durationMs * calls;
    if (this.#tracksLatency) stats.record(durationMs, calls);
  }

  /** The everyday case ends with its first comparisons. */
  #notice(
    { command, connection, argv, replyBytes }: Execution,
    durationMs: number,
    runLength: number,
  ): void {
    if (
      durationMs < this.#noticedMs &&
      replyBytes < this.#replyBytesMin &&
      requestBytesAtMost(argv) < this.#requestBytesMin
    ) {
      return;
    }
    this.#latency.note(command.isFast ? "fast-command" : "command", durationMs, Date.now());
    if (command.isUnlogged) return;
    const log = (name: CommandLogName, value: number, shown = argv): void => {
      this.#logs[name].push({
        atSeconds: Math.floor(Date.now() / 1000),
        value,
        argv: redactedArguments(command.fullName, shown),
        address: connection.address,
        clientName: connection.name,
      });
    };
    if (durationMs >= this.#slowMs) {
      const microseconds = Math.floor(durationMs * 1000);
      log("slow", microseconds, runLength === 1 ? argv : [...argv, runMark(runLength)]);
    }
    const requestBytes = requestBytesOf(argv);
    if (requestBytes >= this.#requestBytesMin) log("large-request", requestBytes);
    if (replyBytes >= this.#replyBytesMin) log("large-reply", replyBytes);
  }

  #follow(): void {
    const config = this.#config;
    this.#tracksLatency = config.get("latency-tracking");
    this.#slowMs = orNever(config.get("slowlog-log-slower-than")) / 1000;
    this.#requestBytesMin = orNever(config.get("commandlog-request-larger-than"));
    this.#replyBytesMin = orNever(config.get("commandlog-reply-larger-than"));
    const monitoredMs = config.get("latency-monitor-threshold");
    this.#noticedMs = monitoredMs === 0 ? this.#slowMs : Math.min(this.#slowMs, monitoredMs);
    this.#allowsRuns =
      this.#noticedMs >= RUN_THRESHOLD_MS_MIN &&
      Math.min(this.#requestBytesMin, this.#replyBytesMin) > RUN_BATCH_BYTES_MAX;
  }
}

/** Stands behind the arguments in the slow log: what took so long was one of these, or the process was held up. */
function runMark(length: number): Bytes {
  return ascii(`... (one of ${length} quick commands in a row)`);
}

/** Below 0 a threshold is off. */
function orNever(threshold: number): number {
  return threshold < 0 ? Number.POSITIVE_INFINITY : threshold;
}

/** An upper bound that is cheap enough for every command. */
function requestBytesAtMost(argv: readonly Bytes[]): number {
  let bytes = BULK_OVERHEAD_BYTES_MAX;
  for (const argument of argv) bytes += argument.length + BULK_OVERHEAD_BYTES_MAX;
  return bytes;
}

/** What the request takes as an array of bulk strings, however it came. */
function requestBytesOf(argv: readonly Bytes[]): number {
  let bytes = bulkHead(argv.length).length;
  for (const { length } of argv) bytes += bulkHead(length).length + length + 2;
  return bytes;
}

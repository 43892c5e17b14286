import { open, writeFile } from "node:fs/promises";
import { BenchError, InterruptedError } from "./bench-error.ts";
import { parseBenchOptions, type BenchOptions } from "./bench-options.ts";
import { machineFacts, makeReport, type BenchReport } from "./bench-report.ts";
import { helpText } from "./help-text.ts";
import { makeMonotonicClock } from "./monotonic-clock.ts";
import { ProgressLine } from "./progress-line.ts";
import { redisCluster } from "./redis-cluster.ts";
import { reportHtml } from "./report-html.ts";
import { resultCsv } from "./result-csv.ts";
import { ratioTable, resultTable } from "./result-table.ts";
import { countSteps, runMatrix, type Subject } from "./run-matrix.ts";
import { openRunningCluster } from "./running-cluster.ts";
import { slotcastCluster } from "./slotcast-cluster.ts";
import { startCluster } from "./start-cluster.ts";
import { renderTextTable } from "./text-table.ts";

interface TextSink {
  write(text: string): unknown;
}

/** What the command line gives to `slotcast bench`. */
export interface BenchIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** stdout and stderr are a terminal: progress and bold heads, unless NO_COLOR. */
  readonly isTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The node binary that is to run Slotcast's nodes. */
  readonly execPath: string;
  /** Path of the `slotcast` command's main.ts. */
  readonly serverEntry: string;
  /** Calls `handler` on SIGINT and SIGTERM, until the returned function is called. */
  readonly onInterrupt: (handler: () => void) => () => void;
}

const EXIT_OK = 0;
const EXIT_ERROR = 1;
const EXIT_INTERRUPTED = 130;

/** `slotcast bench`: resolves with the exit code when everything it started has ended. Does not throw. */
export async function runBench(argv: readonly string[], io: BenchIo): Promise<number> {
  const interruption = new AbortController();
  const stopListening = io.onInterrupt(() => interruption.abort(new InterruptedError()));
  try {
    const options = parseBenchOptions(argv, io.env);
    if (options === "help") {
      io.stdout.write(helpText());
      return EXIT_OK;
    }
    await expectWritable(options);
    const report = await measure(options, io, interruption.signal);
    await show(report, options, io);
    return EXIT_OK;
  } catch (error) {
    // An interruption makes other things fail on its way; what counts is that it was asked for.
    if (interruption.signal.aborted) {
      io.stderr.write("slotcast bench: interrupted, everything it started has been stopped\n");
      return EXIT_INTERRUPTED;
    }
    const text = error instanceof BenchError ? error.message : describeBug(error);
    io.stderr.write(`slotcast bench: ${text}\n`);
    return EXIT_ERROR;
  } finally {
    stopListening();
  }
}

/** A bench error says all in its line; anything else is a mistake in this program and needs its stack. */
function describeBug(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function measure(
  options: BenchOptions,
  io: BenchIo,
  signal: AbortSignal,
): Promise<BenchReport> {
  const startedAt = new Date();
  const subjects = makeSubjects(options, io, signal);
  const nodeCounts = options.target.length > 0 ? [1] : options.nodeCounts;
  const progress = new ProgressLine({
    write: (text) => io.stderr.write(text),
    isShown: io.isTty,
    stepsTotal: countSteps({ options, nodeCounts, subjects }),
  });
  try {
    const nowUs = makeMonotonicClock();
    const onStep = (step: string): void => progress.step(step);
    const rows = await runMatrix({ options, nodeCounts, subjects, nowUs, signal, onStep });
    return makeReport({ startedAt, machine: machineFacts(), options, rows });
  } finally {
    progress.clear();
  }
}

function makeSubjects(options: BenchOptions, io: BenchIo, signal: AbortSignal): Subject[] {
  const { target, password, versus } = options;
  const { env, execPath, serverEntry } = io;
  const own: Subject =
    target.length > 0
      ? { label: "target", open: () => openRunningCluster({ seeds: target, password }) }
      : {
          label: "slotcast",
          open: (nodes) =>
            startCluster(slotcastCluster({ execPath, serverEntry, env, nodes }), { nodes, signal }),
        };
  const others = versus.map((commandLine): Subject => ({
    label: commandLine,
    open: (nodes) => startCluster(redisCluster({ commandLine, env, nodes }), { nodes, signal }),
  }));
  return [own, ...others];
}

/** Before minutes of measuring, not after. */
async function expectWritable(options: BenchOptions): Promise<void> {
  for (const path of [options.jsonPath, options.csvPath, options.reportPath]) {
    if (path === undefined || path === "-") continue;
    try {
      const file = await open(path, "a");
      await file.close();
    } catch (error) {
      throw new BenchError(
        `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

async function show(report: BenchReport, options: BenchOptions, io: BenchIo): Promise<void> {
  const { jsonPath, csvPath, reportPath } = options;
  const save = async (path: string | undefined, text: () => string): Promise<void> => {
    if (path === "-") io.stdout.write(text());
    else if (path !== undefined) await writeFile(path, text());
  };
  await save(jsonPath, () => `${JSON.stringify(report, undefined, 2)}\n`);
  await save(csvPath, () => resultCsv(report.rows));
  await save(reportPath, () => reportHtml(report));
  // Data that was asked for on stdout stays alone there.
  const talk = jsonPath === "-" || csvPath === "-" ? io.stderr : io.stdout;
  talk.write(`${terminalText(report, io)}\n`);
}

function terminalText(report: BenchReport, io: BenchIo): string {
  const style = { isColoured: io.isTty && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb" };
  const { machine, rows, ratios, answer } = report;
  const versions = [...new Set(rows.map((row) => row.version))].join(", ");
  const parts = [
    `${versions} on ${machine.cores} x ${machine.cpu}, Node.js ${machine.node}`,
    renderTextTable(resultTable(rows), style),
    ...(ratios.length > 0 ? [renderTextTable(ratioTable(ratios), style)] : []),
    answer.join("\n"),
  ];
  return parts.join("\n\n");
}

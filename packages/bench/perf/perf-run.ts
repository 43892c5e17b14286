import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { BenchError, InterruptedError } from "../src/bench-error.ts";
import { formatShare } from "../src/format-number.ts";
import { machineTimes } from "../src/process-cpu.ts";
import { itemName, type FigureList } from "./figure-list.ts";
import { FOREIGN_LOAD_AVERAGE_MAX, FOREIGN_LOAD_SHARE_MAX } from "./limits.ts";
import { verdictOf } from "./measurement.ts";
import { parsePerfOptions, perfUsage, type PerfOptions } from "./perf-options.ts";
import { Pinning } from "./pinning.ts";
import { LEGEND, renderRows, type ItemRow } from "./row-table.ts";

const CLEAR_LINE = "\r\u001b[K";
/** How long the machine is watched before the start. */
const FOREIGN_LOAD_MS = 1_000;
const EXIT_MISSED = 1;
const EXIT_INTERRUPTED = 130;

/**
 * What a script does: reads its command line, measures the items of a list, prints the table. Sets the exit code: 1
 * when a target is missed or the command line is wrong.
 */
export async function runFigures(list: FigureList): Promise<void> {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => interruption.abort(new InterruptedError()));
  }
  try {
    const options = parsePerfOptions(process.argv.slice(2), list);
    if (options === "help") console.log(perfUsage(list));
    else if (!(await run(list, options, interruption.signal))) process.exitCode = EXIT_MISSED;
  } catch (error) {
    if (interruption.signal.aborted) {
      process.exitCode = EXIT_INTERRUPTED;
    } else {
      if (!(error instanceof BenchError)) throw error;
      console.error(error.message);
      process.exitCode = EXIT_MISSED;
    }
  }
}

/** True when no target was missed. */
async function run(list: FigureList, options: PerfOptions, signal: AbortSignal): Promise<boolean> {
  const pinning = Pinning.probe();
  const isTerminal = process.stderr.isTTY;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("SLOTCAST_")),
  );
  console.log(describeRun(list, options, pinning));
  console.log(`${await describeForeignLoad("before the start", loadavg()[0] ?? 0)}\n`);
  const rows: ItemRow[] = [];
  for (const figure of options.items) {
    const item = itemName(list, figure);
    const progress = (text: string): void => {
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${item}: ${text}` : "");
    };
    const measured = await figure.measure({ ...options, pinning, env, signal, progress });
    rows.push(...measured.map((row) => ({ ...row, item })));
    if (isTerminal) process.stderr.write(CLEAR_LINE);
  }
  const isColoured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  console.log(`${renderRows(rows, { isColoured })}\n\n${LEGEND}`);
  // The load average now holds our own.
  console.log(await describeForeignLoad("after the end", 0));
  return rows.every((row) => verdictOf(row) !== "missed");
}

function describeRun(list: FigureList, options: PerfOptions, pinning: Pinning): string {
  const { items, repeats, isQuick } = options;
  const notes = items.flatMap((item) =>
    item.note === undefined ? [] : [`; ${itemName(list, item)}: ${item.note}`],
  );
  const runs = `${repeats === 1 ? "one run" : `median of ${repeats} runs`} each${notes.join("")}`;
  return [
    `${redisVersion()} against slotcast on Node ${process.version}; ${new Date().toISOString()}`,
    `${runs}, taking turns; loopback; ${String(pinning)}`,
    ...(isQuick ? ["PROVISIONAL: --quick, a quarter of the volume"] : []),
  ].join("\n");
}

/** Nothing of ours runs meanwhile. */
async function describeForeignLoad(when: string, loadAverage: number): Promise<string> {
  const before = machineTimes();
  await delay(FOREIGN_LOAD_MS);
  const after = machineTimes();
  const share = (after.busyMs - before.busyMs) / (after.totalMs - before.totalMs);
  const isBusy = share > FOREIGN_LOAD_SHARE_MAX || loadAverage > FOREIGN_LOAD_AVERAGE_MAX;
  const remark = isBusy ? `. PROVISIONAL: load average ${loadAverage.toFixed(1)}` : "";
  return `${when}: ${formatShare(share)} of the machine in use${remark}`;
}

/** Also finds out whether it is installed. */
function redisVersion(): string {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8", timeout: 5_000 });
  const [, version] = /v=(\S+)/.exec(stdout ?? "") ?? [];
  if (version === undefined) throw new BenchError("needs redis-server and redis-benchmark");
  return `redis-server ${version}`;
}

import { formatRate } from "./format-rate.ts";
import type { Contender } from "./contender.ts";
import type { Scene } from "./measure-in-turns.ts";
import type { Measurement, RowSpec } from "./measurement.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { runRedisBenchmark, wholeBatches } from "./redis-benchmark.ts";
import { ServerCpu } from "./server-cpu.ts";

/** As redis-benchmark itself. */
const CLIENTS = 50;
/** Warm-up, as a share of what is measured: enough for the optimising compiler of ours. */
const WARM_UP_SHARE = 0.35;

/** A command that redis-benchmark sends. */
export interface BenchmarkCommand {
  /** Of its row. */
  readonly name: string;
  readonly words: readonly string[];
  /** `__rand_int__` in the words is one of so many numbers; without it, what it says. */
  readonly randomBelow?: number;
}

export interface BenchmarkLoad {
  /** One after the other, each the same number of times, so that RPOP can pop what LPUSH pushed. */
  readonly commands: readonly BenchmarkCommand[];
  readonly pipeline: number;
  /** Of each command; about a second. */
  readonly requests: number;
  /** Of redis-server's rate. */
  readonly atLeast: number;
  /** See `Scene`. */
  readonly turns?: number;
  /** Writes what the commands need on an empty server. `times`: how often each will be sent. */
  readonly prepare?: (contender: Contender, times: number) => Promise<void>;
}

/** The rates of commands, on a server that is empty before and after. */
export function benchmarkScene(load: BenchmarkLoad, context: PerfContext): Scene {
  const { commands, pipeline, atLeast } = load;
  const requests = wholeBatches(volume(load.requests, context), load);
  const warmUp = wholeBatches(requests * WARM_UP_SHARE, load);
  const rows = commands.map(({ name }): RowSpec => ({
    what: `${name}, pipeline ${pipeline}`,
    format: formatRate,
    target: { kind: "ratio-at-least", limit: atLeast },
  }));
  const send = (contender: Contender, { words, randomBelow }: BenchmarkCommand, times: number) => {
    const { port } = contender.address();
    const random = randomBelow === undefined ? {} : { randomBelow };
    const run = { port, clients: CLIENTS, pipeline, requests: times, words, ...random };
    return runRedisBenchmark(run, context);
  };
  return {
    name: rows.map(({ what }) => what).join("; "),
    rows,
    ...(load.turns === undefined ? {} : { turns: load.turns }),
    measure: async (contender) => {
      await load.prepare?.(contender, warmUp + requests);
      for (const command of commands) await send(contender, command, warmUp);
      const measurements: Measurement[] = [];
      for (const command of commands) {
        const cpu = new ServerCpu(contender.server.pids);
        const { requestsPerS, cpuShare } = await send(contender, command, requests);
        measurements.push({
          value: requestsPerS,
          serverCpuUs: cpu.perOperationUs(requests),
          generatorShare: cpuShare,
        });
      }
      await contender.request(["FLUSHALL"]);
      return measurements;
    },
  };
}

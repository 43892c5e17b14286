import { spawn, type ChildProcess } from "node:child_process";
import { BenchError } from "../src/bench-error.ts";
import { processCpuUs } from "../src/process-cpu.ts";
import { COMMAND_OUTPUT_CHARS_MAX, GENERATOR_MS_MAX } from "./limits.ts";
import type { PerfContext } from "./perf-context.ts";

export interface BenchmarkRun {
  readonly port: number;
  readonly clients: number;
  readonly pipeline: number;
  /** A multiple of `pipeline`: it sends no partial batch, and would send more. See `wholeBatches`. */
  readonly requests: number;
  /** `__rand_int__` in the command becomes twelve digits below it, anew for each request. */
  readonly randomBelow?: number;
  /** The command that is sent, word by word. */
  readonly words: readonly string[];
}

export interface BenchmarkResult {
  readonly requestsPerS: number;
  /** Of one core. */
  readonly cpuShare: number;
}

/** How often the CPU time of redis-benchmark is read: it is gone when it has ended. */
const CPU_POLL_MS = 20;

/** Runs Debian's redis-benchmark to its end. Throws `BenchError` when it fails or takes too long. */
export async function runRedisBenchmark(
  run: BenchmarkRun,
  context: PerfContext,
): Promise<BenchmarkResult> {
  const { command, args } = context.pinning.apply("generator", {
    command: "redis-benchmark",
    args: argumentsOf(run),
  });
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: GENERATOR_MS_MAX,
    killSignal: "SIGKILL",
    signal: context.signal,
  });
  const cpu = new ChildCpu(child);
  try {
    const output = await outputOf(child, run);
    return { requestsPerS: parseRate(output, run), cpuShare: cpu.share };
  } finally {
    cpu.stop();
  }
}

/** The number of requests that redis-benchmark really sends when asked for this many. */
export function wholeBatches(
  requests: number,
  { pipeline }: { readonly pipeline: number },
): number {
  return Math.ceil(requests / pipeline) * pipeline;
}

function argumentsOf(run: BenchmarkRun): string[] {
  const options = {
    "-p": run.port,
    "-c": run.clients,
    "-P": run.pipeline,
    "-n": run.requests,
    ...(run.randomBelow === undefined ? {} : { "-r": run.randomBelow }),
  };
  const words = Object.entries(options).flatMap(([name, value]) => [name, String(value)]);
  return [...words, "--csv", ...run.words];
}

function outputOf(child: ChildProcess, run: BenchmarkRun): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-COMMAND_OUTPUT_CHARS_MAX);
    });
  }
  const name = `redis-benchmark ${run.words[0]}`;
  child.once("error", (error) => reject(new BenchError(`${name}: ${error.message}`)));
  child.once("close", (code, signal) => {
    if (code === 0) resolve(output);
    else if (signal !== null)
      reject(new BenchError(`${name}: no end after ${GENERATOR_MS_MAX} ms`));
    else reject(new BenchError(`${name}: ${output.trim().split("\n").at(-1)}`));
  });
  return promise;
}

/** The last line is `"title","rate","latency"…`; nothing we send has quotes. */
function parseRate(output: string, run: BenchmarkRun): number {
  const line = output.trim().split("\n").at(-1) ?? "";
  const rate = Number(line.split('","')[1]);
  // Too few requests for its clock: it prints `inf`, which is NaN here.
  if (rate > 0) return rate;
  throw new BenchError(`redis-benchmark ${run.words[0]} printed: ${line}`);
}

/** The last reading before the child ended. */
class ChildCpu {
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs = performance.now();
  share = 0;

  constructor({ pid }: ChildProcess) {
    this.#timer = setInterval(() => {
      const usedUs = pid === undefined ? undefined : processCpuUs(pid);
      if (usedUs === undefined || usedUs === 0) return;
      this.share = usedUs / 1_000 / (performance.now() - this.#startedAtMs);
    }, CPU_POLL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../src/bench-error.ts";
import { formatRate } from "./format-rate.ts";
import { IDLE_MS } from "./limits.ts";
import type { Measurement, Row, RowSpec, Target } from "./measurement.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { runRedisBenchmark, wholeBatches } from "./redis-benchmark.ts";
import { ReplicatedPair } from "./replicated-pair.ts";
import { ServerCpu } from "./server-cpu.ts";

/** As redis-benchmark itself. */
const CLIENTS = 50;
/**
 * A server runs for weeks, its first seconds are not what is asked about: what runs once a turn is compiled by V8 after
 * some ten thousand turns. Ours goes from 560,000 SETs a second to 890,000 within twelve million. So many go before all
 * loads, on either server, and then some of each load.
 */
const WARM_UP_REQUESTS = 9_600_000;
const WARM_UP_SHARE = 2;
const MILLION = 1_000_000;

/** What `replicated` has to reach of `async`, and `async`, which promises as much as redis-server, of its rate. */
const OF_ASYNC = 0.85;
const OF_REDIS = 0.8;

interface Load {
  readonly name: string;
  readonly words: readonly string[];
  readonly randomBelow?: number;
}

const LOADS: readonly Load[] = [
  { name: "SET one key", words: ["SET", "key:__rand_int__", "xxx"] },
  { name: "SET one of 1 M keys", words: ["SET", "key:__rand_int__", "xxx"], randomBelow: MILLION },
  { name: "LPUSH", words: ["LPUSH", "mylist", "xxx"] },
  { name: "XADD one 64 B field", words: ["XADD", "mystream", "*", "f", "x".repeat(64)] },
  { name: "INCR one key", words: ["INCR", "counter:__rand_int__"] },
  { name: "INCR one of 1 M keys", words: ["INCR", "counter:__rand_int__"], randomBelow: MILLION },
];

interface Pace {
  readonly clients: number;
  readonly pipeline: number;
  readonly requests: number;
}

/** Some seconds. */
const PIPELINED: Pace = { clients: CLIENTS, pipeline: 32, requests: 1_600_000 };
/** For the first of the loads: how it depends on the pipeline. */
const LESS_PIPELINED: readonly Pace[] = [
  { clients: CLIENTS, pipeline: 16, requests: 600_000 },
  { clients: CLIENTS, pipeline: 1, requests: 60_000 },
  // One at a time by one connection: what a request takes.
  { clients: 1, pipeline: 1, requests: 10_000 },
];

type Way = "redis" | "async" | "replicated";
const WAYS = ["redis", "async", "replicated"] as const satisfies readonly Way[];

interface Run {
  readonly rate: Measurement;
  readonly primaryCpu: Measurement;
  readonly replicaCpu: Measurement;
}

type Runs = Record<Way, Run[]>;

/**
 * Item 7 of healing: what a replica costs. A server with one replica, ours as a cluster of one shard with `write-ack`
 * async and replicated in turn, redis-server with `replicaof`.
 *
 * Primary, replica and redis-benchmark share two cores: a rate depends on the CPU time of all three, so the rows below
 * each rate show what the two servers use for a request, whatever else runs.
 */
export async function measureReplicationCost(context: PerfContext): Promise<Row[]> {
  const loads = LOADS.flatMap((load, index) => {
    const paces = index === 0 ? [PIPELINED, ...LESS_PIPELINED] : [PIPELINED];
    return paces.map((pace) => ({ load, pace }));
  });
  const results = loads.map((): Runs => ({ redis: [], async: [], replicated: [] }));
  const idle: Row[] = IDLE_ROWS.map((spec) => ({ spec, redis: [], ours: [] }));
  for (let repeat = 0; repeat < context.repeats; repeat += 1) {
    await using redis = await ReplicatedPair.start("redis", context);
    await using ours = await ReplicatedPair.start("ours", context);
    context.progress(`run ${repeat + 1} of ${context.repeats}: idle`);
    await measureIdle({ redis, ours }, idle);
    for (const pair of [redis, ours]) await warmUp(pair, context);
    for (const [index, { load, pace }] of loads.entries()) {
      for (const way of WAYS) {
        context.signal.throwIfAborted();
        const what = `${load.name}, pipeline ${pace.pipeline}`;
        context.progress(`run ${repeat + 1} of ${context.repeats}: ${what}: ${way}`);
        const pair = way === "redis" ? redis : ours;
        if (way !== "redis") await pair.request(["CONFIG", "SET", "write-ack", way]);
        results[index]?.[way].push(await play(pair, { load, pace }, context));
      }
    }
  }
  return [...loads.flatMap(({ load, pace }, index) => rowsOf(load, pace, results[index])), ...idle];
}

interface Play {
  readonly load: Load;
  readonly pace: Pace;
}

async function warmUp(pair: ReplicatedPair, context: PerfContext): Promise<void> {
  const [load] = LOADS;
  if (load === undefined) return;
  await send(pair, { load, pace: { ...PIPELINED, requests: WARM_UP_REQUESTS } }, context);
  await pair.untilLevel();
  await pair.request(["FLUSHALL"]);
}

/** As many requests as the pace says, in whole batches. */
async function send(
  pair: ReplicatedPair,
  { load, pace }: Play,
  context: PerfContext,
): ReturnType<typeof runRedisBenchmark> {
  const { words, randomBelow } = load;
  const random = randomBelow === undefined ? {} : { randomBelow };
  const { clients, pipeline } = pace;
  const requests = wholeBatches(volume(pace.requests, context), pace);
  const run = { port: pair.port, clients, pipeline, requests, words, ...random };
  return runRedisBenchmark(run, context);
}

async function play(pair: ReplicatedPair, what: Play, context: PerfContext): Promise<Run> {
  const { load, pace } = what;
  const requests = wholeBatches(volume(pace.requests, context), pace);
  try {
    await send(pair, { load, pace: { ...pace, requests: pace.requests * WARM_UP_SHARE } }, context);
    await pair.untilLevel();
    const primary = new ServerCpu([pair.pids.primary]);
    const replica = new ServerCpu([pair.pids.replica]);
    const { requestsPerS, cpuShare } = await send(pair, what, context);
    // What the replica still has to do belongs to these requests.
    await pair.untilLevel();
    const run: Run = {
      rate: { value: requestsPerS, generatorShare: cpuShare },
      primaryCpu: { value: primary.perOperationUs(requests) ?? Number.NaN },
      replicaCpu: { value: replica.perOperationUs(requests) ?? Number.NaN },
    };
    await pair.request(["FLUSHALL"]);
    return run;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    const failed = { value: Number.NaN, fault: error.message };
    return { rate: failed, primaryCpu: failed, replicaCpu: failed };
  }
}

function rowsOf(
  load: Load,
  pace: Pace,
  runs: Runs = { redis: [], async: [], replicated: [] },
): Row[] {
  const isAlone = pace.clients === 1;
  const what = `${load.name}, ${isAlone ? "one connection" : `pipeline ${pace.pipeline}`}`;
  const rate = (way: Way): Measurement[] =>
    runs[way].map((run) => (isAlone ? timeOf(run.rate) : run.rate));
  const format = isAlone ? formatUs : formatRate;
  const atLeast = (limit: number): Target =>
    pace === PIPELINED ? { kind: "ratio-at-least", limit } : { kind: "none" };
  const cpu = (server: "primary" | "replica"): RowSpec => ({
    what: `  CPU of the ${server} for each`,
    format: formatUs,
    target: { kind: "none" },
  });
  return [
    {
      spec: { what: `${what}: async, beside redis`, format, target: atLeast(OF_REDIS) },
      redis: rate("redis"),
      ours: rate("async"),
    },
    {
      spec: {
        what: "  replicated, beside async in the column of redis",
        format,
        target: atLeast(OF_ASYNC),
      },
      redis: rate("async"),
      ours: rate("replicated"),
    },
    {
      spec: { what: "  replicated, beside redis", format, target: { kind: "none" } },
      redis: rate("redis"),
      ours: rate("replicated"),
    },
    {
      spec: cpu("primary"),
      redis: runs.redis.map((run) => run.primaryCpu),
      ours: runs.replicated.map((run) => run.primaryCpu),
    },
    {
      spec: cpu("replica"),
      redis: runs.redis.map((run) => run.replicaCpu),
      ours: runs.replicated.map((run) => run.replicaCpu),
    },
  ];
}

/** Of one request, when the next one waits for its reply. */
function timeOf({ value, fault }: Measurement): Measurement {
  return { value: 1e6 / value, fault };
}

const IDLE_ROWS: readonly RowSpec[] = ["primary", "replica"].map((server) => ({
  what: `idle: CPU of the ${server}, of a core`,
  format: (share) => `${(share * 100).toFixed(1)} %`,
  target: { kind: "none" },
}));

async function measureIdle(
  pairs: Record<"redis" | "ours", ReplicatedPair>,
  [primary, replica]: readonly Row[],
): Promise<void> {
  const cpus = (["redis", "ours"] as const).map((side) => ({
    side,
    primary: new ServerCpu([pairs[side].pids.primary]),
    replica: new ServerCpu([pairs[side].pids.replica]),
  }));
  await delay(IDLE_MS);
  for (const { side, ...cpu } of cpus) {
    push(primary?.[side], shareOf(cpu.primary));
    push(replica?.[side], shareOf(cpu.replica));
  }
}

/** Of a core, while it was watched. */
function shareOf(used: ServerCpu): number {
  return (used.perOperationUs(1) ?? Number.NaN) / 1_000 / IDLE_MS;
}

function push(runs: Row["ours"] | undefined, value: number): void {
  (runs as Measurement[] | undefined)?.push({ value }); // ours: made empty above
}

function formatUs(us: number): string {
  return `${us.toFixed(2)} µs`;
}

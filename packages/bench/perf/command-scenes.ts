import { formatRate } from "./format-rate.ts";
import type { Contender } from "./contender.ts";
import { measureInTurns, type Scene } from "./measure-in-turns.ts";
import type { Measurement, Row, RowSpec } from "./measurement.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { runRedisBenchmark, wholeBatches } from "./redis-benchmark.ts";
import { ServerCpu } from "./server-cpu.ts";

/** As redis-benchmark itself. */
const CLIENTS = 50;
const FIELD = "x".repeat(64);
/** Warm-up, as a share of what is measured: enough for the optimising compiler of ours. */
const WARM_UP_SHARE = 0.35;

const COMMANDS = {
  SET: ["SET", "key:__rand_int__", "xxx"],
  GET: ["GET", "key:__rand_int__"],
  LPUSH: ["LPUSH", "mylist", "xxx"],
  RPOP: ["RPOP", "mylist"],
  XADD: ["XADD", "mystream", "*", "f", FIELD],
  PUBLISH: ["PUBLISH", "mychannel", FIELD],
  SPUBLISH: ["SPUBLISH", "mychannel", FIELD],
} as const satisfies Record<string, readonly string[]>;

type CommandName = keyof typeof COMMANDS;

interface Depth {
  readonly pipeline: number;
  /** About a second. */
  readonly requests: number;
}
const PLAIN: Depth = { pipeline: 1, requests: 150_000 };
const PIPELINED: Depth = { pipeline: 16, requests: 1_500_000 };
/** A stream keeps all of them. */
const PIPELINED_XADD: Depth = { pipeline: 16, requests: 800_000 };

/** Item 8: single commands, the generator being redis-benchmark with 50 connections. */
export async function measureCommands(context: PerfContext): Promise<Row[]> {
  const one = await measureInTurns(
    [
      commandScene(["SET"], { ...PLAIN, atLeast: 0.95 }, context),
      commandScene(["GET"], { ...PLAIN, atLeast: 0.95 }, context),
      commandScene(["LPUSH", "RPOP"], { ...PLAIN, atLeast: 0.95 }, context),
      commandScene(["XADD"], { ...PLAIN, atLeast: 0.95 }, context),
      commandScene(["SET"], { ...PIPELINED, atLeast: 0.85 }, context),
      commandScene(["GET"], { ...PIPELINED, atLeast: 0.75 }, context),
      commandScene(["LPUSH", "RPOP"], { ...PIPELINED, atLeast: 0.75 }, context),
      commandScene(["XADD"], { ...PIPELINED_XADD, atLeast: 0.75 }, context),
    ],
    { kind: "standalone", nodes: 1 },
    context,
  );
  const cluster = await measureInTurns(
    [
      commandScene(["PUBLISH"], { ...PIPELINED, atLeast: 0.9 }, context),
      commandScene(["SPUBLISH"], { ...PIPELINED, atLeast: 0.9 }, context),
    ],
    { kind: "cluster", nodes: 1 },
    context,
  );
  return [...one, ...cluster];
}

/**
 * The commands one after the other, each the same number of times: RPOP pops what LPUSH pushed, so that it never
 * pops nothing.
 */
function commandScene(
  names: readonly CommandName[],
  load: Depth & { readonly atLeast: number },
  context: PerfContext,
): Scene {
  const { pipeline, atLeast } = load;
  const requests = wholeBatches(volume(load.requests, context), load);
  const rows = names.map((name): RowSpec => ({
    item: 8,
    what: `${name}${REMARKS[name] ?? ""}, pipeline ${pipeline}`,
    format: formatRate,
    target: { kind: "ratio-at-least", limit: atLeast },
  }));
  const send = async (contender: Contender, name: CommandName, times: number) =>
    runRedisBenchmark(
      {
        port: contender.address().port,
        clients: CLIENTS,
        pipeline,
        requests: times,
        words: COMMANDS[name],
      },
      context,
    );
  return {
    name: rows.map(({ what }) => what).join("; "),
    rows,
    measure: async (contender) => {
      await contender.request(["SET", "key:__rand_int__", "xxx"]);
      const warmUp = wholeBatches(requests * WARM_UP_SHARE, load);
      for (const name of names) await send(contender, name, warmUp);
      const measurements: Measurement[] = [];
      for (const name of names) {
        const cpu = new ServerCpu(contender.server.pids);
        const { requestsPerS, cpuShare } = await send(contender, name, requests);
        measurements.push({
          value: requestsPerS,
          serverCpuUs: cpu.perOperationUs(requests),
          generatorShare: cpuShare,
        });
      }
      for (const key of ["mylist", "mystream"]) await contender.request(["DEL", key]);
      return measurements;
    },
  };
}

const REMARKS: Partial<Record<CommandName, string>> = {
  SET: " 3 B",
  XADD: " one 64 B field",
  PUBLISH: " no subscribers, one-node cluster",
  SPUBLISH: " no subscribers, one-node cluster",
};

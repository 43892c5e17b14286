import { BenchError } from "../src/bench-error.ts";
import type { Contender } from "./contender.ts";
import { formatRate } from "./format-rate.ts";
import type { GroupReadersExchange, GroupReadersQuestion } from "./group-readers-child.ts";
import { LoadChild } from "./load-child.ts";
import type { Scene } from "./measure-in-turns.ts";
import type { Measurement } from "./measurement.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { wholeBatches } from "./redis-benchmark.ts";
import { ServerCpu } from "./server-cpu.ts";
import { fillStream, STREAM } from "./stream-entries.ts";

/** As redis-benchmark's clients. */
const CONSUMERS = 50;
const PIPELINE = 16;
/** The stream is read once for each group. */
const ENTRIES = 800_000;
/** Of the entries, for the pairs. */
const WARM_UP_SHARE = 0.25;
const BULK = 100;
/** About a second. */
const BULK_GROUPS = ["bulk-1", "bulk-2", "bulk-3"];
/** Where memory counts, few answers are under way. */
const QUIET_CONSUMERS = 10;

type Reading = Pick<GroupReadersQuestion, "groups" | "count" | "isAcking" | "reads">;

/** Consumers that get new entries one by one and acknowledge each, and consumers that get a hundred at once. */
export function groupReadsScene(context: PerfContext): Scene {
  const entries = wholeBatches(volume(ENTRIES, context), { pipeline: PIPELINE * BULK });
  const warmUp = wholeBatches(entries * WARM_UP_SHARE, { pipeline: PIPELINE });
  const load = `${CONSUMERS} consumers, pipeline ${PIPELINE}`;
  const rows = [
    { what: `XREADGROUP COUNT 1, then its XACK (pairs), ${load}`, limit: 1.2 },
    { what: `XREADGROUP COUNT ${BULK}, ${load}`, limit: 1 },
  ];
  return {
    name: rows.map(({ what }) => what).join("; "),
    rows: rows.map(({ what, limit }) => ({
      what,
      format: formatRate,
      target: { kind: "ratio-at-least", limit },
    })),
    measure: async (contender) => {
      await fillStream(contender, entries);
      await using child = LoadChild.start<GroupReadersExchange>("group-readers-child.ts", context);
      const read = async (reading: Reading): Promise<Measurement> => {
        const cpu = new ServerCpu(contender.server.pids);
        const { readsPerS, cpuShare } = await child.ask({
          ...reading,
          address: contender.address(),
          consumers: CONSUMERS,
          pipeline: PIPELINE,
        });
        const reads = reading.reads * reading.groups.length;
        return {
          value: readsPerS,
          serverCpuUs: cpu.perOperationUs(reads),
          generatorShare: cpuShare,
        };
      };
      await createGroups(contender, ["pairs", "bulk-0", ...BULK_GROUPS]);
      const pairs = { groups: ["pairs"], count: 1, isAcking: true };
      await read({ ...pairs, reads: warmUp });
      const pairRate = await read({ ...pairs, reads: entries - warmUp });
      const bulk = { count: BULK, isAcking: false, reads: entries / BULK };
      await read({ ...bulk, groups: ["bulk-0"] });
      const bulkRate = await read({ ...bulk, groups: BULK_GROUPS });
      await expectPending(contender, "pairs", 0);
      for (const group of BULK_GROUPS) await expectPending(contender, group, entries);
      return [pairRate, bulkRate];
    },
  };
}

/** Afterwards the group exists, and each of the stream's `entries` is pending in it. Not timed. */
export async function makePending(
  contender: Contender,
  { group, entries }: { readonly group: string; readonly entries: number },
  context: PerfContext,
): Promise<void> {
  await createGroups(contender, [group]);
  await using child = LoadChild.start<GroupReadersExchange>("group-readers-child.ts", context);
  await child.ask({
    address: contender.address(),
    groups: [group],
    consumers: QUIET_CONSUMERS,
    pipeline: 1,
    count: BULK,
    isAcking: false,
    reads: entries / BULK,
  });
  await expectPending(contender, group, entries);
}

async function createGroups(contender: Contender, groups: readonly string[]): Promise<void> {
  await contender.requestAll(groups.map((group) => ["XGROUP", "CREATE", STREAM, group, "0"]));
}

async function expectPending(contender: Contender, group: string, due: number): Promise<void> {
  const summary = await contender.request(["XPENDING", STREAM, group]);
  const pending = Array.isArray(summary) ? Number(summary[0]) : Number.NaN;
  if (pending !== due) throw new BenchError(`${pending} entries are pending, ${due} are due`);
}

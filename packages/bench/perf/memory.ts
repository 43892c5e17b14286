import { BenchError } from "../src/bench-error.ts";
import { formatCount } from "../src/format-number.ts";
import type { Contender } from "./contender.ts";
import type { IdleExchange } from "./idle-connections-child.ts";
import { LoadChild } from "./load-child.ts";
import { measureInTurns, type Scene } from "./measure-in-turns.ts";
import type { Row, Target } from "./measurement.ts";
import { bytesRow, MEMORY_SERVER, settledResidentBytes, usedBytes } from "./memory-growth.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { runRedisBenchmark, wholeBatches } from "./redis-benchmark.ts";

const ENTRIES = 500_000;
const PIPELINE = 16;
/** 64 bytes; twelve digits of it differ from entry to entry. */
const FIELD = `__rand_int__${"x".repeat(52)}`;
const CONNECTIONS = 10_000;
const CONNECTION_BYTES_MAX = 10_000;

/** Item 11 of the foundation. Each part in servers of its own. */
export async function measureMemory(context: PerfContext): Promise<Row[]> {
  // Connections of the run itself come on top.
  const directives = { maxclients: String(CONNECTIONS + 100) };
  return [
    ...(await measureInTurns([streamScene(context)], MEMORY_SERVER, context)),
    ...(await measureInTurns(
      [connectionScene(context)],
      { ...MEMORY_SERVER, directives },
      context,
    )),
  ];
}

function streamScene(context: PerfContext): Scene {
  const entries = wholeBatches(volume(ENTRIES, context), { pipeline: PIPELINE });
  const target: Target = { kind: "ratio-at-most", limit: 1.5 };
  const stream = `${formatCount(entries)} entries of one 64 B field`;
  return {
    name: stream,
    rows: [
      bytesRow(`${stream}, redis used_memory, ours RSS after gc: growth of a fresh server`, target),
      bytesRow(`${stream}, the same: growth after such a stream was written and deleted`, target),
      bytesRow("  what was still held after that deletion", { kind: "none" }),
    ],
    measure: async (contender) => {
      const freshBytes = await usedBytes(contender);
      await addEntries(contender, entries, context);
      const coldBytes = await usedBytes(contender);
      await contender.request(["DEL", "mystream"]);
      const deletedBytes = await usedBytes(contender);
      await addEntries(contender, entries, context);
      const warmBytes = await usedBytes(contender);
      return [
        { value: coldBytes - freshBytes },
        { value: warmBytes - deletedBytes },
        { value: deletedBytes - freshBytes },
      ];
    },
  };
}

async function addEntries(
  contender: Contender,
  entries: number,
  context: PerfContext,
): Promise<void> {
  await runRedisBenchmark(
    {
      port: contender.address().port,
      clients: 50,
      pipeline: PIPELINE,
      requests: entries,
      randomBelow: 1_000_000_000,
      words: ["XADD", "mystream", "*", "f", FIELD],
    },
    context,
  );
  const length = Number(await contender.request(["XLEN", "mystream"]));
  if (length !== entries) throw new BenchError(`the stream has ${length} of ${entries} entries`);
}

function connectionScene(context: PerfContext): Scene {
  const target: Target = { kind: "ours-at-most", limit: CONNECTION_BYTES_MAX };
  const connections = `each of ${formatCount(CONNECTIONS)} idle connections`;
  return {
    name: connections,
    rows: [
      bytesRow(`${connections}, growth of RSS`, target),
      bytesRow(`${connections} after one PING, growth of RSS`, target),
    ],
    measure: async (contender) => {
      const freshBytes = await settledResidentBytes(contender);
      await using child = LoadChild.start<IdleExchange>("idle-connections-child.ts", context);
      const grown = async (question: IdleExchange["question"]): Promise<number> => {
        const open = await child.ask(question);
        const info = await contender.info(["INFO", "clients"]);
        const seen = Number(info.get("connected_clients"));
        if (open < CONNECTIONS || seen < CONNECTIONS) {
          throw new BenchError(`${open} connections are open, the server has ${seen}`);
        }
        return ((await settledResidentBytes(contender)) - freshBytes) / CONNECTIONS;
      };
      const address = contender.address();
      return [
        { value: await grown({ kind: "connect", address, count: CONNECTIONS }) },
        { value: await grown({ kind: "ping" }) },
      ];
    },
  };
}

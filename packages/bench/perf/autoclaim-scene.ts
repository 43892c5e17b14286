import { BenchError } from "../src/bench-error.ts";
import { formatCount, formatUs } from "../src/format-number.ts";
import type { RespConnection } from "../src/resp-connection.ts";
import { median } from "../src/median.ts";
import { makePending } from "./group-reads.ts";
import type { Scene } from "./measure-in-turns.ts";
import { volume, type PerfContext } from "./perf-context.ts";
import { entryId, fillStream, STREAM } from "./stream-entries.ts";

const ENTRIES = 1_000_000;
const IDLE_ENTRIES = 100;
const IDLE_MS = 3_600_000;
/** Longer than the scene takes, so that only the entries made idle are. */
const MIN_IDLE_MS = 1_800_000;
const GROUP = "workers";
const CLAIMS_US_MAX = 5_000;
/** The first one meets code that never ran, in both processes; the median is what a consumer sees that goes on. */
const SWEEPS = 5;
/** Far enough for another node of the stream. */
const SWEEP_STRIDE = 1_777;

/**
 * XAUTOCLAIM with its usual COUNT (100) from 0-0, and on until it says 0-0, as one does who wants all that is idle.
 * The idle entries are spread evenly. At the client, with nobody else; several times, with other entries each.
 */
export function autoclaimScene(context: PerfContext): Scene {
  const entries = volume(ENTRIES, context);
  const what = `${IDLE_ENTRIES} idle of ${formatCount(entries)} pending entries`;
  return {
    name: what,
    rows: [
      {
        what: `XAUTOCLAIM until all are claimed, ${what}`,
        format: formatUs,
        target: { kind: "ours-at-most", limit: CLAIMS_US_MAX },
      },
      { what: "  the first time", format: formatUs, target: { kind: "none" } },
      { what: "  the first call", format: formatUs, target: { kind: "none" } },
      { what: "  entries that it claimed", format: formatCount, target: { kind: "none" } },
      { what: "  calls", format: formatCount, target: { kind: "none" } },
    ],
    measure: async (contender) => {
      await fillStream(contender, entries);
      await makePending(contender, { group: GROUP, entries }, context);
      const connection = await contender.connect();
      try {
        const sweeps: Sweep[] = [];
        for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
          await connection.request(makeIdle(entries, sweep));
          sweeps.push(await claimAll(connection));
        }
        const totalUs = median(sweeps.map((sweep) => sweep.totalUs));
        const [first] = sweeps;
        if (totalUs === undefined || first === undefined)
          throw new BenchError("nothing was claimed");
        return [totalUs, first.totalUs, first.firstUs, first.firstClaimed, first.calls].map(
          (value) => ({ value }),
        );
      } finally {
        connection.close();
      }
    },
  };
}

/** Another hundred each time. */
function makeIdle(entries: number, sweep: number): readonly string[] {
  const idle = Array.from({ length: IDLE_ENTRIES }, (_, index) =>
    entryId((index * entries) / IDLE_ENTRIES + sweep * SWEEP_STRIDE),
  );
  return ["XCLAIM", STREAM, GROUP, "gone", "0", ...idle, "IDLE", String(IDLE_MS), "JUSTID"];
}

interface Sweep {
  readonly calls: number;
  readonly totalUs: number;
  readonly firstUs: number;
  readonly firstClaimed: number;
}

async function claimAll(connection: RespConnection): Promise<Sweep> {
  const claim = ["XAUTOCLAIM", STREAM, GROUP, "alive", String(MIN_IDLE_MS)];
  const startedAtMs = performance.now();
  const first = claimedBy(await connection.request([...claim, "0-0"]));
  const firstUs = (performance.now() - startedAtMs) * 1_000;
  let { cursor, claimed } = first;
  let calls = 1;
  while (cursor !== "0-0") {
    const next = claimedBy(await connection.request([...claim, cursor]));
    cursor = next.cursor;
    claimed += next.claimed;
    calls += 1;
  }
  const totalUs = (performance.now() - startedAtMs) * 1_000;
  if (claimed !== IDLE_ENTRIES) throw new BenchError(`${claimed} of ${IDLE_ENTRIES} were claimed`);
  return { calls, totalUs, firstUs, firstClaimed: first.claimed };
}

/** Of the reply: where to go on, the entries, ids that are no more. */
function claimedBy(reply: unknown): { readonly cursor: string; readonly claimed: number } {
  if (Array.isArray(reply) && Array.isArray(reply[1])) {
    return { cursor: String(reply[0]), claimed: reply[1].length };
  }
  throw new BenchError("XAUTOCLAIM did not answer with a cursor and entries");
}

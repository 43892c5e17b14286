import { randomInt } from "node:crypto";
import type { NodeProcess } from "@slotcast/testkit";
import fc from "fast-check";
import { ENTRIES_READ_MARK, LAG_MARK } from "./canonical-reply.ts";
import { comparable } from "./comparable-transcript.ts";
import { ComparedServer } from "./compared-server.ts";
import { REGRESSIONS } from "./regressions.ts";
import { commandCount, sequence } from "./sequence.ts";
import { showSequence, type Sequence } from "./step.ts";

/** Of the random sequences; in the tests' names, to repeat a run. */
export const ORACLE_SEED = Number(process.env["ORACLE_SEED"] ?? randomInt(2 ** 31));
/** In each of the two modes. */
export const COMMANDS_MIN = Number(process.env["ORACLE_COMMANDS"] ?? 150_000);
/** Sequences are drawn until there were enough commands; this many are enough by far. */
const SEQUENCES_MAX = 5000;
/** All take some 40 s. A difference is shrunk for as long as there is time. */
export const TEST_WITHIN_MS = 210_000;
const COMPARE_WITHIN_MS = 180_000;
/** The real server's timer. At its usual 10, sequences wait for it most of the time. */
export const ORACLE_HZ = 500;
/** `$-1`, `_` or an integer behind the mark. */
const PROGRESS = new RegExp(`(?:${LAG_MARK}|${ENTRIES_READ_MARK})[^\\r]*\\r\\n`, "g");
/** After these the lag that Redis tells may be wrong, and what it counts as read another: docs/divergence.md. */
const REMOVES_ENTRIES = /\b(XDEL|XTRIM|XSETID|MAXLEN|MINID)\b/i;

/** Returns how many commands both servers answered alike. Throws the first difference, shrunk. */
export async function compareServers(redisPort: number, node: NodeProcess): Promise<number> {
  const servers = await Promise.all([
    ComparedServer.attach("redis-server", redisPort),
    ComparedServer.attach("slotcast", node.port),
  ]);
  await alignClientIds(servers);
  let commands = 0;
  let isShrinking = false;
  const property = fc.asyncProperty(sequence, async (drawn) => {
    if (commands >= COMMANDS_MIN && !isShrinking) return;
    // Both to their end, whatever becomes of the other: the next sequence finds them empty.
    const played = await Promise.allSettled(servers.map(async (server) => server.play(drawn)));
    const [theirs, ours] = played.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    }) as [string[], string[]]; // there are two servers
    const difference = firstDifference(drawn, theirs, ours);
    if (difference !== undefined) {
      isShrinking = true;
      throw new Error(`${difference}\n${showSequence(drawn)}`);
    }
    commands += commandCount(drawn);
  });
  try {
    await fc.assert(property, {
      seed: ORACLE_SEED,
      examples: REGRESSIONS.map((kept): [Sequence] => [kept]),
      numRuns: SEQUENCES_MAX,
      interruptAfterTimeLimit: COMPARE_WITHIN_MS,
    });
  } catch (error) {
    if (node.pid !== undefined) throw error;
    throw new Error(`the node died:\n${node.output}`, { cause: error });
  } finally {
    await Promise.all(servers.map(async (server) => server.close()));
  }
  return commands;
}

/** Afterwards both give the same ids to their next connections, so that replies with ids compare equal. */
async function alignClientIds(servers: readonly ComparedServer[]): Promise<void> {
  const ids = await Promise.all(servers.map(async (server) => server.burnClientId()));
  const highest = Math.max(...ids);
  for (const [index, server] of servers.entries()) {
    for (let id = ids[index] ?? 0; id < highest; id += 1) await server.burnClientId();
  }
}

function firstDifference(
  drawn: Sequence,
  theirs: readonly string[],
  ours: readonly string[],
): string | undefined {
  for (const [connection, their] of theirs.entries()) {
    const expected = comparable(their, drawn, connection);
    const ourTranscript = comparable(ours[connection] ?? "", drawn, connection);
    const actual = withGuessedProgress(ourTranscript, expected, drawn);
    if (expected === actual) continue;
    const at = [...expected].findIndex((char, index) => char !== actual[index]);
    const from = Math.max(0, (at === -1 ? expected.length : at) - 60);
    return [
      `connection ${connection} differs at byte ${at}:`,
      `  redis-server: ${JSON.stringify(expected.slice(from, from + 200))}`,
      `  slotcast:     ${JSON.stringify(actual.slice(from, from + 200))}`,
    ].join("\n");
  }
  return undefined;
}

/** Where Redis does not know how far a group is, or guesses, ours, which is exact, is no difference. */
function withGuessedProgress(actual: string, expected: string, drawn: Sequence): string {
  const known = [...expected.matchAll(PROGRESS)].map(([told]) => told);
  if (known.length === 0) return actual;
  const isGuessed = REMOVES_ENTRIES.test(showSequence(drawn));
  let index = 0;
  return actual.replaceAll(PROGRESS, (told) => {
    const theirs = known[index];
    index += 1;
    const isUnknown = theirs?.startsWith(LAG_MARK) === true && !theirs.includes(":");
    return theirs !== undefined && (isGuessed || isUnknown) ? theirs : told;
  });
}

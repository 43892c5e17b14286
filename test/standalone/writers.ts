import { until, ReplyError, type NodeProcess, type RespClient } from "@slotcast/testkit";

/** Requests of one writer that are under way at once. */
const PIPELINE = 8;
const WRITTEN_WITHIN_MS = 20_000;

/** What was asked of a server, and what it said: kept outside of it. */
export interface Journal {
  /** Numbers whose write was acknowledged. */
  readonly acknowledged: Set<number>;
  /** Error lines that came instead. */
  readonly errors: string[];
}

/**
 * Adds numbers to a set as fast as it is answered, until the server refuses or is gone, or `isOver`. Returns what was
 * acknowledged. Each writer begins at another number.
 */
export async function writeUntil(
  server: NodeProcess,
  { from, isOver }: { readonly from: number; readonly isOver: () => boolean },
): Promise<Journal> {
  const journal: Journal = { acknowledged: new Set(), errors: [] };
  let client: RespClient;
  try {
    client = await server.connect();
  } catch {
    return journal;
  }
  let next = from;
  const one = async (): Promise<void> => {
    while (!isOver() && journal.errors.length === 0) {
      const number = next;
      next += 1;
      try {
        await client.call("SADD", "numbers", String(number));
        journal.acknowledged.add(number);
      } catch (error) {
        if (error instanceof ReplyError) journal.errors.push(error.message);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: PIPELINE }, one));
  await client[Symbol.asyncDispose]();
  return journal;
}

/** Acknowledged numbers that the server does not have. */
export async function missingOn(
  server: NodeProcess,
  acknowledged: Iterable<number>,
): Promise<readonly number[]> {
  await using client = await server.connect();
  const members = (await client.call("SMEMBERS", "numbers")) as readonly string[]; // a set of them
  const kept = new Set(members.map(Number));
  return [...acknowledged].filter((number) => !kept.has(number));
}

/** So many numbers have arrived there. */
export async function untilWritten(server: NodeProcess, count: number): Promise<void> {
  await using client = await server.connect();
  await until(async () => Number(await client.call("SCARD", "numbers")) >= count, {
    withinMs: WRITTEN_WITHIN_MS,
    what: `${count} writes`,
  });
}

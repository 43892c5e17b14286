import { checkCounter } from "./check-counter.ts";
import { checkList, checkQueue } from "./check-lists.ts";
import { checkSet } from "./check-set.ts";
import { checkStream } from "./check-stream.ts";
import type { Contents } from "./contents.ts";
import { Findings } from "./findings.ts";
import type { Journal } from "./journal.ts";

export interface Verdict {
  readonly findings: Findings;
  /** Values that are there twice because their client library sent them again after a lost connection. */
  readonly resentCopies: number;
}

/**
 * Holds what clients were told against what the cluster holds in the end.
 *
 * What counts as ours: a request that its client wrote to a connection n times without getting an answer may have
 * been executed n times more than its application knows of. ioredis sends such requests again by itself; node-redis
 * gives the application an error. Everything beyond that is the cluster's: an acknowledged write that is not there,
 * a copy more than the client can have caused, a write that was answered with an error (the client library sends it
 * elsewhere, or the application does) and is there all the same.
 */
export function checkJournal(journal: Journal, contents: Contents): Verdict {
  const findings = new Findings();
  let resentCopies = 0;
  for (const [key, list] of contents.lists) {
    resentCopies += checkList(findings, key, journal.ofKey(key), list);
  }
  for (const [key, queue] of contents.queues) {
    resentCopies += checkQueue(findings, key, journal.ofKey(key), queue);
  }
  for (const [key, value] of contents.counters) {
    checkCounter(findings, key, journal.ofKey(key), value);
  }
  for (const [key, members] of contents.sets) {
    checkSet(findings, key, journal.ofKey(key), members);
  }
  for (const [key, stream] of contents.streams) {
    resentCopies += checkStream(findings, key, journal.ofKey(key), stream);
  }
  for (const key of journal.keys) {
    if (!isRead(contents, key)) throw new Error(`${key} was written and not read back`);
  }
  return { findings, resentCopies };
}

function isRead({ lists, queues, counters, sets, streams }: Contents, key: string): boolean {
  return [lists, queues, counters, sets, streams].some((contents) => contents.has(key));
}

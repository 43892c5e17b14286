import type { FrameLayout } from "../src/frame-scanner.ts";
import type { Contender } from "./contender.ts";

/** What the scenes of streams write. Ids have one length, so replies that hold them have one length too. */
export const STREAM = "mystream";

const FIRST_MS = 1_700_000_000_000;
/** A fast producer: most entries differ from the one before in the second part of their id. */
const ENTRIES_PER_MS = 100;
const FIRST_SEQUENCE = 100;
const FIELD = "f";
const VALUE = "x".repeat(64);

/** Counted from 0. */
export function entryId(entry: number): string {
  const ms = FIRST_MS + Math.floor(entry / ENTRIES_PER_MS);
  return `${ms}-${FIRST_SEQUENCE + (entry % ENTRIES_PER_MS)}`;
}

export const ENTRY_ID_BYTES = entryId(0).length;

/** Entries of one field of 64 bytes. Throws `BenchError`. */
export async function fillStream(contender: Contender, entries: number): Promise<void> {
  await contender.requestAll(addEntries(entries));
}

function* addEntries(entries: number): Generator<readonly string[]> {
  for (let entry = 0; entry < entries; entry += 1) {
    yield ["XADD", STREAM, entryId(entry), FIELD, VALUE];
  }
}

/** The reply to an XREADGROUP that returns `count` entries; the payload is the id of the first. */
export function readReplyLayout(count: number): FrameLayout {
  const id = entryId(0);
  const head = `*1\r\n*2\r\n${bulk(STREAM)}*${count}\r\n`;
  const beforeId = `*2\r\n$${id.length}\r\n`;
  const entry = `*2\r\n${bulk(id)}*2\r\n${bulk(FIELD)}${bulk(VALUE)}`;
  const prefix = head + beforeId;
  return { prefix, payloadOffset: prefix.length, frameBytes: head.length + count * entry.length };
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

import { own, type Bytes } from "@slotcast/protocol";
import { MalformedBytes, type ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { writeNumber, writeString } from "./codec-parts.ts";
import { Idempotence } from "./idempotence.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import { readStreamId, writeStreamId } from "./stream-node-codec.ts";

/** XCFGSET's bounds. */
const DURATION_S_MAX = 86_400;
const SIZE_MAX = 10_000;

/**
 * What producers sent before, in bytes: 0 when no producer ever asked for it, else 1, limits, counters and windows
 * (docs/dump-format.md). Cost: O(bytes).
 */
export function writeIdempotence(writer: ByteWriter, idempotence: Idempotence | undefined): void {
  writeNumber(writer, idempotence === undefined ? 0 : 1);
  if (idempotence === undefined) return;
  const { limits, windows, added, duplicates } = idempotence.parts;
  for (const number of [limits.durationS, limits.sizeMax, added, duplicates, windows.size]) {
    writeNumber(writer, number);
  }
  for (const [producer, window] of windows) {
    writeString(writer, producer);
    writeNumber(writer, window.size);
    for (const [message, id] of window) {
      writeString(writer, message);
      writeStreamId(writer, id);
    }
  }
}

/** `lastId` is the stream's: no message can have got a higher one. Throws MalformedBytes. */
export function readIdempotence(reader: ByteReader, lastId: StreamId): Idempotence | undefined {
  const flag = reader.byte();
  if (flag === 0) return undefined;
  const limits = { durationS: reader.varint(), sizeMax: reader.varint() };
  const isInBounds =
    flag === 1 &&
    limits.durationS >= 1 &&
    limits.durationS <= DURATION_S_MAX &&
    limits.sizeMax >= 1 &&
    limits.sizeMax <= SIZE_MAX;
  if (!isInBounds) throw new MalformedBytes("limits of idempotence out of their bounds");
  const added = reader.varint();
  const duplicates = reader.varint();
  const windows = new Map<Bytes, ReadonlyMap<Bytes, StreamId>>();
  const count = reader.count();
  for (let index = 0; index < count; index += 1) {
    const producer = own(reader.string());
    if (windows.has(producer)) throw new MalformedBytes("a producer twice");
    windows.set(producer, readWindow(reader, { sizeMax: limits.sizeMax, lastId }));
  }
  return Idempotence.from({ limits, windows, added, duplicates });
}

function readWindow(
  reader: ByteReader,
  { sizeMax, lastId }: { readonly sizeMax: number; readonly lastId: StreamId },
): ReadonlyMap<Bytes, StreamId> {
  const window = new Map<Bytes, StreamId>();
  const count = reader.countFrom1();
  if (count > sizeMax) throw new MalformedBytes("more messages than are remembered");
  for (let index = 0; index < count; index += 1) {
    const message = own(reader.string());
    const id = readStreamId(reader);
    if (window.has(message) || compareStreamIds(id, lastId) > 0) {
      throw new MalformedBytes("a message twice, or of an entry that cannot be");
    }
    window.set(message, id);
  }
  return window;
}

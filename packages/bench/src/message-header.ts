/**
 * What every payload begins with, so that each delivery can be checked and timed:
 *
 *     0      magic 0xa7: tells a payload from bytes of something else
 *     1      phase, 1–255: a straggler of an earlier phase is recognised
 *     2–5    stream: one number for each pair of publisher and channel
 *     6–9    sequence number in the stream, from 0
 *     10–15  scheduled send time in microseconds of the monotonic clock
 *
 * All big-endian. Raw bytes on purpose: formatting digits would cost the publisher more than the rest of it.
 */
export const HEADER_BYTES = 16;
export const HEADER_MAGIC = 0xa7;
export const PHASE_MAX = 255;

export interface MessageHeader {
  phase: number;
  stream: number;
  sequence: number;
  sentAtUs: number;
}

const HIGH_WORD = 2 ** 32;

/** Returns nothing and allocates nothing: callers reuse one `header` for all messages. */
export function writeHeader(target: Uint8Array, offset: number, header: MessageHeader): void {
  const { stream, sequence } = header;
  const timeHigh = Math.trunc(header.sentAtUs / HIGH_WORD);
  const timeLow = header.sentAtUs - timeHigh * HIGH_WORD;
  target[offset] = HEADER_MAGIC;
  target[offset + 1] = header.phase;
  target[offset + 2] = stream >>> 24;
  target[offset + 3] = stream >>> 16;
  target[offset + 4] = stream >>> 8;
  target[offset + 5] = stream;
  target[offset + 6] = sequence >>> 24;
  target[offset + 7] = sequence >>> 16;
  target[offset + 8] = sequence >>> 8;
  target[offset + 9] = sequence;
  target[offset + 10] = timeHigh >>> 8;
  target[offset + 11] = timeHigh;
  target[offset + 12] = timeLow >>> 24;
  target[offset + 13] = timeLow >>> 16;
  target[offset + 14] = timeLow >>> 8;
  target[offset + 15] = timeLow;
}

/** Fills `header`. The caller made sure that 16 bytes are there and begin with the magic. */
export function readHeader(source: Uint8Array, offset: number, header: MessageHeader): void {
  header.phase = source[offset + 1] ?? 0;
  header.stream = readUint32(source, offset + 2);
  header.sequence = readUint32(source, offset + 6);
  const timeHigh = ((source[offset + 10] ?? 0) << 8) | (source[offset + 11] ?? 0);
  header.sentAtUs = timeHigh * HIGH_WORD + readUint32(source, offset + 12);
}

function readUint32(source: Uint8Array, offset: number): number {
  return (
    (((source[offset] ?? 0) << 24) |
      ((source[offset + 1] ?? 0) << 16) |
      ((source[offset + 2] ?? 0) << 8) |
      (source[offset + 3] ?? 0)) >>>
    0
  );
}

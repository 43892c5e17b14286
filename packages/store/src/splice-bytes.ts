import { EMPTY, fromBuffer, type Bytes } from "@slotcast/protocol";

/** Longer results get a buffer of their own: their bytes then cost more than the allocation. */
const SCRATCH_BYTES = 16 * 1024;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * The text with `removed` bytes at `start` replaced by `inserted`, as `Array.splice`: a flat string that owns its
 * bytes, where `+` and `slice` would keep the parts alive. Cost: O(bytes), three native calls.
 */
export function spliceBytes(
  text: Bytes,
  { start, removed, inserted }: { start: number; removed: number; inserted: Bytes },
): Bytes {
  const { length } = text;
  const end = length - removed + inserted.length;
  if (end === 0) return EMPTY;
  const needed = length + inserted.length;
  const buffer = needed <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(needed);
  buffer.latin1Write(text, 0, length);
  if (start + removed < length) buffer.copyWithin(start + inserted.length, start + removed, length);
  buffer.latin1Write(inserted, start, inserted.length);
  return fromBuffer(buffer, 0, end);
}

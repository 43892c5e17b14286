import crc16xmodem from "crc/calculators/crc16xmodem";
import { slice, type Bytes } from "./bytes.ts";

/** A cluster has this many hash slots; the number is part of the protocol. */
export const SLOTS = 16_384;

/** The `crc` package loops over bits: ask it once for each byte value and loop over the table instead. */
const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) =>
  crc16xmodem(Uint8Array.of(byte)),
);

const OPEN_BRACE = 123;

/**
 * The slot of a key or shard channel: CRC16/XMODEM modulo 16384, over the hash tag when there is one, that
 * is, what stands between the first `{` and the first `}` after it, unless that is empty.
 * Source: Redis cluster specification, "Hash tags"; Redis 7.0 src/cluster.c, keyHashSlot.
 */
export function hashSlot(key: Bytes): number {
  return hashSlotOfPart(key, 0, key.length);
}

/** Of the key between two places of a text. */
export function hashSlotOfPart(text: Bytes, from: number, to: number): number {
  let crc = 0;
  // Most keys have no brace: its search and the sum are one pass (two took a tenth of a microsecond of each command).
  for (let index = from; index < to; index += 1) {
    const char = text.charCodeAt(index);
    if (char === OPEN_BRACE) return slotOfTagged(slice(text, from, to), index - from);
    crc = ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ char] ?? 0);
  }
  return crc & (SLOTS - 1);
}

/** Of a key whose first `{` stands at `open`. */
function slotOfTagged(key: Bytes, open: number): number {
  const close = key.indexOf("}", open + 1);
  const hasTag = close > open + 1;
  return (hasTag ? sumOf(key, open + 1, close) : sumOf(key, 0, key.length)) & (SLOTS - 1);
}

function sumOf(key: Bytes, from: number, to: number): number {
  let crc = 0;
  for (let index = from; index < to; index += 1) {
    crc = ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ key.charCodeAt(index)] ?? 0);
  }
  return crc;
}

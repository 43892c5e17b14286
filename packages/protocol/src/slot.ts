import crc16xmodem from "crc/calculators/crc16xmodem";
import type { Bytes } from "./bytes.ts";

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
  let start = 0;
  let end = key.length;
  for (let index = 0; index < end; index += 1) {
    if (key.charCodeAt(index) === OPEN_BRACE) {
      const close = key.indexOf("}", index + 1);
      if (close > index + 1) {
        start = index + 1;
        end = close;
      }
      break;
    }
  }
  let crc = 0;
  for (let index = start; index < end; index += 1) {
    crc = ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ key.charCodeAt(index)] ?? 0);
  }
  return crc & (SLOTS - 1);
}

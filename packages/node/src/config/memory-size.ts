const UNIT_BYTES: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};
const MEMORY_SIZE = /^(\d*)([a-z]*)$/i;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Bytes of `100`, `10mb`, `1G` (k m g count in thousands, kb mb gb in 1024s); `undefined` for anything else.
 * A number beyond 64 bits is cut to the greatest, as strtoull does. The empty text is 0, as in Redis.
 * Source: Redis 7.0 src/util.c, memtoull.
 */
export function parseMemorySize(text: string): bigint | undefined {
  const match = MEMORY_SIZE.exec(text);
  if (match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  const unitBytes = UNIT_BYTES[unit.toLowerCase()];
  if (unitBytes === undefined || (digits === "" && unit !== "")) return undefined;
  const count = BigInt(digits === "" ? 0 : digits);
  return BigInt.asUintN(64, (count > UINT64_MAX ? UINT64_MAX : count) * unitBytes);
}

/** In the greatest unit that divides it: `2gb`, `1536kb`, `100`. For humans and for CONFIG REWRITE. */
export function formatMemorySize(sizeBytes: bigint): string {
  if (sizeBytes > 0n) {
    for (const unit of ["gb", "mb", "kb"]) {
      const unitBytes = UNIT_BYTES[unit] ?? 1n;
      if (sizeBytes % unitBytes === 0n) return `${sizeBytes / unitBytes}${unit}`;
    }
  }
  return String(sizeBytes);
}

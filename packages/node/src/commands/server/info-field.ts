/** One line of INFO: `name:value`. */
export type InfoField = readonly [name: string, value: string | number];

const UNITS = ["K", "M", "G", "T", "P"] as const;

/** As the `…_human` fields show bytes: `894.75K`. Source: Redis 7.0 src/server.c, bytesToHuman. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}

import { formatCount } from "../src/format-number.ts";

/** `1.23 M/s`. */
export function formatRate(perS: number): string {
  return `${formatCount(perS)}/s`;
}

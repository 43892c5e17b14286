/** Of a new key: it shall not be the first to go before it had a chance to be used. */
export const FREQUENCY_INITIAL = 5;
const FREQUENCY_MAX = 255;
const MINUTE_MS = 60_000;

/** `lfu-decay-time`: minutes without a use after which a frequency is one less; 0: it stays. */
export function decayedFrequency(
  account: { readonly frequency: number; readonly usedAtMs: number },
  { nowMs, decayMinutes }: { readonly nowMs: number; readonly decayMinutes: number },
): number {
  if (decayMinutes === 0) return account.frequency;
  const minutes = Math.floor(nowMs / MINUTE_MS) - Math.floor(account.usedAtMs / MINUTE_MS);
  return Math.max(0, account.frequency - Math.floor(Math.max(0, minutes) / decayMinutes));
}

/**
 * The frequency after one more use: the higher it is, the more rarely it grows, and `lfu-log-factor` makes it rarer.
 * `random` is in [0, 1). Source: Redis 7.0 src/evict.c, LFULogIncr.
 */
export function grownFrequency(frequency: number, random: number, logFactor: number): number {
  if (frequency >= FREQUENCY_MAX) return FREQUENCY_MAX;
  const above = Math.max(0, frequency - FREQUENCY_INITIAL);
  return random < 1 / (above * logFactor + 1) ? frequency + 1 : frequency;
}

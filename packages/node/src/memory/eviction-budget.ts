/**
 * For how long one command may be delayed by evictions: `maxmemory-eviction-tenacity` 10, the default, is half a
 * millisecond; beyond it every step is 15 % more, and 100 has no end.
 * Source: Redis 7.0 src/evict.c, evictionTimeLimitUs.
 */
export function evictionBudgetMs(tenacity: number): number {
  if (tenacity <= 10) return 0.05 * tenacity;
  return tenacity < 100 ? 0.5 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY;
}

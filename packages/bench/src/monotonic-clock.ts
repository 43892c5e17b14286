/**
 * Microseconds of the machine's monotonic clock (CLOCK_MONOTONIC). All threads and processes of one machine read
 * the same clock, which is what makes send time minus receive time a latency. Its zero is the boot: below 2^48
 * for nine years. `performance.now()` is the same clock with another zero and costs no allocation.
 */
export function makeMonotonicClock(): () => number {
  const zeroUs = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;
  return () => performance.now() * 1_000 + zeroUs;
}

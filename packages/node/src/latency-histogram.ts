/** Bits of precision: a bucket is at most 1/128 wide of what it counts, as HdrHistogram with two digits. */
const MANTISSA_BITS = 7;
const SUB_BUCKETS = 1 << MANTISSA_BITS;
/** Everything from 2.1 s on is counted there: an index must be made of 32 bits. */
const NANOSECONDS_MAX = 2 ** 31 - 1;
const BUCKETS = bucketOf(NANOSECONDS_MAX) + 1;
/** The first step of the cumulative form, in nanoseconds; each further one is twice as long. */
const FIRST_STEP = 1024;

/**
 * How long calls of one command took. Buckets are exact below 256 ns and then 128 to each power of two, the layout
 * of HdrHistogram as Redis uses it (7.0 src/server.c, updateCommandLatencyHistogram).
 *
 * Cost: `record` is a few integer operations. 25 KB, so a command gets one with its first call; doubles, since a
 * busy command would overflow 32 bits within hours.
 */
export class LatencyHistogram {
  calls = 0;
  readonly #counts = new Float64Array(BUCKETS);

  record(durationMs: number, calls: number): void {
    const nanoseconds = durationMs * 1e6;
    const bucket = bucketOf(nanoseconds < NANOSECONDS_MAX ? nanoseconds | 0 : NANOSECONDS_MAX);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + calls;
    this.calls += calls;
  }

  /** In microseconds; the end of the bucket, for 0 % its start. 0 without calls. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.floor((percent / 100) * this.calls + 0.5));
    let counted = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      counted += this.#counts[bucket] ?? 0;
      if (counted < wanted) continue;
      return (percent === 0 ? startOf(bucket) : startOf(bucket + 1) - 1) / 1000;
    }
    return 0;
  }

  /** For LATENCY HISTOGRAM: calls of at most so many microseconds, at doubling steps and only where there are more. */
  cumulative(): (readonly [microseconds: number, calls: number])[] {
    const steps: (readonly [number, number])[] = [];
    const { calls } = this;
    let bucket = 0;
    let counted = 0;
    for (let step = FIRST_STEP; counted < calls; step *= 2) {
      const before = counted;
      const last = Math.min(bucketOf(Math.min(step, NANOSECONDS_MAX)), BUCKETS - 1);
      for (; bucket <= last; bucket += 1) counted += this.#counts[bucket] ?? 0;
      if (counted > before) steps.push([Math.floor((startOf(bucket) - 1) / 1000), counted]);
    }
    return steps;
  }
}

/** The bucket of 0 to 2^31 - 1 nanoseconds. */
function bucketOf(nanoseconds: number): number {
  const shift = Math.max(0, 31 - MANTISSA_BITS - Math.clz32(nanoseconds));
  return shift * SUB_BUCKETS + (nanoseconds >>> shift);
}

/** The least value of a bucket. */
function startOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / SUB_BUCKETS) - 1);
  return (bucket - shift * SUB_BUCKETS) * 2 ** shift;
}

/** 128 exact values, then 64 buckets for each power of two: every value is known to 1.6 %. */
const SUB_BUCKET_BITS = 7;
const HALF_SUB_BUCKETS = 1 << (SUB_BUCKET_BITS - 1);
/** 36 minutes in microseconds; what is longer counts as this. */
const VALUE_MAX = 2 ** 31 - 1;
const BUCKETS = bucketOf(VALUE_MAX) + 1;

/**
 * Counts of microseconds in logarithmic buckets, as HdrHistogram does with two significant digits: recording costs
 * a few instructions and no allocation, and histograms of threads and repeats can be added.
 */
export class LatencyHistogram {
  readonly #counts: Uint32Array;
  #total = 0;

  /** `counts` as returned by `counts`, of this or another thread; the histogram owns them from here. */
  constructor(counts: Uint32Array = new Uint32Array(BUCKETS)) {
    this.#counts = counts;
    for (const count of counts) this.#total += count;
  }

  get total(): number {
    return this.#total;
  }

  /** For sending to another thread. Not a copy. */
  get counts(): Uint32Array {
    return this.#counts;
  }

  /** Fractions are cut off; below zero counts as zero. */
  record(valueUs: number): void {
    const bucket = bucketOf(valueUs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  add(other: LatencyHistogram): void {
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    });
    this.#total += other.#total;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The value that `share` (0–1) of all recorded values do not exceed; `undefined` when nothing was recorded. */
  percentileUs(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return upperValueOf(bucket);
    }
    return VALUE_MAX;
  }
}

function bucketOf(valueUs: number): number {
  const value = valueUs < 0 ? 0 : valueUs > VALUE_MAX ? VALUE_MAX : Math.trunc(valueUs);
  if (value < 2 * HALF_SUB_BUCKETS) return value;
  const shift = 32 - SUB_BUCKET_BITS - Math.clz32(value);
  return shift * HALF_SUB_BUCKETS + (value >> shift);
}

function upperValueOf(bucket: number): number {
  if (bucket < 2 * HALF_SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / HALF_SUB_BUCKETS) - 1;
  return (bucket - shift * HALF_SUB_BUCKETS + 1) * 2 ** shift - 1;
}

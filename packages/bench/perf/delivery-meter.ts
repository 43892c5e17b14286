/** Shares of the expected bytes between which the rate is measured: neither the start nor the last stragglers. */
const WINDOW = { from: 0.1, to: 0.95 } as const;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
  readonly cpuUs: number;
}

/** How one flood of deliveries went, as its receivers saw it. */
export interface DeliveryRate {
  readonly bytesPerS: number;
  /** CPU of the receiving process in the window, as a share of one core. */
  readonly cpuShare: number;
}

/** Remembers how many bytes had arrived when, and what receiving them cost. */
export class DeliveryMeter {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
  }

  /** `undefined` when there are too few samples to tell. */
  rate(expectedBytes: number): DeliveryRate | undefined {
    const samples = this.#samples;
    const first = samples.find(({ bytes }) => bytes >= expectedBytes * WINDOW.from);
    const last = samples.find(({ bytes }) => bytes >= expectedBytes * WINDOW.to);
    if (first === undefined || last === undefined || first === last) return undefined;
    const elapsedMs = last.atMs - first.atMs;
    return {
      bytesPerS: ((last.bytes - first.bytes) / elapsedMs) * 1_000,
      cpuShare: (last.cpuUs - first.cpuUs) / 1_000 / elapsedMs,
    };
  }
}

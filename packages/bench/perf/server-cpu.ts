import { processCpuUs } from "../src/process-cpu.ts";

/** CPU time that processes use between two moments. */
export class ServerCpu {
  readonly #pids: readonly number[];
  readonly #startUs: number | undefined;

  /** Starts now. */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#startUs = sumUs(pids);
  }

  /** For one of so many operations; to 10 ms in total, the kernel's tick. `undefined` when it cannot be read. */
  perOperationUs(operations: number): number | undefined {
    const nowUs = sumUs(this.#pids);
    if (nowUs === undefined || this.#startUs === undefined) return undefined;
    return (nowUs - this.#startUs) / operations;
  }
}

function sumUs(pids: readonly number[]): number | undefined {
  let sum = 0;
  for (const pid of pids) {
    const usedUs = processCpuUs(pid);
    if (usedUs === undefined) return undefined;
    sum += usedUs;
  }
  return sum;
}

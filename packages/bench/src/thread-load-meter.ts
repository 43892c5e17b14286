import type { ThreadLoad } from "./thread-messages.ts";

/** CPU time of the thread it is used in, between marks. */
export class ThreadLoadMeter {
  readonly #nowUs: () => number;
  #cpu = process.threadCpuUsage();
  #atUs: number;

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
    this.#atUs = nowUs();
  }

  /** The load since the mark before. */
  mark(lateUs: number): ThreadLoad {
    const used = process.threadCpuUsage(this.#cpu);
    const atUs = this.#nowUs();
    const cpuShare = (used.user + used.system) / Math.max(1, atUs - this.#atUs);
    this.#cpu = process.threadCpuUsage();
    this.#atUs = atUs;
    return { cpuShare, lateUs };
  }
}

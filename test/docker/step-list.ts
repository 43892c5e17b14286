/** Runs steps one after the other, prints each with its result, and counts. A failed step does not end the list. */
export class StepList {
  #passed = 0;
  readonly #failed: string[] = [];

  /** `step` resolves with what was seen, in a few words or none; a step that throws has failed. Tells if it passed. */
  async run(name: string, step: () => Promise<string>): Promise<boolean> {
    const startedAtMs = performance.now();
    try {
      const seen = await step();
      this.#passed += 1;
      this.print(`ok      ${name}${seen === "" ? "" : `: ${seen}`} (${seconds(startedAtMs)})`);
      return true;
    } catch (error) {
      this.#failed.push(name);
      this.print(`FAILED  ${name} (${seconds(startedAtMs)})\n${indent(explain(error))}`);
      return false;
    }
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  get failedCount(): number {
    return this.#failed.length;
  }

  printSummary(): void {
    for (const name of this.#failed) this.print(`FAILED  ${name}`);
    this.print(`${this.#passed} passed, ${this.#failed.length} failed`);
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message}\ncause: ${explain(error.cause)}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "        ");
}

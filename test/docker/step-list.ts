/** Runs steps one after the other, prints each with its result, and counts. A failed step does not end the list. */
export class StepList {
  #passed = 0;
  #failed: string[] = [];

  /** For the end of a line about a step: what was seen, in a few words. Steps that throw have failed. */
  async run(name: string, step: () => Promise<string>): Promise<void> {
    const startedAtMs = performance.now();
    try {
      const seen = await step();
      this.#passed += 1;
      this.print(`ok      ${name}${seen === "" ? "" : `: ${seen}`} (${seconds(startedAtMs)})`);
    } catch (error) {
      this.#failed.push(name);
      this.print(`FAILED  ${name} (${seconds(startedAtMs)})\n${indent(explain(error))}`);
    }
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  hasFailed(): boolean {
    return this.#failed.length > 0;
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

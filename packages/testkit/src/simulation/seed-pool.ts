import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Job } from "./seed-worker.ts";
import type { RunOutcome } from "./simulation.ts";

const WORKER_PATH = join(import.meta.dirname, "seed-worker.ts");
const PATCH_PATH = join(import.meta.dirname, "patch-sources.ts");

/** Runs seeds in processes of their own, one at a time in each. `await using` ends them. */
export class SeedPool implements AsyncDisposable {
  readonly #workers: ChildProcess[];

  /** `bug`: a deliberate one, for all of them (deliberate-bugs.ts). */
  constructor({ workers, bug }: { readonly workers: number; readonly bug?: string | undefined }) {
    this.#workers = Array.from({ length: workers }, () =>
      bug === undefined
        ? fork(WORKER_PATH)
        : fork(WORKER_PATH, [bug], { execArgv: ["--import", PATCH_PATH] }),
    );
  }

  /** `onOutcome` returns false: enough, the rest is not run. In no certain order. */
  async run(jobs: Iterable<Job>, onOutcome: (outcome: RunOutcome) => boolean): Promise<void> {
    const queue = jobs[Symbol.iterator]();
    let isEnough = false;
    const work = async (worker: ChildProcess): Promise<void> => {
      for (let next = queue.next(); !next.done && !isEnough; next = queue.next()) {
        const outcome = await ask(worker, next.value);
        if (!isEnough && !onOutcome(outcome)) isEnough = true;
      }
    };
    await Promise.all(this.#workers.map(work));
  }

  async runOne(job: Job): Promise<RunOutcome> {
    const [worker] = this.#workers;
    if (worker === undefined) throw new Error("a pool without workers");
    return ask(worker, job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return;
        const exited = once(worker, "exit");
        worker.kill();
        await exited;
      }),
    );
  }
}

/** Rejects when the worker dies of it. */
async function ask(worker: ChildProcess, job: Job): Promise<RunOutcome> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    const answer = once(worker, "message", { signal });
    const death = once(worker, "exit", { signal }).then(([code]) => {
      throw new Error(`the worker for seed ${job.seed} ended with ${String(code)}`);
    });
    worker.send(job);
    const [outcome] = (await Promise.race([answer, death])) as [RunOutcome]; // what the worker sends
    return outcome;
  } finally {
    ended.abort();
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BenchError } from "../src/bench-error.ts";
import { CHILD_ANSWER_MS_MAX } from "./limits.ts";
import type { PerfContext } from "./perf-context.ts";

/** What is asked of a child, and what it answers. */
export interface Exchange {
  readonly question: object;
  readonly result: unknown;
}

/** An answer on its way. */
export type Answer<Result> =
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "failure"; readonly reason: string };

/** A load generator of ours in a process of its own, on the generators' core. One question at a time. */
export class LoadChild<Kind extends Exchange> implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
  }

  /** `file` lies beside this one; it answers with `answerQuestions`. */
  static start<Kind extends Exchange>(file: string, context: PerfContext): LoadChild<Kind> {
    const { command, args } = context.pinning.apply("generator", {
      command: process.execPath,
      args: [join(import.meta.dirname, file)],
    });
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    return new LoadChild(file, child);
  }

  /** Throws `BenchError` when the child cannot do it, dies, or takes too long. */
  async ask(question: Kind["question"]): Promise<Kind["result"]> {
    const child = this.#child;
    if (!child.connected) throw new BenchError(`${this.#name} has ended`);
    child.send(question);
    const abort = AbortSignal.timeout(CHILD_ANSWER_MS_MAX);
    const ended = once(child, "exit", { signal: abort }).then(([code]) => {
      throw new BenchError(`${this.#name} ended with ${String(code)}`);
    });
    // Loses the race below in every good run, and is then rejected by the time-out with nobody listening.
    ended.catch(ignore);
    const answered = once(child, "message", { signal: abort }).catch(() => {
      throw new BenchError(`${this.#name}: no answer after ${CHILD_ANSWER_MS_MAX} ms`);
    });
    answered.catch(ignore);
    const [message] = await Promise.race([answered, ended]);
    const answer = message as Answer<Kind["result"]>; // the child is ours: answerQuestions is typed alike
    if (answer.kind === "failure") throw new BenchError(`${this.#name}: ${answer.reason}`);
    return answer.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}

function ignore(): void {
  // The race has been won by the other.
}

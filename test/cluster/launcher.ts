import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { MAIN_PATH } from "@slotcast/node";
import { until } from "@slotcast/testkit";

const PRINTS_WITHIN_MS = 40_000;

/**
 * `slotcast cluster` in a process group of its own, as a shell starts it; without replicas unless `args` says so. Ends
 * with its `await using` block.
 */
export class Launcher implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  constructor(options: { readonly port: number; readonly dir: string; readonly args?: string[] }) {
    const { port, dir, args = ["--replicas", "0"] } = options;
    const argv = [MAIN_PATH, "cluster", "--port", String(port), "--dir", dir, ...args];
    const child = spawn(process.execPath, argv, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    this.#ended = once(child, "close");
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  async untilPrinted(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.#stdout), {
      withinMs: PRINTS_WITHIN_MS,
      what: `the launcher prints ${pattern}`,
    });
  }

  /** To the launcher alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** To the launcher and its nodes, as a terminal does at Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-(this.#child.pid ?? 0), name);
  }

  /** Resolves with the exit code; null: ended by a signal. */
  async untilEnd(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signalGroup("SIGKILL");
    }
    await this.#ended;
  }
}

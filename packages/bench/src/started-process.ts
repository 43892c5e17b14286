import { spawn, type ChildProcess } from "node:child_process";
import { BenchError } from "./bench-error.ts";
import { OUTPUT_TAIL_CHARS_MAX, STOP_GRACE_MS } from "./limits.ts";

export interface ProcessOptions {
  /** How errors call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A process this run started and will end. */
export class StartedProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** Tails of what it wrote. */
  readonly #output = { stdout: "", stderr: "" };
  #failure: string | undefined;

  constructor(options: ProcessOptions) {
    this.#name = options.name;
    this.#child = spawn(options.command, options.args, {
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: Ctrl-C in a terminal reaches only us, and we can end its children with it.
      detached: true,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.#child.once("error", (error) => {
      this.#failure = error.message;
      resolve();
    });
    this.#child.once("exit", (code, signalName) => {
      this.#failure = `ended with ${signalName ?? `exit code ${code}`}`;
      resolve();
    });
    for (const kind of ["stdout", "stderr"] as const) {
      this.#child[kind]?.setEncoding("utf8").on("data", (text: string) => {
        this.#output[kind] = (this.#output[kind] + text).slice(-OUTPUT_TAIL_CHARS_MAX);
      });
    }
  }

  /** The last thing it complained about, or else said; empty when it was silent. */
  get lastLine(): string {
    const { stdout, stderr } = this.#output;
    return (stderr.trim() === "" ? stdout : stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
  }

  /** For waits: throws once the process has ended or could not be started. */
  throwIfEnded(): void {
    if (this.#failure === undefined) return;
    const hint = this.lastLine === "" ? "" : `: ${this.lastLine}`;
    throw new BenchError(`${this.#name} ${this.#failure}${hint}`);
  }

  /**
   * SIGTERM, and SIGKILL when that is not heard. Resolves when the process is gone; what it leaves behind of its own
   * children gets SIGKILL.
   */
  async stop(): Promise<void> {
    if (this.#failure === undefined) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
    this.#killGroup();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nobody is left in it: the usual case.
    }
  }
}

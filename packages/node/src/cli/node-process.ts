import { spawn, type ChildProcess } from "node:child_process";
import type { Environment } from "../config/environment.ts";
import { RESTART_DELAY_FIRST_MS, RESTART_DELAY_LAST_MS, RESTART_SETTLED_MS } from "./limits.ts";
import { LineSplitter } from "./line-splitter.ts";

export interface NodeProcessOptions {
  readonly execPath: string;
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly onLine: (line: string) => void;
  /**
   * The process ended and `stop` was not called. It is started again after the delay that is returned, or
   * never when that is `undefined`. `delayMs` is what the back-off would wait.
   */
  readonly onDeath: (death: {
    readonly reason: string;
    readonly delayMs: number;
  }) => number | undefined;
}

/**
 * One child process that is started again when it dies. It gets an IPC channel, whose end tells it that the
 * launcher is gone: no node outlives its launcher, however that dies.
 */
export class NodeProcess {
  readonly #options: NodeProcessOptions;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #deathsInARow = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
  }

  start(): void {
    const { execPath, argv, env, onLine } = this.#options;
    const startedAtMs = performance.now();
    const child = spawn(execPath, argv, { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      const lines = new LineSplitter(onLine);
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => {
        lines.push(text);
      });
      stream?.on("end", () => {
        lines.end();
      });
    }
    let spawnError: string | undefined;
    child.on("error", (error) => {
      spawnError = error.message;
      if (child.pid === undefined) this.#ended(spawnError, startedAtMs);
    });
    child.on("close", (code, signal) => {
      this.#ended(
        spawnError ?? (signal === null ? `exit code ${code}` : `signal ${signal}`),
        startedAtMs,
      );
    });
  }

  /** Asks it to end, and ends it after `killAfterMs`. Resolves when it is gone: false when it had to be ended. */
  async stop(killAfterMs: number): Promise<boolean> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return true;
    const gone = new Promise<void>((resolve) => {
      child.on("close", () => {
        resolve();
      });
    });
    child.kill("SIGTERM");
    let isKilled = false;
    const killer = setTimeout(() => {
      isKilled = child.kill("SIGKILL");
    }, killAfterMs);
    await gone;
    clearTimeout(killer);
    return !isKilled;
  }

  kill(): void {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    this.#child?.kill("SIGKILL");
  }

  #ended(reason: string, startedAtMs: number): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    if (this.#isStopping) return;
    const livedMs = performance.now() - startedAtMs;
    this.#deathsInARow = livedMs >= RESTART_SETTLED_MS ? 1 : this.#deathsInARow + 1;
    const delayMs = this.#options.onDeath({ reason, delayMs: restartDelayMs(this.#deathsInARow) });
    if (delayMs === undefined) return;
    this.#restart = setTimeout(() => {
      this.start();
    }, delayMs);
  }
}

/** How long to wait after so many deaths in a row, from 1. */
export function restartDelayMs(deathsInARow: number): number {
  return Math.min(RESTART_DELAY_FIRST_MS * 2 ** (deathsInARow - 1), RESTART_DELAY_LAST_MS);
}

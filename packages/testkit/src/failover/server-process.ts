import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { RespClient } from "../resp-client.ts";
import { until } from "../until.ts";
import { LOG_TAIL_CHARS, NODE_START_WITHIN_MS } from "./limits.ts";

export interface ServerProcessOptions {
  readonly command: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  /** Its output, over restarts. */
  readonly logPath: string;
  /** Slotcast ends by itself when this channel does, so that none is left behind. */
  readonly hasChannel: boolean;
}

/** A server that can be killed, stopped, started again, and asked. Ends with its `await using` block. */
export class ServerProcess implements AsyncDisposable {
  readonly #options: ServerProcessOptions;
  readonly #killAtExit = (): void => {
    this.#child?.kill("SIGKILL");
  };
  #child: ChildProcess | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    process.once("exit", this.#killAtExit);
  }

  get port(): number {
    return this.#options.port;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { command, argv, env, logPath, hasChannel } = this.#options;
    const log = openSync(logPath, "a");
    const child = spawn(command, argv, {
      env,
      stdio: hasChannel ? ["ignore", log, log, "ipc"] : ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    try {
      await until(async () => !this.isRunning || (await this.#answers()), {
        withinMs: NODE_START_WITHIN_MS,
        what: `a server that answers on port ${this.port}`,
      });
      if (!this.isRunning) throw new Error(`the server on port ${this.port} has ended`);
    } catch (cause) {
      throw new Error(await this.logTail(), { cause });
    }
  }

  /** Sends a signal. `SIGSTOP` holds it, `SIGCONT` lets it go on. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child?.kill(signal) !== true) throw new Error(`nobody runs on port ${this.port}`);
  }

  /** Resolves with its exit code when the process is gone; null: a signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) throw new Error(`nobody runs on port ${this.port}`);
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  async connect(): Promise<RespClient> {
    return RespClient.connect(this.port);
  }

  async logTail(): Promise<string> {
    const log = await readFile(this.#options.logPath, "utf8");
    return `${this.#options.logPath}:\n${log.slice(-LOG_TAIL_CHARS)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#killAtExit);
    if (this.isRunning) await this.end("SIGKILL");
  }

  async #answers(): Promise<boolean> {
    await using client = await this.connect();
    await client.callRaw("PING");
    return true;
  }
}

import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MAIN_PATH } from "@slotcast/node";
import { NODE_START_WITHIN_MS, OUTPUT_TAIL_CHARS_MAX } from "./limits.ts";
import { RespClient } from "./resp-client.ts";
import { until } from "./until.ts";

/** Directives by name, as on the command line; an array is several words. */
export type Directives = Readonly<Record<string, string | readonly string[]>>;

/** Where a node runs, when not beside the test: see NetworkHost. */
export interface Place {
  readonly address: string;
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
}

/** On loopback, in the network of the test. */
const HERE: Place = { address: "127.0.0.1", spawn };

/** A node starts in half the time when V8 has compiled it before: stories start hundreds. */
const COMPILE_CACHE = fileURLToPath(new URL("../../../node_modules/.cache/nodes", import.meta.url));

/** The environment of the test without the broker's own variables: a developer's settings must not leak in. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("SLOTCAST_")),
  );
}

/** A broker in a process of its own, started as a user starts it. Ends with its `await using` block. */
export class NodeProcess implements AsyncDisposable {
  readonly port: number;
  readonly #place: Place;
  readonly #argv: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #cleanUp: () => Promise<void>;
  #child: ChildProcess | undefined;
  #output = "";

  /** `cleanUp` runs when the node has ended for good. */
  constructor(options: {
    readonly port: number;
    readonly directives: Directives;
    readonly env: Readonly<Record<string, string>>;
    readonly cleanUp: () => Promise<void>;
    readonly place?: Place | undefined;
  }) {
    this.port = options.port;
    this.#place = options.place ?? HERE;
    const all: Directives = {
      port: String(options.port),
      bind: this.#place.address,
      save: "",
      ...options.directives,
    };
    const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]);
    this.#argv = [MAIN_PATH, "server", ...words];
    this.#env = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...cleanEnvironment(), ...options.env };
    this.#cleanUp = options.cleanUp;
  }

  get host(): string {
    return this.#place.address;
  }

  /** `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of what it wrote to stdout and stderr, over restarts. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it answers. Rejects with its output when it ends before that or takes too long. */
  async start(): Promise<void> {
    // The channel tells the node that its test is gone, however that ended: no node is left behind.
    const child = this.#place.spawn(process.execPath, this.#argv, {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_TAIL_CHARS_MAX);
      });
    }
    child.once("close", () => {
      if (this.#child === child) this.#child = undefined;
    });
    try {
      await until(async () => !this.#isRunning || (await this.#answers()), {
        withinMs: NODE_START_WITHIN_MS,
        what: `a node that answers on port ${this.port}`,
      });
    } catch (cause) {
      await this.kill();
      throw this.#startFailure(cause);
    }
    if (!this.#isRunning) throw this.#startFailure(undefined);
  }

  async connect(): Promise<RespClient> {
    return RespClient.connect(this.port, this.#place.address);
  }

  /** Resolves when the process is gone. Does nothing when it is. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
    this.#child = undefined;
  }

  /** Kills it if it runs, and starts it again with the same arguments and directory. */
  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#cleanUp();
  }

  get #isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Any reply will do: with a password it is an error. */
  async #answers(): Promise<boolean> {
    await using client = await this.connect();
    await client.callRaw("PING");
    return true;
  }

  #startFailure(cause: unknown): Error {
    return new Error(`the node on port ${this.port} did not start:\n${this.#output}`, { cause });
  }
}

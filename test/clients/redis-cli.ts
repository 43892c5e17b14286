import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { until } from "@slotcast/testkit";

/** Far beyond any command that a test sends; a redis-cli that waits for ever must not hold up the run. */
const ENDS_WITHIN_MS = 10_000;
const PRINTS_WITHIN_MS = 5000;

/** `undefined`: not installed. Tests that need it then say so and are skipped. */
export function redisCliVersion(): string | undefined {
  const { stdout } = spawnSync("redis-cli", ["--version"], { encoding: "utf8" });
  return /\d\S+/.exec(stdout ?? "")?.[0];
}

/**
 * `redis-cli -c` as people see it in a terminal (`--no-raw`), connected to one node of a cluster and following
 * redirects to the others.
 */
export class RedisCli {
  readonly #flags: readonly string[];

  constructor(options: { readonly port: number; readonly protocol: 2 | 3 }) {
    const protocolFlags = options.protocol === 3 ? ["-3"] : [];
    this.#flags = ["-c", "--no-raw", "-p", String(options.port), ...protocolFlags];
  }

  /** One command, as `redis-cli … command args`. Resolves with what it printed. */
  async run(...argv: readonly string[]): Promise<string> {
    return this.start(...argv).untilEnd();
  }

  /** Lines typed at its prompt, one after the other. Resolves with all that it printed. */
  async type(...lines: readonly string[]): Promise<string> {
    return new PrintingProcess(this.#flags, lines.map((line) => `${line}\n`).join("")).untilEnd();
  }

  /** A command that goes on printing, as SUBSCRIBE does. Ends with its `await using` block. */
  start(...argv: readonly string[]): PrintingProcess {
    return new PrintingProcess([...this.#flags, ...argv]);
  }
}

/** A running redis-cli. */
export class PrintingProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #printed = "";

  constructor(args: readonly string[], input?: string) {
    const child = spawn("redis-cli", args, {
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "inherit"],
      timeout: ENDS_WITHIN_MS,
    });
    this.#child = child;
    this.#ended = once(child, "close");
    child.stdin?.on("error", ignore); // it ended early; what it printed tells why
    child.stdin?.end(input);
    child.stdout?.setEncoding("latin1");
    child.stdout?.on("data", (text: string) => {
      this.#printed += text;
    });
  }

  /** Resolves when what it printed so far is exactly `expected`. */
  async untilPrinted(expected: string): Promise<void> {
    const compare = (): void => {
      if (this.#printed !== expected) throw new Error(`it printed:\n${this.#printed}`);
    };
    await until(compare, { withinMs: PRINTS_WITHIN_MS, what: `redis-cli prints:\n${expected}` });
  }

  /** Resolves with all that it printed. */
  async untilEnd(): Promise<string> {
    await this.#ended;
    return this.#printed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}

function ignore(): void {}

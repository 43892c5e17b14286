import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { NetworkHost } from "@slotcast/testkit";
import type { Attempt } from "./attempt.ts";

/** A writer on a host, and its journal, which lives here: outside of the cluster and of its network. */
export class JournalingWriter implements AsyncDisposable {
  readonly name: string;
  readonly attempts: Attempt[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(
    host: NetworkHost,
    options: {
      readonly name: string;
      readonly nodes: readonly string[];
      readonly keys: readonly string[];
    },
  ) {
    const { name, nodes, keys } = options;
    this.name = name;
    const argv = [join(import.meta.dirname, "writer.ts"), name, nodes.join(), keys.join()];
    this.#process = host.spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
    this.#closed = once(this.#process, "close");
    if (this.#process.stdout === null) throw new Error("a pipe was asked for");
    createInterface(this.#process.stdout).on("line", (line) => {
      this.attempts.push(JSON.parse(line) as Attempt);
    });
  }

  /** Acknowledged writes that were sent after that time. */
  acknowledgedSince(sentMs: number): readonly Attempt[] {
    return this.attempts.filter(
      (attempt) => attempt.outcome === "acknowledged" && attempt.sentMs > sentMs,
    );
  }

  /** Resolves when its last request has come to its end. */
  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }
}

import type { ChildProcess, SpawnOptions } from "node:child_process";
import { once } from "node:events";
import type { Namespace } from "./namespace.ts";

/** One machine of a Network: an address, and programs that see no other network. */
export class NetworkHost implements AsyncDisposable {
  readonly address: string;
  readonly #namespace: Namespace;
  readonly #running = new Set<ChildProcess>();

  constructor(namespace: Namespace, address: string) {
    this.#namespace = namespace;
    this.address = address;
  }

  /** What still runs at the end of the network is killed. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = this.#namespace.spawn(command, args, options);
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#running].map(async (child) => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    });
    await Promise.all(ends);
    await this.#namespace[Symbol.asyncDispose]();
  }
}

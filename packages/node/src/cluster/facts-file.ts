import { factsFromPlain, factsToPlain, type Facts } from "@slotcast/control";
import { decodeChecked, encodeChecked } from "./checked-text.ts";
import { readIfThere, replaceFile, type Sync } from "./durable-file.ts";
import { FACTS_SAVE_INTERVAL_MS } from "./limits.ts";
import { nodesFile } from "./nodes-file.ts";

const KIND = "facts";

/** `undefined`: there is no such file. Throws when it is not one, or its facts do not hold. */
export function loadFacts(path: string): Facts | undefined {
  const file = readIfThere(path);
  return file === undefined ? undefined : factsFromPlain(decodeChecked(KIND, file));
}

export interface FactsFileOptions {
  readonly path: string;
  readonly nodesPath: string;
  readonly selfId: string;
  readonly sync: Sync;
  /** A save in the background has failed. */
  readonly failed: (error: unknown) => void;
}

/**
 * The facts that a node knew last: where it looks for its cluster when it starts again, voter or not. Nothing that
 * anybody relies on, so a save that fails may be tried again, with a file of its own each time.
 *
 * Saved in the background, the latest facts only; beside them a nodes.conf for people and tools. Owner: ControlStore.
 */
export class FactsFile {
  readonly #options: FactsFileOptions;
  #latest: Facts | undefined;
  /** The latest facts wait to be saved. */
  #isDue = false;
  /** Never rejects. */
  #saving: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(options: FactsFileOptions) {
    this.#options = options;
  }

  /** Soon. */
  save(facts: Facts): void {
    this.#latest = facts;
    this.#isDue = true;
    this.#saveIfDue();
  }

  /** Resolves when the latest facts are durable, though they may have been before; rejects when they cannot be. */
  async flush(): Promise<void> {
    while (this.#saving !== undefined) await this.#saving;
    await this.#start();
  }

  /** Nothing is saved any more when it has resolved, and what was not is not. */
  async stop(): Promise<void> {
    this.#latest = undefined;
    this.#isDue = false;
    while (this.#saving !== undefined) await this.#saving;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #saveIfDue(): void {
    if (!this.#isDue || this.#saving !== undefined || this.#pause !== undefined) return;
    this.#start().catch(this.#options.failed);
  }

  /** After a failure it is not due: the next change tries again. */
  #start(): Promise<void> {
    this.#isDue = false;
    const replaced = this.#latest === undefined ? Promise.resolve() : this.#replace(this.#latest);
    this.#saving = this.#settle(replaced);
    return replaced;
  }

  async #settle(replaced: Promise<void>): Promise<void> {
    await Promise.allSettled([replaced]);
    this.#saving = undefined;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#saveIfDue();
    }, FACTS_SAVE_INTERVAL_MS);
  }

  async #replace(facts: Facts): Promise<void> {
    const { path, nodesPath, selfId, sync } = this.#options;
    for (const [name, bytes] of [
      [path, encodeChecked(KIND, factsToPlain(facts))],
      [nodesPath, Buffer.from(nodesFile(facts, selfId), "utf8")],
    ] as const) {
      const file = await replaceFile(name, bytes, sync);
      await file.close();
    }
  }
}

import { setTimeout as delay } from "node:timers/promises";
import type { ApplicationClient, SendResult, Words } from "./application-client.ts";
import { TAKEN_AT_ONCE_MAX } from "./check-group.ts";
import type { Answer, Ending, Entry, Journal, RequestKind } from "./journal.ts";
import { THINK_TIME_MS } from "./limits.ts";
import { GROUP, type ShardKeys } from "./shard-keys.ts";

/** How long a consumer waits in BLMOVE. */
const BLOCK_S = "0.5";
/** Of this many delivered entries one is left pending. */
const LEFT_PENDING_EVERY = 3;

export interface ApplicationOptions {
  readonly journal: Journal;
  readonly client: ApplicationClient;
  /** No two have the same: values and consumers are named after it. */
  readonly name: string;
  readonly keys: ShardKeys;
}

/** One loop of an application: a request, its outcome into the journal, a little rest, the next request. */
abstract class Application {
  readonly #options: ApplicationOptions;
  #isStopping = false;
  #running: Promise<void> | undefined;
  #errors: Error[] = [];

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** What its client told it, beside replies. */
  get errors(): readonly Error[] {
    return this.#errors;
  }

  get library(): string {
    return this.#options.client.library;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when its last request has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  protected get keys(): ShardKeys {
    return this.#options.keys;
  }

  protected get name(): string {
    return this.#options.name;
  }

  protected abstract round(count: number): Promise<void>;

  /** Sends a request, and tells how it ended. */
  protected async ask(
    what: { readonly kind: RequestKind; readonly key: string; readonly value: string },
    argv: Words,
    answerOf: (reply: unknown) => Answer,
  ): Promise<Entry> {
    const { journal, client } = this.#options;
    const entry = journal.sent({ ...what, client: client.library }, performance.now());
    const result = await client.send(what.key, ...argv);
    if (result.outcome !== "acknowledged") this.#errors.push(result.error);
    journal.ended(entry, endingOf(result, answerOf), performance.now());
    return entry;
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#isStopping; count += 1) {
      await this.round(count);
      await delay(THINK_TIME_MS);
    }
  }
}

function endingOf(result: SendResult, answerOf: (reply: unknown) => Answer): Ending {
  const { outcome, unansweredAttempts } = result;
  const answer = outcome === "acknowledged" ? answerOf(result.reply) : null;
  return { outcome, answer, unansweredAttempts };
}

/** Adds a value to each of the keys in turn, and reads the counter. */
export class Writer extends Application {
  protected override async round(count: number): Promise<void> {
    const { list, stack, queue, counter, set, stream } = this.keys;
    const value = `${this.name}-${count}`;
    switch (count % 7) {
      case 0:
        await this.ask({ kind: "append", key: list, value }, ["RPUSH", list, value], Number);
        break;
      case 1:
        await this.ask({ kind: "append", key: stack, value }, ["LPUSH", stack, value], Number);
        break;
      case 2:
        await this.ask({ kind: "enqueue", key: queue, value }, ["RPUSH", queue, value], Number);
        break;
      case 3:
        await this.ask({ kind: "count", key: counter, value: "" }, ["INCR", counter], Number);
        break;
      case 4:
        await this.ask({ kind: "look", key: counter, value: "" }, ["GET", counter], Number);
        break;
      case 5:
        await this.ask({ kind: "add", key: set, value }, ["SADD", set, value], Number);
        break;
      default:
        await this.ask(
          { kind: "write", key: stream, value },
          ["XADD", stream, "*", "value", value],
          String,
        );
    }
  }
}

/** Takes from the queue with BLMOVE, and from the stream as a consumer of the group that leaves some pending. */
export class Consumer extends Application {
  protected override async round(): Promise<void> {
    const { queue, taken, stream } = this.keys;
    await this.ask(
      { kind: "move", key: queue, value: "" },
      ["BLMOVE", queue, taken, "LEFT", "RIGHT", BLOCK_S],
      (reply) => (typeof reply === "string" ? reply : null),
    );
    const read = await this.ask(
      { kind: "take", key: stream, value: this.name },
      [
        ...(["XREADGROUP", "GROUP", GROUP, this.name] as const),
        ...["COUNT", String(TAKEN_AT_ONCE_MAX), "STREAMS", stream, ">"],
      ],
      idsOf,
    );
    const ids = Array.isArray(read.answer) ? read.answer.map(String) : [];
    for (const [index, id] of ids.entries()) {
      if (index % LEFT_PENDING_EVERY === 0) continue;
      const argv = ["XACK", stream, GROUP, id] as const;
      await this.ask({ kind: "settle", key: stream, value: id }, argv, Number);
    }
  }
}

/**
 * The ids in a reply to XREADGROUP of one stream. Each library and protocol has its shape: `[[stream, entries]]`,
 * a map or an object by stream, or nothing.
 */
export function idsOf(reply: unknown): string[] {
  if (reply === null || typeof reply !== "object") return [];
  const ofStreams: readonly unknown[] = Array.isArray(reply)
    ? reply.map((pair: unknown) => (Array.isArray(pair) ? pair[1] : undefined))
    : reply instanceof Map
      ? [...reply.values()]
      : Object.values(reply);
  const [entries] = ofStreams;
  return Array.isArray(entries) ? entries.map((entry: unknown) => String(Object(entry)[0])) : [];
}

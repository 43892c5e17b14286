import {
  ascii,
  bytesOfSpan,
  nextBulkHead,
  spanOfLatest,
  type ByteSpan,
  type Bytes,
} from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { EffectSink } from "../commands/handler.ts";
import { UNIT_BYTES_MAX } from "./limits.ts";

export interface EffectEncoderParts {
  /** Where a unit goes: the log. Returns the offset at which it ends there. */
  readonly append: (unit: Bytes | ByteSpan) => number;
  /** The clock of the command that runs: Unix time. */
  readonly nowMs: () => number;
  /** The keys of the command that runs; `undefined` in a cluster, which has one database. */
  readonly table: (() => KeyTable) | undefined;
  /** There is a unit: asks for an `endUnit` at the end of the turn, for what no command did. */
  readonly schedule: () => void;
}

/**
 * Effects as bytes for the log: requests of the Redis protocol, in order (docs/replication.md). Those of one command, or of
 * a whole transaction, are one *unit*: they reach the log together, so a log ends with all of them or with none.
 *
 * Besides commands there are two words. `AT <unix-time-ms>`: the clock of what follows, said when it is another one
 * than before; who executes effects takes it for his own, so that times mean the same there. `SELECT <database>`: where
 * the following happens; a unit begins and ends in database 0. A unit that is too large becomes several.
 *
 * Owner: Replication. Cost: a concatenation for each argument, and nothing for a request that is its own effect and all
 * of its unit, as most are; nothing is copied before the log is sealed.
 */
export class EffectEncoder implements EffectSink {
  readonly #parts: EffectEncoderParts;
  #unit = "";
  /** In place of `#unit`: a request that is all of it so far. */
  readonly #request = { text: "", from: 0, to: 0 };
  #database = 0;
  /** The clock that the log was told last; -1: none in this reign. */
  #toldMs = -1;

  constructor(parts: EffectEncoderParts) {
    this.#parts = parts;
  }

  /** The clock that holds where the log ends, for a snapshot that stands for it. */
  get toldMs(): number {
    return this.#toldMs;
  }

  /** The log goes on with effects of this node: nothing that was said in it before holds. */
  beginReign(): void {
    this.#toldMs = -1;
  }

  append(effect: readonly Bytes[], table?: KeyTable): void {
    const isFirst = this.#isEmpty;
    if (isFirst) this.#parts.schedule();
    const nowMs = this.#parts.nowMs();
    const database = this.#databaseOf(table);
    const span = spanOfLatest(effect);
    if (isFirst && span !== undefined && nowMs === this.#toldMs && database === 0) {
      this.#request.text = span.text;
      this.#request.from = span.from;
      this.#request.to = span.to;
      return;
    }
    this.#add(span === undefined ? encodeEffect(effect) : bytesOfSpan(span), { nowMs, database });
  }

  #databaseOf(table: KeyTable | undefined): number {
    return this.#parts.table === undefined ? 0 : (table ?? this.#parts.table()).index;
  }

  #add(text: string, { nowMs, database }: { nowMs: number; database: number }): void {
    this.#joinRequest();
    // Before the database is said: a log may end here, and who goes on with it begins in 0.
    if (this.#unit.length + text.length > UNIT_BYTES_MAX) this.endUnit();
    if (nowMs !== this.#toldMs) {
      this.#toldMs = nowMs;
      this.#unit += encodeEffect([AT, ascii(String(nowMs))]);
    }
    if (database !== this.#database) {
      this.#database = database;
      this.#unit += encodeSelect(database);
    }
    this.#unit += text;
  }

  /** The command or the transaction is over. False: it had no effect. */
  endUnit(): boolean {
    const request = this.#request;
    if (request.to > 0) {
      this.#parts.append(request);
      this.#dropRequest();
      return true;
    }
    if (this.#unit === "") return false;
    if (this.#database !== 0) {
      this.#database = 0;
      this.#unit += encodeSelect(0);
    }
    const unit = ascii(this.#unit);
    this.#unit = "";
    this.#parts.append(unit);
    return true;
  }

  get #isEmpty(): boolean {
    return this.#request.to === 0 && this.#unit === "";
  }

  /** More follows in its unit. */
  #joinRequest(): void {
    if (this.#request.to === 0) return;
    this.#unit = bytesOfSpan(this.#request);
    this.#dropRequest();
  }

  #dropRequest(): void {
    this.#request.text = "";
    this.#request.to = 0;
  }
}

export const AT = ascii("AT");
export const SELECT = ascii("SELECT");

/** An array of bulk strings. */
export function encodeEffect(words: readonly Bytes[]): string {
  let text = `*${words.length}`;
  for (const word of words) text += nextBulkHead(word.length) + word;
  return `${text}\r\n`;
}

export function encodeSelect(database: number): string {
  return encodeEffect([SELECT, ascii(String(database))]);
}

import { bulkHead, BulkRun } from "./bulk-run.ts";
import { ascii, type Bytes } from "./bytes.ts";
import type { CommandError } from "./errors.ts";
import { REPLY_STRING_CHARS_MAX } from "./limits.ts";

/** Where replies go: a connection's pending output, or a string in a test. */
export interface ReplyTarget {
  out: string;
  /** What `spill` took away so far: with `out`, how far the replies have come. Absent where nothing spills. */
  readonly spilledBytes?: number;
  /** Takes `out` away, before it grows beyond REPLY_STRING_CHARS_MAX; absent where replies are small. */
  spill?(): void;
}

/**
 * Writes one reply, part by part, in the protocol of the connection. One writer serves all connections of
 * its protocol: dispatch points `to` at the connection whose request runs. An aggregate (`array`, `map`,
 * `set`, `push`) says how many parts follow; the caller owes exactly those.
 */
export interface ReplyWriter {
  /** 2 or 3: for the few replies whose shape, not only encoding, differs. */
  readonly protocol: 2 | 3;
  to: ReplyTarget;
  ok(): void;
  /** `+text`. The text must not hold CR or LF. */
  simple(text: string): void;
  error(error: CommandError): void;
  integer(value: number | bigint): void;
  bulk(bytes: Bytes): void;
  /** Bulk strings, each given to `add`: as `bulk` for each, in half the time. Nothing else may write meanwhile. */
  bulks(give: (add: (bytes: Bytes) => void) => void): void;
  /** The missing value: `$-1`, in RESP3 `_`. */
  nullBulk(): void;
  /** The missing array: `*-1`, in RESP3 `_`. */
  nullArray(): void;
  array(parts: number): void;
  /** RESP2: a flat array of keys and values. */
  map(pairs: number): void;
  /** RESP2: an array. */
  set(members: number): void;
  /** RESP2: an array. */
  push(parts: number): void;
  /** RESP2: a bulk string. */
  double(value: number): void;
  /** RESP2: 1 or 0. */
  bool(value: boolean): void;
  /** Text for people (INFO, CLIENT LIST). RESP2: a bulk string. */
  verbatim(text: Bytes): void;
  /** A reply encoded before, or a part of one: it must be in this writer's protocol. */
  raw(encoded: string): void;
}

const HEADS_CACHED = 1024;
const integers = Array.from({ length: HEADS_CACHED }, (_, value) => `:${value}\r\n`);
const arrayHeads = Array.from({ length: HEADS_CACHED }, (_, parts) => `*${parts}\r\n`);

const LINE_BREAKS = /[\r\n]/g;

/**
 * Arguments quoted in an error must not break the line: Redis 8.10 had to fix reply injection here.
 * Source: Redis 7.0 src/networking.c, addReplyErrorFormatInternal.
 */
function oneLine(message: string): string {
  // A loop, not `[\r\n]+$`: that is quadratic in a run of line breaks that does not end the text.
  let end = message.length;
  while (end > 0 && (message[end - 1] === "\r" || message[end - 1] === "\n")) end -= 1;
  return message.slice(0, end).replace(LINE_BREAKS, " ");
}

/** RESP2. RESP3 inherits it and says only what differs. */
class Resp2Writer implements ReplyWriter {
  readonly protocol: 2 | 3 = 2;
  to: ReplyTarget = { out: "" };
  readonly #run = new BulkRun();

  ok(): void {
    this.to.out += "+OK\r\n";
  }

  simple(text: string): void {
    this.to.out += `+${text}\r\n`;
  }

  error(error: CommandError): void {
    this.to.out += `-${error.prefix} ${oneLine(error.message)}\r\n`;
  }

  integer(value: number | bigint): void {
    this.to.out += integers[value as number] ?? `:${value}\r\n`; // a bigint key finds nothing or the same text
  }

  bulk(bytes: Bytes): void {
    if (this.to.out.length > REPLY_STRING_CHARS_MAX) this.to.spill?.();
    this.to.out += bulkHead(bytes.length) + bytes + "\r\n";
  }

  bulks(give: (add: (bytes: Bytes) => void) => void): void {
    this.#run.begin(this.to);
    give(this.#run.add);
    this.#run.end();
  }

  nullBulk(): void {
    this.to.out += "$-1\r\n";
  }

  nullArray(): void {
    this.to.out += "*-1\r\n";
  }

  array(parts: number): void {
    this.to.out += arrayHeads[parts] ?? `*${parts}\r\n`;
  }

  map(pairs: number): void {
    this.array(pairs * 2);
  }

  set(members: number): void {
    this.array(members);
  }

  push(parts: number): void {
    this.array(parts);
  }

  double(value: number): void {
    this.bulk(ascii(formatDouble(value)));
  }

  bool(value: boolean): void {
    this.integer(value ? 1 : 0);
  }

  verbatim(text: Bytes): void {
    this.bulk(text);
  }

  raw(encoded: string): void {
    if (this.to.out.length > REPLY_STRING_CHARS_MAX) this.to.spill?.();
    this.to.out += encoded;
  }
}

class Resp3Writer extends Resp2Writer {
  override readonly protocol = 3;

  override nullBulk(): void {
    this.to.out += "_\r\n";
  }

  override nullArray(): void {
    this.to.out += "_\r\n";
  }

  override map(pairs: number): void {
    this.to.out += `%${pairs}\r\n`;
  }

  override set(members: number): void {
    this.to.out += `~${members}\r\n`;
  }

  override push(parts: number): void {
    this.to.out += `>${parts}\r\n`;
  }

  override double(value: number): void {
    this.to.out += `,${formatDouble(value)}\r\n`;
  }

  override bool(value: boolean): void {
    this.to.out += value ? "#t\r\n" : "#f\r\n";
  }

  override verbatim(text: Bytes): void {
    this.to.out += `=${text.length + 4}\r\ntxt:${text}\r\n`;
  }
}

/** As C's `%.17g`, near enough for the doubles we send: `inf`, `-inf`, `nan`, shortest round-trip form. */
function formatDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  return Number.isNaN(value) ? "nan" : String(value);
}

export function makeReplyWriter(protocol: 2 | 3): ReplyWriter {
  return protocol === 2 ? new Resp2Writer() : new Resp3Writer();
}

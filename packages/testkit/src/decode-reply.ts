/** An error as the server sent it; `message` starts with its prefix. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

/** A RESP3 push that is not a reply. */
export class Push {
  readonly parts: readonly Reply[];

  constructor(parts: readonly Reply[]) {
    this.parts = parts;
  }
}

/** Strings are binary: one char per byte. An integer beyond 2^53 is a bigint. A RESP3 map is a Map. */
export type Reply =
  | string
  | number
  | bigint
  | boolean
  | null
  | ReplyError
  | readonly Reply[]
  | ReadonlyMap<Reply, Reply>
  | ReadonlySet<Reply>
  | Push;

/** Decodes one complete reply, as `frameReply` cut it. */
export function decodeReply(frame: Buffer): Reply {
  return new ReplyDecoder(frame.latin1Slice()).next();
}

class ReplyDecoder {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Reply {
    const lineEnd = this.#text.indexOf("\r\n", this.#at);
    const type = this.#text.charAt(this.#at);
    const line = this.#text.slice(this.#at + 1, lineEnd);
    this.#at = lineEnd + 2;
    switch (type) {
      case "+":
        return line;
      case "-":
        return new ReplyError(line);
      case ":":
      case "(":
        return integer(line);
      case "_":
        return null;
      case "#":
        return line === "t";
      case ",":
        return double(line);
      case "$":
        return line === "-1" ? null : this.#bulk(Number(line));
      case "!":
        return new ReplyError(this.#bulk(Number(line)));
      case "=":
        return this.#bulk(Number(line)).slice("txt:".length);
      case "*":
        return line === "-1" ? null : this.#elements(Number(line));
      case "~":
        return new Set(this.#elements(Number(line)));
      case ">":
        return new Push(this.#elements(Number(line)));
      case "%":
        return this.#pairs(Number(line));
      case "|":
        this.#pairs(Number(line));
        return this.next();
      default:
        throw new Error(`no reply starts with ${JSON.stringify(type)}`);
    }
  }

  #bulk(length: number): string {
    const bulk = this.#text.slice(this.#at, this.#at + length);
    this.#at += length + 2;
    return bulk;
  }

  #elements(count: number): Reply[] {
    return Array.from({ length: count }, () => this.next());
  }

  #pairs(count: number): Map<Reply, Reply> {
    const pairs = Array.from({ length: count }, (): [Reply, Reply] => [this.next(), this.next()]);
    return new Map(pairs);
  }
}

function integer(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function double(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

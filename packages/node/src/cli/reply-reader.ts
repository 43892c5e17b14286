/** An error reply: `ERR unknown command`. */
export class ErrorReply extends Error {
  override readonly name = "ErrorReply";
}

const LINE_END = "\r\n";
const MINUS_ONE = "-1";

/**
 * Cuts the replies of a server out of what arrives. Only the kinds that have one line or one text (RESP2's simple
 * strings, errors, integers and bulk strings): the command line asks for no others. Throws when it is anything else.
 */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  get waitingBytes(): number {
    return this.#bytes.length;
  }

  /** The next reply, as text; `undefined`: it is not all there. */
  take(): string | ErrorReply | undefined {
    const lineEnd = this.#bytes.indexOf(LINE_END);
    if (lineEnd < 0) return undefined;
    const kind = this.#bytes.toString("latin1", 0, 1);
    const line = this.#bytes.toString("utf8", 1, lineEnd);
    const next = lineEnd + LINE_END.length;
    switch (kind) {
      case "+":
      case ":":
        return this.#cut(line, next);
      case "-":
        return this.#cut(new ErrorReply(line), next);
      case "$": {
        if (line === MINUS_ONE) return this.#cut("", next);
        const end = next + Number(line);
        if (!/^\d+$/.test(line)) throw new Error("not a RESP server");
        if (this.#bytes.length < end + LINE_END.length) return undefined;
        return this.#cut(this.#bytes.toString("utf8", next, end), end + LINE_END.length);
      }
      default:
        throw new Error("not a RESP server");
    }
  }

  #cut<T>(reply: T, end: number): T {
    this.#bytes = this.#bytes.subarray(end);
    return reply;
  }
}

export function encodeRequest(words: readonly string[]): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join("")}`;
}

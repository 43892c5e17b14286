import { BenchError } from "./bench-error.ts";

const LINE_FEED = 10;
const COLON = 58;
/** How much of an unexpected reply an error quotes. */
const QUOTE_BYTES_MAX = 200;

/** Counts the integer replies of PUBLISH and SPUBLISH, whatever the split. */
export class PublishReplyCounter {
  #isLineStart = true;

  /** Returns how many replies ended in `chunk`. Throws on a reply that is no integer. */
  feed(chunk: Uint8Array): number {
    let replies = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#isLineStart && byte !== COLON) {
        const quote = Buffer.from(chunk.subarray(at, at + QUOTE_BYTES_MAX)).toString("latin1");
        throw new BenchError(`a publish was answered with: ${quote.split("\r\n")[0]}`);
      }
      this.#isLineStart = byte === LINE_FEED;
      if (byte === LINE_FEED) replies += 1;
    }
    return replies;
  }
}

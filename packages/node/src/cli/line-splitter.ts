import { OUTPUT_LINE_CHARS_MAX } from "./limits.ts";

/**
 * Cuts a stream of text into lines and gives each to `onLine`, without its line break. A line that grows
 * beyond OUTPUT_LINE_CHARS_MAX is given in pieces.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #unfinished = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
    while (this.#unfinished.length > OUTPUT_LINE_CHARS_MAX) {
      this.#onLine(this.#unfinished.slice(0, OUTPUT_LINE_CHARS_MAX));
      this.#unfinished = this.#unfinished.slice(OUTPUT_LINE_CHARS_MAX);
    }
  }

  /** The end of the stream: what is left is a line. */
  end(): void {
    if (this.#unfinished !== "") this.#onLine(this.#unfinished);
    this.#unfinished = "";
  }
}

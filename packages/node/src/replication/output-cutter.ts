/** Copies output that is in several pieces, from the front on, and leaves parts of it out. */
export class OutputCutter {
  readonly parts: (string | Buffer)[] = [];
  readonly #pieces: readonly (string | Buffer)[];
  #index = 0;
  /** Within the piece at `#index`. */
  #at = 0;

  constructor(pieces: readonly (string | Buffer)[]) {
    this.#pieces = pieces;
  }

  /** The next `length` chars, or as many as there are. */
  keep(length: number): void {
    this.#move(length, (part) => this.parts.push(part));
  }

  skip(length: number): void {
    this.#move(length, undefined);
  }

  add(text: string): void {
    this.parts.push(text);
  }

  #move(length: number, take: ((part: string | Buffer) => void) | undefined): void {
    let left = length;
    while (left > 0 && this.#index < this.#pieces.length) {
      const piece = this.#pieces[this.#index] ?? "";
      const end = Math.min(piece.length, this.#at + left);
      if (end > this.#at) take?.(cut(piece, this.#at, end));
      left -= end - this.#at;
      this.#at = end;
      if (end < piece.length) return;
      this.#index += 1;
      this.#at = 0;
    }
  }
}

function cut(piece: string | Buffer, from: number, to: number): string | Buffer {
  return typeof piece === "string" ? piece.slice(from, to) : piece.subarray(from, to);
}

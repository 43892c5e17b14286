/** Every delivery to a subscriber has one shape, because channel names and payloads have one length each. */
export interface FrameShape {
  /** `message` or `smessage`. */
  readonly word: string;
  readonly channelBytes: number;
  readonly payloadBytes: number;
}

/**
 * Called once for each complete frame. `frames` is only valid during the call; the payload is at `payloadAt`.
 */
export type OnFrame = (frames: Uint8Array, payloadAt: number) => void;

/** The bytes are no delivery of the expected shape: an error reply, an unsubscription, a broken server. */
export class UnexpectedFrameError extends Error {
  override readonly name = "UnexpectedFrameError";
}

const STAR = 42;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** How much of unexpected bytes an error quotes. */
const QUOTE_BYTES_MAX = 80;

/**
 * Cuts the bytes a RESP2 subscriber receives into deliveries. Frames have one known length, so scanning one costs
 * three comparisons and no allocation: redis-parser would make the load generator the bottleneck (it builds an
 * array and three strings for each). Every chunk's first frame is compared in full.
 */
export class FrameScanner {
  readonly #prefix: Buffer;
  readonly #frameBytes: number;
  readonly #payloadOffset: number;
  readonly #onFrame: OnFrame;
  /** A frame whose end is in a later chunk; `#partialBytes` of it have arrived. */
  readonly #partial: Buffer;
  #partialBytes = 0;

  constructor(shape: FrameShape, onFrame: OnFrame) {
    const { word, channelBytes, payloadBytes } = shape;
    this.#prefix = Buffer.from(
      `*3\r\n$${word.length}\r\n${word}\r\n$${channelBytes}\r\n`,
      "latin1",
    );
    const payloadHead = `\r\n$${payloadBytes}\r\n`;
    this.#payloadOffset = this.#prefix.length + channelBytes + payloadHead.length;
    this.#frameBytes = this.#payloadOffset + payloadBytes + 2;
    this.#partial = Buffer.alloc(this.#frameBytes);
    this.#onFrame = onFrame;
  }

  get frameBytes(): number {
    return this.#frameBytes;
  }

  /** `chunk` is not kept. Throws `UnexpectedFrameError`; the scanner is of no use after that. */
  feed(chunk: Uint8Array): void {
    let offset = this.#completePartial(chunk);
    const end = chunk.length;
    if (offset < end) this.#expectPrefix(chunk, offset);
    const frameBytes = this.#frameBytes;
    for (; offset + frameBytes <= end; offset += frameBytes) this.#take(chunk, offset);
    if (offset < end) {
      this.#partial.set(chunk.subarray(offset), 0);
      this.#partialBytes = end - offset;
    }
  }

  /** Returns where the next frame begins. */
  #completePartial(chunk: Uint8Array): number {
    if (this.#partialBytes === 0) return 0;
    const taken = Math.min(this.#frameBytes - this.#partialBytes, chunk.length);
    this.#partial.set(chunk.subarray(0, taken), this.#partialBytes);
    this.#partialBytes += taken;
    this.#expectPrefix(this.#partial.subarray(0, this.#partialBytes), 0);
    if (this.#partialBytes === this.#frameBytes) {
      this.#partialBytes = 0;
      this.#take(this.#partial, 0);
    }
    return taken;
  }

  #take(frames: Uint8Array, offset: number): void {
    const last = offset + this.#frameBytes - 1;
    if (
      frames[offset] !== STAR ||
      frames[last - 1] !== CARRIAGE_RETURN ||
      frames[last] !== LINE_FEED
    ) {
      throw unexpected(frames, offset);
    }
    this.#onFrame(frames, offset + this.#payloadOffset);
  }

  #expectPrefix(frames: Uint8Array, offset: number): void {
    const length = Math.min(this.#prefix.length, frames.length - offset);
    if (this.#prefix.compare(frames, offset, offset + length, 0, length) !== 0) {
      throw unexpected(frames, offset);
    }
  }
}

function unexpected(frames: Uint8Array, offset: number): UnexpectedFrameError {
  const bytes = Buffer.from(frames.subarray(offset, offset + QUOTE_BYTES_MAX));
  return new UnexpectedFrameError(`unexpected bytes: ${JSON.stringify(bytes.toString("latin1"))}`);
}

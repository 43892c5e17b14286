/** Deliveries or replies that all have one length, whatever their payloads. Each ends with CR LF. */
export interface FrameLayout {
  /** What each begins with; at least one byte. */
  readonly prefix: string;
  /** From the start of the frame. */
  readonly payloadOffset: number;
  readonly frameBytes: number;
}

/** Every delivery to a subscriber has one shape, because channel names and payloads have one length each. */
export interface DeliveryShape {
  /** `message` or `smessage`. */
  readonly word: string;
  readonly channelBytes: number;
  readonly payloadBytes: number;
}

/**
 * Called once for each complete frame. `frames` is only valid during the call; the payload is at `payloadAt`.
 */
export type OnFrame = (frames: Uint8Array, payloadAt: number) => void;

/** The bytes are no frame of the expected layout: an error reply, an unsubscription, a broken server. */
export class UnexpectedFrameError extends Error {
  override readonly name = "UnexpectedFrameError";
}

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** How much of unexpected bytes an error quotes. */
const QUOTE_BYTES_MAX = 80;

export function deliveryLayout({ word, channelBytes, payloadBytes }: DeliveryShape): FrameLayout {
  const prefix = `*3\r\n$${word.length}\r\n${word}\r\n$${channelBytes}\r\n`;
  const payloadOffset = prefix.length + channelBytes + `\r\n$${payloadBytes}\r\n`.length;
  return { prefix, payloadOffset, frameBytes: payloadOffset + payloadBytes + "\r\n".length };
}

/**
 * Cuts the bytes a RESP2 client receives into frames. They have one known length, so scanning one costs three
 * comparisons and no allocation: redis-parser would make the load generator the bottleneck (it builds an array and
 * three strings for each delivery). The prefixes of every chunk's first and last frame are compared in full.
 */
export class FrameScanner {
  readonly #prefix: Buffer;
  readonly #firstByte: number;
  readonly #frameBytes: number;
  readonly #payloadOffset: number;
  readonly #onFrame: OnFrame;
  /** A frame whose end is in a later chunk; `#partialBytes` of it have arrived. */
  readonly #partial: Buffer;
  #partialBytes = 0;

  constructor(layout: FrameLayout, onFrame: OnFrame) {
    this.#prefix = Buffer.from(layout.prefix, "latin1");
    this.#firstByte = this.#prefix[0] ?? 0;
    this.#payloadOffset = layout.payloadOffset;
    this.#frameBytes = layout.frameBytes;
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
      this.#expectPrefix(chunk, offset);
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
      frames[offset] !== this.#firstByte ||
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

import { FRAME_JOIN_BYTES_MAX, LINK_FRAME_BYTES_MAX } from "./limits.ts";

const HEAD_BYTES = 4;

/** An empty frame: the sender lives. */
export const ALIVE = Buffer.alloc(HEAD_BYTES);

/** The bytes of a frame on a link: its length, u32 big-endian, and it. As few buffers as is cheap. */
export function framed(parts: readonly Buffer[], sizeBytes: number): readonly Buffer[] {
  if (sizeBytes > LINK_FRAME_BYTES_MAX) throw new RangeError(`a frame of ${sizeBytes} bytes`);
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32BE(sizeBytes, 0);
  const all = [head, ...parts];
  return sizeBytes <= FRAME_JOIN_BYTES_MAX ? [Buffer.concat(all)] : all;
}

/**
 * Cuts the bytes of a link into frames (docs/replication.md). Any split of the input gives the same frames. Holds what
 * has arrived of the frame in progress, copied: the caller's buffer is his own again after each call.
 */
export class LinkFrameReader {
  #parts: Buffer[] = [];
  #heldBytes = 0;

  /** Each frame is a view, valid until the next is asked for. Throws TypeError: then the link is done. */
  *push(bytes: Buffer): Generator<Buffer> {
    let rest = this.#heldBytes === 0 ? bytes : this.#completed(bytes);
    while (rest !== undefined && rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + frameSize(rest);
      if (rest.length < end) break;
      yield rest.subarray(HEAD_BYTES, end);
      rest = rest.subarray(end);
    }
    if (rest !== undefined && rest.length > 0) this.#hold(rest);
  }

  /** What was held with what came, once a frame is whole. Else it is held, too. */
  #completed(bytes: Buffer): Buffer | undefined {
    this.#hold(bytes);
    if (this.#heldBytes < HEAD_BYTES) return undefined;
    const [first = ALIVE] = this.#parts;
    const head = first.length >= HEAD_BYTES ? first : Buffer.concat(this.#parts);
    if (this.#heldBytes < HEAD_BYTES + frameSize(head)) return undefined;
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#heldBytes = 0;
    return all;
  }

  #hold(bytes: Buffer): void {
    this.#parts.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
  }
}

function frameSize(head: Buffer): number {
  const sizeBytes = head.readUInt32BE(0);
  if (sizeBytes > LINK_FRAME_BYTES_MAX) throw new TypeError(`a frame of ${sizeBytes} bytes`);
  return sizeBytes;
}

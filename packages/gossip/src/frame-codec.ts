import { createHash, createHmac, hash, timingSafeEqual, type KeyObject } from "node:crypto";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { frameName, FRAMES, type FrameFilter, type FrameName } from "./frame-types.ts";
import { MAC_WHOLE_BODY_BYTES_MAX } from "./limits.ts";

const MAC_BYTES = 16;
const MAC_AT = 5;
/** u32 body length, u8 type, MAC. Before a long body its SHA-256 follows: see `headBytesOf`. */
export const FRAME_HEAD_BYTES = MAC_AT + MAC_BYTES;
const DIGEST_BYTES = 32;
const LONG_HEAD_BYTES = FRAME_HEAD_BYTES + DIGEST_BYTES;

/** How many bytes stand before a body of that size. */
export function headBytesOf(bodyBytes: number): number {
  return bodyBytes > MAC_WHOLE_BODY_BYTES_MAX ? LONG_HEAD_BYTES : FRAME_HEAD_BYTES;
}

/** A body ready to be sealed for any number of links. */
export interface FrameBody {
  /** In order; together the body. */
  readonly parts: readonly Buffer[];
  readonly sizeBytes: number;
  /** What the MAC covers in place of a long body, computed once for all links. */
  readonly digest: Buffer | undefined;
}

export function frameBody(...parts: Buffer[]): FrameBody {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  if (sizeBytes <= MAC_WHOLE_BODY_BYTES_MAX) return { parts, sizeBytes, digest: undefined };
  const [only] = parts;
  if (only !== undefined && parts.length === 1) {
    return { parts, sizeBytes, digest: hash("sha256", only, "buffer") };
  }
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return { parts, sizeBytes, digest: sum.digest() };
}

/**
 * The MAC of one direction of a link: HMAC-SHA256, cut to 16 bytes, over the frame's number (u64, from 0, not
 * sent), the head up to the MAC, and the body or its digest. TCP keeps order, so both sides count by
 * themselves; a frame left out, repeated or moved gets a wrong number and so a wrong MAC.
 */
class FrameMac {
  readonly #key: KeyObject;
  readonly #prefix = Buffer.alloc(8 + MAC_AT);
  #counter = 0;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  next(type: number, body: FrameBody): Buffer {
    // Exact to 2^53 frames: 285 years at a million a second.
    this.#prefix.writeUInt32BE(Math.floor(this.#counter / 0x1_0000_0000), 0);
    this.#prefix.writeUInt32BE(this.#counter % 0x1_0000_0000, 4);
    this.#prefix.writeUInt32BE(body.sizeBytes, 8);
    this.#prefix[12] = type;
    this.#counter += 1;
    const mac = createHmac("sha256", this.#key).update(this.#prefix);
    if (body.digest !== undefined) mac.update(body.digest);
    else for (const part of body.parts) mac.update(part);
    return mac.digest().subarray(0, MAC_BYTES);
  }
}

/** Makes the heads of the frames that leave on one link. Each sealed frame must be sent, in order. */
export class FrameSealer {
  readonly #mac: FrameMac;

  constructor(key: KeyObject) {
    this.#mac = new FrameMac(key);
  }

  /** Writes what goes before the body into `head`: `headBytesOf` its size. */
  seal(name: FrameName, body: FrameBody, head: Buffer): void {
    const { type } = FRAMES[name];
    head.writeUInt32BE(body.sizeBytes, 0);
    head[4] = type;
    this.#mac.next(type, body).copy(head, MAC_AT);
    body.digest?.copy(head, FRAME_HEAD_BYTES);
  }
}

/**
 * Cuts the bytes of one link into frames and verifies each before anybody sees it. Any split of the input
 * gives the same frames. Holds what has arrived of the frame in progress and reserves nothing for the rest; a
 * long frame's head is verified by itself, so without the key nobody makes it hold more than a short frame.
 *
 * Throws BusProtocolError: then the link is done.
 */
export class FrameOpener {
  readonly #mac: FrameMac;
  readonly #filter: FrameFilter;
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  /** Bytes without which it is no use to look again. */
  #neededBytes = FRAME_HEAD_BYTES;
  /** The frame in progress is long, and its head is genuine. */
  #isLongHeadVerified = false;

  constructor(key: KeyObject, filter: FrameFilter) {
    this.#mac = new FrameMac(key);
    this.#filter = filter;
  }

  /** `onFrame` gets a view, valid during the call; it returns false to stop (the link was closed). */
  push(chunk: Buffer, onFrame: (name: FrameName, body: Buffer) => boolean): void {
    let data = chunk;
    if (this.#piecesBytes > 0) {
      this.#pieces.push(chunk);
      this.#piecesBytes += chunk.length;
      if (this.#piecesBytes < this.#neededBytes) return;
      data = Buffer.concat(this.#pieces, this.#piecesBytes);
    }
    let at = 0;
    for (;;) {
      const left = data.length - at;
      this.#neededBytes = FRAME_HEAD_BYTES;
      if (left < FRAME_HEAD_BYTES) break;
      const name = this.#checkHead(data, at);
      const bodyBytes = data.readUInt32BE(at);
      const headBytes = headBytesOf(bodyBytes);
      const isLong = headBytes > FRAME_HEAD_BYTES;
      const digest = isLong ? data.subarray(at + FRAME_HEAD_BYTES, at + headBytes) : undefined;
      const mac = data.subarray(at + MAC_AT, at + FRAME_HEAD_BYTES);
      if (isLong && !this.#isLongHeadVerified) {
        this.#neededBytes = headBytes;
        if (left < headBytes) break;
        this.#verify(name, { parts: [], sizeBytes: bodyBytes, digest }, mac);
        this.#isLongHeadVerified = true;
      }
      this.#neededBytes = headBytes + bodyBytes;
      if (left < this.#neededBytes) break;
      const body = data.subarray(at + headBytes, at + this.#neededBytes);
      if (digest === undefined) {
        this.#verify(name, { parts: [body], sizeBytes: bodyBytes, digest }, mac);
      } else {
        refuseUnless(timingSafeEqual(hash("sha256", body, "buffer"), digest), name);
        this.#isLongHeadVerified = false;
      }
      at += this.#neededBytes;
      if (!onFrame(name, body)) return;
    }
    this.#piecesBytes = data.length - at;
    const rest = data.subarray(at);
    // A view would keep a large frame alive until the next one comes; the rest is less than a chunk.
    this.#pieces = rest.length === 0 ? [] : [data === chunk ? rest : Buffer.from(rest)];
  }

  #checkHead(data: Buffer, at: number): FrameName {
    const type = data[at + 4] ?? 0;
    const name = frameName(type, this.#filter);
    if (name === undefined) throw new BusProtocolError("bad-type", String(type));
    if (data.readUInt32BE(at) > FRAMES[name].bytesMax)
      throw new BusProtocolError("bad-length", name);
    return name;
  }

  #verify(name: FrameName, body: FrameBody, received: Buffer): void {
    const expected = this.#mac.next(FRAMES[name].type, body);
    refuseUnless(timingSafeEqual(expected, received), name);
  }
}

function refuseUnless(isGenuine: boolean, name: FrameName): void {
  if (!isGenuine) throw new BusProtocolError("bad-mac", name);
}

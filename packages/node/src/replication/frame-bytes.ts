import { fromBuffer, type Bytes } from "@slotcast/protocol";
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import type { EpochMark } from "./epoch-marks.ts";
import { EPOCH_MARKS_MAX } from "./limits.ts";

/** Of an id of 40 hex digits. */
export const ID_BYTES = 20;
const NO_ID = "0".repeat(2 * ID_BYTES);

/** Big-endian, into a buffer of exactly the frame's size. */
export class FrameWriter {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(sizeBytes: number) {
    this.#buffer = Buffer.allocUnsafe(sizeBytes);
  }

  u8(value: number): this {
    this.#at = this.#buffer.writeUInt8(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.#buffer.writeUInt32BE(value, this.#at);
    return this;
  }

  u64(value: number): this {
    return this.u32(Math.floor(value / 0x1_0000_0000)).u32(value % 0x1_0000_0000);
  }

  /** 40 hex digits; "" as zeros. */
  id(id: string): this {
    const written = this.#buffer.write(id === "" ? NO_ID : id, this.#at, ID_BYTES, "hex");
    assert(written === ID_BYTES, `not an id: ${id}`);
    this.#at += ID_BYTES;
    return this;
  }

  /** u8 how many, then epoch and offset of each. */
  marks(marks: readonly EpochMark[]): this {
    this.u8(marks.length);
    for (const { epoch, offset } of marks) this.u64(epoch).u64(offset);
    return this;
  }

  bytes(bytes: Bytes): this {
    this.#at += this.#buffer.latin1Write(bytes, this.#at);
    return this;
  }

  finish(): Buffer {
    assert(this.#at === this.#buffer.length);
    return this.#buffer;
  }
}

/** Every read checks what is left, and every number that it is exact. */
export class FrameReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  u8(): number {
    return this.#body.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#body.readUInt32BE(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#body.readUInt32BE(at) * 0x1_0000_0000 + this.#body.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) throw new TypeError("replication frame: beyond 2^53");
    return value;
  }

  optionalU64(): number | undefined {
    const flag = this.u8();
    const value = this.u64();
    if (flag > 1 || (flag === 0 && value !== 0)) throw new TypeError("replication frame: flag");
    return flag === 1 ? value : undefined;
  }

  id(): string {
    const at = this.#take(ID_BYTES);
    const id = this.#body.toString("hex", at, at + ID_BYTES);
    return id === NO_ID ? "" : id;
  }

  marks(): readonly EpochMark[] {
    const count = this.u8();
    if (count > EPOCH_MARKS_MAX) throw new TypeError("replication frame: too many epoch marks");
    const marks: EpochMark[] = [];
    for (let index = 0; index < count; index += 1) {
      const mark = { epoch: this.u64(), offset: this.u64() };
      const last = marks.at(-1);
      if (last !== undefined && (mark.epoch <= last.epoch || mark.offset < last.offset))
        throw new TypeError("replication frame: epoch marks out of order");
      marks.push(mark);
    }
    return marks;
  }

  rest(): Bytes {
    const start = this.#take(0);
    if (this.#body.length - start > constants.MAX_STRING_LENGTH)
      throw new TypeError("replication frame: longer than a string can be");
    this.#at = this.#body.length;
    return fromBuffer(this.#body, start);
  }

  end(): void {
    if (this.#at !== this.#body.length) throw new TypeError("replication frame: too long");
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#body.length) throw new TypeError("replication frame: cut short");
    this.#at = at + count;
    return at;
  }
}

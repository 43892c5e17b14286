import { hash } from "node:crypto";
import { toBuffer, type Bytes } from "@slotcast/protocol";

const SHA1_BYTES = 20;

/** A digest that grows part by part, as DEBUG DIGEST does it. Source: Redis 7.0 src/debug.c, xorDigest and mixDigest. */
export class Sha1Digest {
  #bytes: Buffer = Buffer.alloc(SHA1_BYTES);

  /** Adds a part whose place among the others does not matter. */
  add(part: Bytes | Buffer): void {
    const hashed = sha1(typeof part === "string" ? toBuffer(part) : part);
    for (let index = 0; index < SHA1_BYTES; index += 1) {
      this.#bytes[index] = (this.#bytes[index] ?? 0) ^ (hashed[index] ?? 0);
    }
  }

  /** Adds a part that comes after the others. */
  append(part: Bytes | Buffer): void {
    this.add(part);
    this.#bytes = sha1(this.#bytes);
  }

  /** As `append`, a 32-bit number in network order. */
  appendNumber(value: number): void {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    this.append(part);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** 40 hex digits. */
  get hex(): string {
    return this.#bytes.toString("hex");
  }
}

function sha1(bytes: Buffer): Buffer {
  return hash("sha1", bytes, "buffer");
}

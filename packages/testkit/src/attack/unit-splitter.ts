import {
  ANSWER_BYTES,
  FINISH_BYTES,
  DIGEST_BYTES,
  FRAME_HEAD_BYTES,
  HELLO_BYTES,
  SHORT_BODY_BYTES_MAX,
  type Side,
} from "./wire-format.ts";

/** A message of the handshake or a frame, as it stands on the wire. */
export interface Unit {
  readonly name: "hello" | "answer" | "finish" | "frame";
  readonly bytes: Buffer;
}

const HANDSHAKE: Record<Side, readonly (readonly [Unit["name"], bytes: number])[]> = {
  dialler: [
    ["hello", HELLO_BYTES],
    ["finish", FINISH_BYTES],
  ],
  acceptor: [["answer", ANSWER_BYTES]],
};

/** Cuts what one side says into units. Frames are not secret, only sealed: anybody sees where they begin. */
export class UnitSplitter {
  readonly #handshake: (readonly [Unit["name"], number])[];
  #rest: Buffer = Buffer.alloc(0);

  constructor(side: Side) {
    this.#handshake = [...HANDSHAKE[side]];
  }

  push(chunk: Buffer): Unit[] {
    const units: Unit[] = [];
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const [name, sizeBytes] = this.#handshake[0] ?? ["frame" as const, this.#frameBytes()];
      if (this.#rest.length < sizeBytes) return units;
      this.#handshake.shift();
      units.push({ name, bytes: Buffer.from(this.#rest.subarray(0, sizeBytes)) });
      this.#rest = this.#rest.subarray(sizeBytes);
    }
  }

  #frameBytes(): number {
    if (this.#rest.length < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES;
    const bodyBytes = this.#rest.readUInt32BE(0);
    return FRAME_HEAD_BYTES + (bodyBytes > SHORT_BODY_BYTES_MAX ? DIGEST_BYTES : 0) + bodyBytes;
  }
}

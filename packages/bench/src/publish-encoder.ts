import { HEADER_BYTES, writeHeader, type MessageHeader } from "./message-header.ts";
import { encodeRequest } from "./resp-connection.ts";

export interface PublishEncoderOptions {
  /** `PUBLISH` or `SPUBLISH`. */
  readonly command: string;
  /** Taken in turns; all of one length. */
  readonly channels: readonly string[];
  readonly payloadBytes: number;
  /** Stream of the first channel; the others follow. */
  readonly firstStream: number;
}

/**
 * Writes the requests of one publisher. All have the same length, so a batch is copies of prepared requests with the
 * 16 bytes of the header written over; payloads shorter than the header carry none and cannot be checked.
 */
export class PublishEncoder {
  readonly requestBytes: number;
  readonly #requests: readonly Buffer[];
  readonly #firstStream: number;
  readonly #headerOffset: number;
  readonly #hasHeader: boolean;
  readonly #header: MessageHeader = { phase: 0, stream: 0, sequence: 0, sentAtUs: 0 };
  /** By own channel: messages written in this phase. */
  readonly #written: Uint32Array;
  #turn = 0;

  constructor(options: PublishEncoderOptions) {
    const payload = "x".repeat(options.payloadBytes);
    this.#requests = options.channels.map((channel) =>
      encodeRequest([options.command, channel, payload]),
    );
    this.requestBytes = this.#requests[0]?.length ?? 0;
    this.#headerOffset = this.requestBytes - 2 - options.payloadBytes;
    this.#hasHeader = options.payloadBytes >= HEADER_BYTES;
    this.#firstStream = options.firstStream;
    this.#written = new Uint32Array(options.channels.length);
  }

  startPhase(phase: number): void {
    this.#header.phase = phase;
    this.#written.fill(0);
    this.#turn = 0;
  }

  /** Returns which of the own channels the message is for. `target` has room for `requestBytes` at `offset`. */
  writeNext(target: Buffer, offset: number, sentAtUs: number): number {
    const channel = this.#turn;
    this.#turn = channel + 1 === this.#requests.length ? 0 : channel + 1;
    const request = this.#requests[channel];
    if (request === undefined) throw new RangeError("a publisher without channels");
    request.copy(target, offset);
    const sequence = this.#written[channel] ?? 0;
    this.#written[channel] = sequence + 1;
    if (this.#hasHeader) {
      const header = this.#header;
      header.stream = this.#firstStream + channel;
      header.sequence = sequence;
      header.sentAtUs = sentAtUs;
      writeHeader(target, offset + this.#headerOffset, header);
    }
    return channel;
  }

  /** Adds what was written in this phase to `published`, which is indexed by stream. */
  addPublished(published: Uint32Array): void {
    this.#written.forEach((count, channel) => {
      const stream = this.#firstStream + channel;
      published[stream] = (published[stream] ?? 0) + count;
    });
  }
}

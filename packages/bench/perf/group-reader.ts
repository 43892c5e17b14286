import { FrameScanner, type FrameLayout } from "../src/frame-scanner.ts";
import { encodeRequest } from "../src/resp-connection.ts";
import { ENTRY_ID_BYTES, entryId, readReplyLayout, STREAM } from "./stream-entries.ts";

/** The replies to a batch of XACKs of one pending entry each: all are compared in full. */
function ackReplyLayout(pipeline: number): FrameLayout {
  const prefix = ":1\r\n".repeat(pipeline);
  return { prefix, payloadOffset: 0, frameBytes: prefix.length };
}

export interface GroupReaderOptions {
  readonly group: string;
  readonly consumer: string;
  /** Requests in one write. */
  readonly pipeline: number;
  /** Entries that each XREADGROUP asks for. The stream must have them. */
  readonly count: number;
  /** Only with a count of 1: each batch of reads is followed by one of as many XACKs. */
  readonly isAcking: boolean;
}

/** What a reader needs of the world. */
export interface GroupReaderShell {
  /** The bytes stay as they are until they are answered. */
  readonly write: (bytes: Uint8Array) => void;
  /** Asked before each batch of reads. */
  readonly mayReadOn: () => boolean;
  /** All is answered, and it may not read on. */
  readonly onDone: () => void;
}

/**
 * One consumer of a group, as fast as it is answered. Its requests are written once; of the replies it copies ids to
 * where the XACKs want them, and looks at nothing else: it must not be what is measured.
 */
export class GroupReader {
  readonly #options: GroupReaderOptions;
  readonly #shell: GroupReaderShell;
  readonly #reads: Buffer;
  readonly #readScanner: FrameScanner;
  readonly #acks: Buffer;
  readonly #ackScanner: FrameScanner;
  readonly #ackBytes: number;
  /** Of the id in each XACK. */
  readonly #ackIdOffset: number;
  #isReading = true;
  #answered = 0;

  constructor(options: GroupReaderOptions, shell: GroupReaderShell) {
    const { group, consumer, pipeline, count } = options;
    this.#options = options;
    this.#shell = shell;
    const from = ["GROUP", group, consumer, "COUNT", String(count), "STREAMS", STREAM, ">"];
    this.#reads = repeated(encodeRequest(["XREADGROUP", ...from]), pipeline);
    this.#readScanner = new FrameScanner(readReplyLayout(count), (frames, idAt) =>
      this.#takeRead(frames, idAt),
    );
    const ack = encodeRequest(["XACK", STREAM, group, entryId(0)]);
    this.#acks = repeated(ack, pipeline);
    this.#ackBytes = ack.length;
    this.#ackIdOffset = ack.length - "\r\n".length - ENTRY_ID_BYTES;
    this.#ackScanner = new FrameScanner(ackReplyLayout(pipeline), () => {
      this.#answered = pipeline;
    });
  }

  start(): void {
    this.#readOn();
  }

  /** `chunk` is not kept. Throws `UnexpectedFrameError`: an error, the end of the stream, an id that was not pending. */
  feed(chunk: Uint8Array): void {
    // A batch is sent when the one before is answered, so a chunk has replies of one kind.
    (this.#isReading ? this.#readScanner : this.#ackScanner).feed(chunk);
    if (this.#answered < this.#options.pipeline) return;
    if (this.#isReading && this.#options.isAcking) {
      this.#isReading = false;
      this.#answered = 0;
      this.#shell.write(this.#acks);
    } else {
      this.#readOn();
    }
  }

  #readOn(): void {
    this.#isReading = true;
    this.#answered = 0;
    if (this.#shell.mayReadOn()) this.#shell.write(this.#reads);
    else this.#shell.onDone();
  }

  #takeRead(frames: Uint8Array, idAt: number): void {
    if (this.#options.isAcking) {
      const to = this.#answered * this.#ackBytes + this.#ackIdOffset;
      // A call into C++ costs more than so few bytes.
      for (let at = 0; at < ENTRY_ID_BYTES; at += 1) this.#acks[to + at] = frames[idAt + at] ?? 0;
    }
    this.#answered += 1;
  }
}

function repeated(request: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => request));
}

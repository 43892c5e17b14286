import { PublishEncoder, type PublishEncoderOptions } from "./publish-encoder.ts";
import { PublishReplyCounter } from "./publish-reply-counter.ts";
import { RespConnection, type ConnectionOptions } from "./resp-connection.ts";

export interface PublisherOptions extends PublishEncoderOptions, ConnectionOptions {
  /** Subscribers of each of `channels`. */
  readonly fanOut: readonly number[];
}

/** What one write sent: messages, and the deliveries that they owe. */
export interface Sent {
  readonly messages: number;
  readonly owed: number;
}

/** One publishing connection. */
export class Publisher {
  /** Called whenever no request is unanswered any more. */
  onAllAnswered: (() => void) | undefined;
  readonly #connection: RespConnection;
  readonly #encoder: PublishEncoder;
  readonly #fanOut: readonly number[];
  readonly #replies = new PublishReplyCounter();
  #unanswered = 0;
  #onAnswered: (() => void) | undefined;
  #batch = Buffer.alloc(0);
  #dueAtUs = Infinity;
  #intervalUs = Infinity;

  private constructor(options: PublisherOptions, connection: RespConnection) {
    this.#connection = connection;
    this.#encoder = new PublishEncoder(options);
    this.#fanOut = options.fanOut;
    connection.takeOver((chunk) => this.#read(chunk));
  }

  static async open(options: PublisherOptions): Promise<Publisher> {
    return new Publisher(options, await RespConnection.open(options));
  }

  get requestBytes(): number {
    return this.#encoder.requestBytes;
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** When the next message of the schedule is due. */
  get dueAtUs(): number {
    return this.#dueAtUs;
  }

  startPhase(phase: number): void {
    this.#encoder.startPhase(phase);
  }

  schedule(options: { readonly startAtUs: number; readonly intervalUs: number }): void {
    this.#dueAtUs = options.startAtUs;
    this.#intervalUs = options.intervalUs;
  }

  /** One write of `messages` requests. Only when all earlier ones are answered: the batch's memory is used again. */
  publish(messages: number, nowUs: () => number): Sent {
    const bytes = messages * this.requestBytes;
    if (this.#batch.length !== bytes) this.#batch = Buffer.allocUnsafeSlow(bytes);
    const sentAtUs = nowUs();
    return this.#write(this.#batch, messages, () => sentAtUs);
  }

  /** One write of what the schedule has due by `nowUs`, `messagesMax` at most. */
  publishUntil(nowUs: number, messagesMax: number): Sent {
    const due = Math.floor((nowUs - this.#dueAtUs) / this.#intervalUs) + 1;
    const messages = Math.min(due, messagesMax);
    const batch = Buffer.allocUnsafe(messages * this.requestBytes);
    const firstAtUs = this.#dueAtUs;
    this.#dueAtUs = firstAtUs + messages * this.#intervalUs;
    return this.#write(batch, messages, (index) => firstAtUs + index * this.#intervalUs);
  }

  /** Resolves when all requests are answered. */
  answered(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAnswered = resolve;
    });
  }

  addPublished(published: Uint32Array): void {
    this.#encoder.addPublished(published);
  }

  #write(batch: Buffer, messages: number, sentAtUs: (index: number) => number): Sent {
    let owed = 0;
    for (let index = 0; index < messages; index += 1) {
      const channel = this.#encoder.writeNext(batch, index * this.requestBytes, sentAtUs(index));
      owed += this.#fanOut[channel] ?? 0;
    }
    this.#unanswered += messages;
    this.#connection.write(batch);
    return { messages, owed };
  }

  #read(chunk: Uint8Array): void {
    this.#unanswered -= this.#replies.feed(chunk);
    if (this.#unanswered > 0) return;
    this.#onAnswered?.();
    this.#onAnswered = undefined;
    this.onAllAnswered?.();
  }
}

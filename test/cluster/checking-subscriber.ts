import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeRequest } from "@slotcast/testkit";
import { MessageScanner } from "./message-scanner.ts";

const FAULTS_KEPT_MAX = 10;
const PAYLOAD = /^(\d+) (\d+) /;

/** The channel that a publisher's message of this number belongs to. */
export type ChannelOf = (publisher: number, seq: number) => string;

/** Who published, and as which of his messages; filled up to `bytes`. */
export function numberedPayload(publisher: number, seq: number, bytes: number): string {
  return `${publisher} ${seq} `.padEnd(bytes, "x");
}

/**
 * A subscriber that checks each message on arrival: the kind and channel that it was published with, and higher
 * numbers only, for each publisher. With the right count at the end nothing was lost, duplicated or out of order.
 */
export class CheckingSubscriber implements AsyncDisposable {
  received = 0;
  /** What was wrong, the first few. */
  readonly faults: string[] = [];
  readonly #socket: Socket;
  readonly #channelOf: ChannelOf;
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #latestSeqs = new Map<number, number>();
  readonly #subscribed = Promise.withResolvers<void>();
  #confirmations = 0;

  private constructor(
    socket: Socket,
    options: { readonly classic: string; readonly sharded: string; readonly channelOf: ChannelOf },
  ) {
    const { classic, sharded } = options;
    this.#socket = socket;
    this.#channelOf = options.channelOf;
    this.#kinds = new Map([
      [classic, "message"],
      [sharded, "smessage"],
    ]);
    const scanner = new MessageScanner((...push) => {
      this.#got(...push);
    });
    socket.on("data", (chunk: Buffer) => {
      scanner.push(chunk);
    });
    socket.on("error", (error) => {
      this.#fault(error.message);
    });
    socket.on("end", () => {
      this.#fault("closed by the node");
    });
    socket.write(encodeRequest(["SUBSCRIBE", classic]));
    socket.write(encodeRequest(["SSUBSCRIBE", sharded]));
  }

  /** Resolves when both subscriptions are confirmed. */
  static async connect(options: {
    readonly port: number;
    readonly protocol: 2 | 3;
    readonly classic: string;
    readonly sharded: string;
    readonly channelOf: ChannelOf;
  }): Promise<CheckingSubscriber> {
    const socket = connect({ port: options.port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.write(encodeRequest(["HELLO", options.protocol]));
    await once(socket, "data"); // its reply: one write of the node, one segment here
    const subscriber = new CheckingSubscriber(socket, options);
    await subscriber.#subscribed.promise;
    return subscriber;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  #got(kind: string, channel: string, payload: string): void {
    const expectedKind = this.#kinds.get(channel);
    if (kind !== expectedKind) {
      this.#confirmations += 1;
      if (!kind.endsWith("subscribe")) this.#fault(`${kind} of ${channel}`);
      if (this.#confirmations === this.#kinds.size) this.#subscribed.resolve();
      return;
    }
    this.received += 1;
    const [, publisherText, seqText] = PAYLOAD.exec(payload) ?? [];
    const publisher = Number(publisherText);
    const seq = Number(seqText);
    const latestSeq = this.#latestSeqs.get(publisher) ?? -1;
    if (!(seq > latestSeq)) this.#fault(`${channel}: ${payload} after ${latestSeq}`);
    if (this.#channelOf(publisher, seq) !== channel) this.#fault(`${channel}: ${payload}`);
    this.#latestSeqs.set(publisher, seq);
  }

  #fault(what: string): void {
    if (this.faults.length < FAULTS_KEPT_MAX) this.faults.push(what);
  }
}

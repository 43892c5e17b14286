import type { Socket } from "node:net";
import type { RecordedTalk } from "./recordings.ts";
import { UnitSplitter, type Unit } from "./unit-splitter.ts";
import { otherSide, type Side } from "./wire-format.ts";

/** What is passed on in place of a unit; `isDone`: from here on everything is passed on as it comes again. */
export interface Change {
  readonly bytes: readonly Buffer[];
  readonly isDone: boolean;
}

/** What a meddler does to the units of one side, the next one first. */
export type Meddling = (unit: Unit) => Change;

/** How a connection ended whose bytes were changed. */
export type Ending =
  /** Whoever got them closed it. */
  | "by-receiver"
  /** The other one did, or it was over before anything was changed. */
  | "by-other"
  /** It is still open. */
  | "not";

/** A genuine connection of two nodes, unit by unit, through our hands. */
export class TappedTalk {
  readonly recording: RecordedTalk;
  readonly #sockets: Record<Side, Socket>;
  readonly #closed: Promise<Side>;
  #meddling: { readonly side: Side; readonly with: Meddling } | undefined;
  #isOpen = true;

  constructor(options: {
    readonly dialler: Socket;
    readonly acceptor: Socket;
    readonly recording: RecordedTalk;
  }) {
    const { dialler, acceptor } = options;
    this.recording = options.recording;
    this.#sockets = { dialler, acceptor };
    const { promise, resolve } = Promise.withResolvers<Side>();
    this.#closed = promise;
    for (const side of ["dialler", "acceptor"] as const) {
      const splitter = new UnitSplitter(side);
      const socket = this.#sockets[side];
      socket.on("data", (chunk) => {
        for (const unit of splitter.push(chunk)) this.#pass(side, unit);
      });
      for (const event of ["end", "close"]) {
        socket.on(event, () => {
          this.#isOpen = false;
          resolve(side);
          dialler.destroy();
          acceptor.destroy();
        });
      }
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves to the side that closed it. */
  async closed(): Promise<Side> {
    return this.#closed;
  }

  /** Says something in the name of a side, between two of its units. */
  inject(side: Side, bytes: Buffer): void {
    this.#sockets[otherSide(side)].write(bytes);
  }

  /** From the next unit of that side on. */
  meddle(side: Side, meddling: Meddling): void {
    this.#meddling = { side, with: meddling };
  }

  /** How it ended, within that time. */
  async ending(changedSide: Side, withinMs: number): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<"not">();
    const timer = setTimeout(resolve, withinMs, "not");
    const closer = await Promise.race([this.#closed, promise]);
    clearTimeout(timer);
    if (closer === "not") return closer;
    return closer === otherSide(changedSide) ? "by-receiver" : "by-other";
  }

  #pass(side: Side, unit: Unit): void {
    if (!this.#isOpen) return;
    const receiver = this.#sockets[otherSide(side)];
    this.recording.note(side, unit);
    if (this.#meddling?.side !== side) {
      receiver.write(unit.bytes);
      return;
    }
    const { bytes, isDone } = this.#meddling.with(unit);
    if (isDone) this.#meddling = undefined;
    for (const each of bytes) if (each.length > 0) receiver.write(each);
  }
}

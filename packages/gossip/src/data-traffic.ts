import type { FrameBody } from "./frame-codec.ts";
import { REPLICATION_FRAME_BYTES_MAX } from "./limits.ts";
import type { Link, LinkDirection } from "./link.ts";

/**
 * A data link as replication has it: bodies of its own making, in order, from both sides. Gone for good once it is
 * down; the next one is another object.
 *
 * Nothing is dropped and nothing waits for the peer: who sends looks at `queuedBytes`, and goes on at `onDataDrain`.
 */
export class DataLink {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  get peerId(): string {
    return this.#link.peerId;
  }

  /** `to`: we asked for it with `openData`. `from`: the peer did. There may be one of each. */
  get direction(): LinkDirection {
    return this.#link.direction;
  }

  get isUp(): boolean {
    return !this.#link.isClosed;
  }

  /** Written and not yet taken by the kernel. */
  get queuedBytes(): number {
    return this.#link.queuedBytes;
  }

  /** Several links may be given the same body. False: the link is down. Throws RangeError: longer than a frame. */
  send(body: FrameBody): boolean {
    if (body.sizeBytes > REPLICATION_FRAME_BYTES_MAX) {
      throw new RangeError(`a replication frame of ${body.sizeBytes} bytes`);
    }
    if (this.#link.isClosed) return false;
    this.#link.send("replication", body, 1);
    return true;
  }

  /** The peer's frames stay with the peer. What was read already still comes: a chunk of the socket at most. */
  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  /** At once; what is queued is lost. The one who dialled dials again, unless it is told `closeData`. */
  close(): void {
    this.#link.close("unwanted");
  }
}

export interface DataCallbacks {
  /** Nothing was sent or read on it. */
  onDataUp?(link: DataLink): void;
  /** Once for each that was up. */
  onDataDown?(link: DataLink): void;
  /**
   * `body` is a view, valid during the call. To refuse it throw BusProtocolError, which closes the link and is
   * counted.
   */
  onData?(link: DataLink, body: Buffer): void;
  /** The link's queue was long, and has left. */
  onDataDrain?(link: DataLink): void;
}

/** The data links that are up, for replication. */
export class DataTraffic {
  readonly #callbacks: DataCallbacks;
  readonly #links = new Map<Link, DataLink>();

  constructor(callbacks: DataCallbacks) {
    this.#callbacks = callbacks;
  }

  up(link: Link): void {
    const dataLink = new DataLink(link);
    this.#links.set(link, dataLink);
    this.#callbacks.onDataUp?.(dataLink);
  }

  down(link: Link): void {
    const dataLink = this.#links.get(link);
    if (dataLink === undefined) return;
    this.#links.delete(link);
    this.#callbacks.onDataDown?.(dataLink);
  }

  receive(link: Link, body: Buffer): void {
    const dataLink = this.#links.get(link);
    if (dataLink !== undefined) this.#callbacks.onData?.(dataLink, body);
  }

  drained(link: Link): void {
    const dataLink = this.#links.get(link);
    if (dataLink !== undefined) this.#callbacks.onDataDrain?.(dataLink);
  }
}

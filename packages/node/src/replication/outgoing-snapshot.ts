import type { Bytes } from "@slotcast/protocol";
import type { SnapshotChunkFrame, SyncFullEndFrame } from "./frames.ts";
import { HASH_OF_NOTHING, hashOn } from "./log-hash.ts";

export interface OutgoingSnapshotOptions {
  readonly head: { readonly shardId: string; readonly epoch: number };
  /** The snapshot stands for the log up to here. */
  readonly offset: number;
  readonly send: (frame: SnapshotChunkFrame | SyncFullEndFrame) => void;
}

/**
 * A snapshot that is being sent to one replica: the shell hands it over piece by piece, at the pace of the link. It has
 * what was executed, committed or not; the replica may have it when all of that is committed, so its end waits.
 */
export class OutgoingSnapshot {
  readonly offset: number;
  readonly #options: OutgoingSnapshotOptions;
  #sentBytes = 0;
  #hash = HASH_OF_NOTHING;
  #isWhole = false;
  #isEndSent = false;
  #isCancelled = false;

  constructor(options: OutgoingSnapshotOptions) {
    this.#options = options;
    this.offset = options.offset;
  }

  /** The replica may have it. */
  get isEndSent(): boolean {
    return this.#isEndSent;
  }

  /** False: nobody waits for it any more. */
  send(bytes: Bytes): boolean {
    if (this.#isCancelled || this.#isWhole) return false;
    const { head, send } = this.#options;
    send({ kind: "snapshot-chunk", ...head, position: this.#sentBytes, bytes });
    this.#sentBytes += bytes.length;
    this.#hash = hashOn(this.#hash, bytes);
    return true;
  }

  /** That was all of it. Its end goes out now or with the commit. */
  finish(commitOffset: number): void {
    this.#isWhole = true;
    this.endIfCommitted(commitOffset);
  }

  endIfCommitted(commitOffset: number): void {
    if (!this.#isWhole || this.#isEndSent || this.#isCancelled || commitOffset < this.offset)
      return;
    this.#isEndSent = true;
    const { head, send } = this.#options;
    send({ kind: "sync-full-end", ...head, sizeBytes: this.#sentBytes, hash: this.#hash });
  }

  cancel(): void {
    this.#isCancelled = true;
  }
}

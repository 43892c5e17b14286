import type { NodeId } from "@slotcast/control";
import type { ClusterCore } from "@slotcast/node";
import { slice, type Bytes } from "@slotcast/protocol";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const CHUNK_BYTES_MAX = 2000;
const CHUNK_MS_MAX = 3;

/** Streams snapshots from a primary to its replicas, piece by piece, while writes go on. */
export class SnapshotSender {
  readonly #core: ClusterCore;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #later: (act: (nowMs: number) => void) => void;

  constructor(options: {
    readonly core: ClusterCore;
    readonly clock: VirtualClock;
    readonly random: SeededRandom;
    /** As a step of the process. */
    readonly later: (act: (nowMs: number) => void) => void;
  }) {
    this.#core = options.core;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#later = options.later;
  }

  /** In the turn in which it was asked for. */
  begin(to: NodeId, snapshot: Bytes): void {
    const { primary } = this.#core.role;
    const outgoing = primary?.beginSnapshot(to, { sizeBytes: snapshot.length });
    if (primary === undefined || outgoing === undefined) return;
    const sendFrom = (position: number): void => {
      this.#clock.after(this.#random.between(0, CHUNK_MS_MAX), () => {
        this.#later(() => {
          const end = position + 1 + this.#random.below(CHUNK_BYTES_MAX);
          if (position >= snapshot.length) primary.finishSnapshot(outgoing);
          else if (outgoing.send(slice(snapshot, position, end))) sendFrom(end);
        });
      });
    };
    sendFrom(0);
  }
}

import { SLOTS } from "@slotcast/protocol";
import type { ClusterView } from "./cluster-view.ts";

/** `route` has to look. */
const UNDECIDED = 0;
const HERE_FOR_ALL = 1;
/** Of the primary that this node follows. */
const HERE_FOR_READERS = 2;

/**
 * Which slots are served here without another look, a byte for each: what nearly every request asks first. What is not
 * plainly so is left to `route`, which this never contradicts.
 */
export class ServedSlots {
  readonly #bytes = new Uint8Array(SLOTS);

  /** Whatever of the view has changed. */
  update(view: ClusterView): void {
    this.#bytes.fill(UNDECIDED);
    if (view.state === "down" || !view.isServing) return;
    this.#mark(view, view.selfId, HERE_FOR_ALL);
    if (view.followedId !== undefined) this.#mark(view, view.followedId, HERE_FOR_READERS);
  }

  /** Hot. `slot` may be CROSS_SLOT. */
  has(
    slot: number,
    command: { readonly isWrite: boolean },
    client: { readonly readsReplica: boolean },
  ): boolean {
    const byte = this.#bytes[slot];
    if (byte === HERE_FOR_ALL) return true;
    return byte === HERE_FOR_READERS && client.readsReplica && !command.isWrite;
  }

  #mark({ nodes }: ClusterView, nodeId: string, byte: number): void {
    for (const { first, last } of nodes.get(nodeId)?.slots ?? []) {
      this.#bytes.fill(byte, first, last + 1);
    }
  }
}

import type { Deque } from "./deque.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import type { StreamNode } from "./stream-node.ts";

/**
 * Finds the node of an id. It looks first where it found the last one: who reads a stream, or walks what is pending,
 * asks for ids that lie side by side, and a search among 10,000 nodes reads as many cache lines as it has steps.
 */
export class NodeSearch {
  #last = 0;

  /** Index of the last node that begins at or below the id; -1 when there is none. O(log nodes). */
  indexOf(nodes: Deque<StreamNode>, id: StreamId): number {
    if (isFrom(nodes, this.#last, id) && !isFrom(nodes, this.#last + 1, id)) return this.#last;
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isFrom(nodes, middle, id)) low = middle + 1;
      else high = middle;
    }
    this.#last = low - 1;
    return this.#last;
  }
}

/** Whether there is such a node, and it begins at or below the id. */
function isFrom(nodes: Deque<StreamNode>, index: number, id: StreamId): boolean {
  const node = nodes.at(index);
  return node !== undefined && compareStreamIds(node.firstId, id) <= 0;
}

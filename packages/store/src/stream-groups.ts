import { own, type Bytes } from "@slotcast/protocol";
import { ConsumerGroup } from "./consumer-group.ts";
import type { StreamId } from "./stream-id.ts";

/** The consumer groups of a stream, by name. Made with the stream: nearly nothing while there is none. */
export class StreamGroups {
  #byName: Map<Bytes, ConsumerGroup> | undefined;

  get size(): number {
    return this.#byName?.size ?? 0;
  }

  get(name: Bytes): ConsumerGroup | undefined {
    return this.#byName?.get(name);
  }

  /** `undefined`: there is one of this name. */
  create(
    name: Bytes,
    options: { readonly lastDeliveredId: StreamId; readonly entriesRead: number | undefined },
  ): ConsumerGroup | undefined {
    const groups = (this.#byName ??= new Map<Bytes, ConsumerGroup>());
    if (groups.has(name)) return undefined;
    const group = new ConsumerGroup(options);
    groups.set(own(name), group);
    return group;
  }

  /** False when there was none. */
  destroy(name: Bytes): boolean {
    return this.#byName?.delete(name) ?? false;
  }

  /** For changes and questions that concern all of them, in no order. */
  all(): Iterable<ConsumerGroup> {
    return this.#byName?.values() ?? [];
  }

  /** In byte order of their names, as Redis lists them. O(n log n). */
  named(): (readonly [Bytes, ConsumerGroup])[] {
    return [...(this.#byName ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

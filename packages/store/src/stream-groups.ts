import { own, type Bytes } from "@slotcast/protocol";
import { ConsumerGroup } from "./consumer-group.ts";
import type { StreamId } from "./stream-id.ts";

interface NamedGroup {
  readonly name: Bytes;
  readonly group: ConsumerGroup;
}

/** The consumer groups of a stream, by name. Made with the stream: nearly nothing while there is none. */
export class StreamGroups {
  #byName: Map<Bytes, NamedGroup> | undefined;
  /** Asked for last, as it mostly is next: who compares names need hash none. */
  #latest: NamedGroup | undefined;

  get size(): number {
    return this.#byName?.size ?? 0;
  }

  get(name: Bytes): ConsumerGroup | undefined {
    if (name === this.#latest?.name) return this.#latest.group;
    const found = this.#byName?.get(name);
    if (found !== undefined) this.#latest = found;
    return found?.group;
  }

  /** `undefined`: there is one of this name. */
  create(
    name: Bytes,
    options: { readonly lastDeliveredId: StreamId; readonly entriesRead: number | undefined },
  ): ConsumerGroup | undefined {
    const groups = (this.#byName ??= new Map<Bytes, NamedGroup>());
    if (groups.has(name)) return undefined;
    const kept = own(name);
    const group = new ConsumerGroup(options);
    groups.set(kept, { name: kept, group });
    return group;
  }

  /** False when there was none. */
  destroy(name: Bytes): boolean {
    this.#latest = undefined;
    return this.#byName?.delete(name) ?? false;
  }

  /** For changes and questions that concern all of them, in no order. */
  *all(): Generator<ConsumerGroup> {
    for (const { group } of this.#byName?.values() ?? []) yield group;
  }

  /** In byte order of their names, as Redis lists them. O(n log n). */
  named(): (readonly [Bytes, ConsumerGroup])[] {
    const groups = [...(this.#byName?.values() ?? [])];
    return groups
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, group }) => [name, group]);
  }
}

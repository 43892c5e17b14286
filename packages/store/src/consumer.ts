import type { Bytes } from "@slotcast/protocol";
import type { OrderedSlots } from "./ordered-slots.ts";

/** A named reader of a consumer group. Owner: its ConsumerGroup, which is the only one to change `pending`. */
export class Consumer {
  readonly name: Bytes;
  /** Its number within the group, by which pending entries know it; a later consumer may get it again. */
  readonly number: number;
  /** Unix time of its last try to read or claim, whether it got anything or not. */
  seenTimeMs: number;
  /** Unix time at which it last got something; `undefined`: never. */
  activeTimeMs: number | undefined;
  /** What it has to acknowledge, by id. */
  readonly pending: OrderedSlots;

  constructor(options: {
    readonly name: Bytes;
    readonly number: number;
    readonly nowMs: number;
    readonly pending: OrderedSlots;
  }) {
    this.name = options.name;
    this.number = options.number;
    this.seenTimeMs = options.nowMs;
    this.pending = options.pending;
  }

  get pendingCount(): number {
    return this.pending.length;
  }
}

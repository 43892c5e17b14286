import { CROSS_SLOT, own, type Bytes } from "@slotcast/protocol";
import type { Command } from "./command-registry.ts";

/** A command that waits for EXEC. */
export interface QueuedCommand {
  readonly command: Command;
  readonly argv: readonly Bytes[];
  /** `undefined`: no keys, or no cluster. */
  readonly slot: number | undefined;
}

/** Rough size of a queued command beside the bytes of its arguments. */
const COMMAND_OVERHEAD_BYTES = 64;

/** What a connection queued since MULTI. */
export class Transaction {
  readonly queue: QueuedCommand[] = [];
  /** CLIENT LIST `multi-mem`; bounded by `client-query-buffer-limit`, as what has not been executed. */
  sizeBytes = 0;
  /** A command was refused while it was queued: EXEC will discard all of them. */
  isAborted = false;
  /** Of all keys; CROSS_SLOT when they disagree, `undefined` without keys. EXEC is routed by it. */
  slot: number | undefined;
  /** Whether any of the commands is: EXEC is admitted as they are. */
  isWrite = false;
  isPausedByWrite = false;
  isDenyOom = false;
  readonly isShardChannel = false;

  /** What is going to be discarded anyway is not kept. */
  add({ command, argv, slot }: QueuedCommand): void {
    if (this.isAborted) return;
    // Own bytes: the chunk that the request came in must not wait with it.
    const kept = argv.map(own);
    this.queue.push({ command, argv: kept, slot });
    if (slot !== undefined) {
      this.slot = this.slot === undefined || this.slot === slot ? slot : CROSS_SLOT;
    }
    this.isWrite ||= command.isWrite;
    this.isPausedByWrite ||= command.isPausedByWrite;
    this.isDenyOom ||= command.isDenyOom;
    this.sizeBytes += COMMAND_OVERHEAD_BYTES;
    for (const argument of kept) this.sizeBytes += argument.length;
  }

  abort(): void {
    this.isAborted = true;
    this.queue.length = 0;
    this.sizeBytes = 0;
  }
}

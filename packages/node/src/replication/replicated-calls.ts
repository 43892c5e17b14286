import type { Bytes } from "@slotcast/protocol";
import type { Command } from "../command-registry.ts";
import type { CommandContext, EffectSink } from "../commands/handler.ts";

/** How commands are executed while what they do is replicated: instead of `callCommand` alone. */
export interface ReplicatedCalls {
  readonly effects: EffectSink;
  /** `slot`: of its keys; `undefined` without keys, or without a cluster. */
  run(
    context: CommandContext,
    command: Command,
    argv: readonly Bytes[],
    slot: number | undefined,
  ): void;
}

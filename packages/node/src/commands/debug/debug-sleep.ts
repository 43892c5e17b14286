import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * DEBUG SLEEP seconds: the whole process does nothing for so long, heartbeats included: how others see a node that
 * hangs. What is no number is 0, as C's strtod has it.
 */
export function debugSleep({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , text] = argv as readonly [Bytes, Bytes, Bytes]; // the topic has one argument
  const seconds = Number.parseFloat(text);
  if (seconds > 0) Atomics.wait(NEVER_WOKEN, 0, 0, seconds * 1000);
  reply.ok();
}

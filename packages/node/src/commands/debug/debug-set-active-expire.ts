import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** DEBUG SET-ACTIVE-EXPIRE 0 | 1: whether keys whose time has come are removed unasked. As C's atoi, `0…` is 0. */
export function debugSetActiveExpire(
  { broker, reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  const [, , flag] = argv as readonly [Bytes, Bytes, Bytes]; // the topic has one argument
  broker.expiryCycle.isPaused = !/^\s*[+-]?0*[1-9]/.test(flag);
  reply.ok();
}

import { EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** CLIENT NO-EVICT <ON | OFF>. Shown in CLIENT LIST; clients are not evicted here. */
export function clientNoEvict({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  client.noEvict = parseSwitch(argv[2]);
  reply.ok();
}

/** CLIENT NO-TOUCH <ON | OFF>. Shown in CLIENT LIST; keys have no idle time here that reading could reset. */
export function clientNoTouch({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  client.noTouch = parseSwitch(argv[2]);
  reply.ok();
}

function parseSwitch(word: Bytes = EMPTY): boolean {
  const known = lower(word);
  if (known !== "on" && known !== "off") throw SYNTAX_ERROR;
  return known === "on";
}

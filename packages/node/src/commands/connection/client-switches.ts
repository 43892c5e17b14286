import { EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** CLIENT NO-EVICT <ON | OFF>: whether `maxmemory-clients` spares this client. */
export function clientNoEvict({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  client.noEvict = parseSwitch(argv[2]);
  reply.ok();
}

/** CLIENT NO-TOUCH <ON | OFF>: whether what this client does counts as a use of its keys. */
export function clientNoTouch({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  client.noTouch = parseSwitch(argv[2]);
  reply.ok();
}

/**
 * CLIENT CAPA capability [capability …] of Valkey 8.0. Those that are not known are ignored. `redirect`: the client
 * would follow a redirect without a cluster; there are no replicas here that would send one.
 */
export function clientCapa({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  for (const word of argv.slice(2)) client.followsRedirects ||= lower(word) === "redirect";
  reply.ok();
}

function parseSwitch(word: Bytes = EMPTY): boolean {
  const known = lower(word);
  if (known !== "on" && known !== "off") throw SYNTAX_ERROR;
  return known === "on";
}

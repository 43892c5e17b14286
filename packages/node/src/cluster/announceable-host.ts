import { ANNOUNCED_HOST_CHARS_MAX } from "./limits.ts";

/**
 * May stand in a redirect, in a line of CLUSTER NODES and in the bus' hello: printable ASCII without a comma,
 * not too long. Peers refuse the links of a node that announces anything else.
 */
export function isAnnounceableHost(host: string): boolean {
  return host.length <= ANNOUNCED_HOST_CHARS_MAX && /^[!-+\--~]+$/.test(host);
}

import { CommandError, ERROR_QUOTE_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import type { ClusterNodeFacts, ClusterView } from "@slotcast/router";

/** The node that an argument names: by its whole id, as of Redis 7.0. Throws when the cluster has no such node. */
export function knownNode(view: ClusterView, text: Bytes): ClusterNodeFacts {
  const node = view.nodes.get(text);
  if (node !== undefined) return node;
  throw new CommandError("ERR", `Unknown node ${text.slice(0, ERROR_QUOTE_CHARS_MAX)}`);
}

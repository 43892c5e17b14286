const NODE_ID = /^[0-9a-f]{40}$/;

/** Hex digits of a node id: chosen at first start and kept for the node's life. */
export const NODE_ID_CHARS = 40;

export function isNodeId(text: string): boolean {
  return NODE_ID.test(text);
}

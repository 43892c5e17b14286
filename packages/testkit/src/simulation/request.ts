import type { NodeId } from "@slotcast/control";

/**
 * - `append`: puts a unique number at the end of a list; the answer is the list's length then.
 * - `count`: adds one to a counter; the answer is what it is then.
 * - `read`: the length of a list and what is at its end.
 * - `read-copy`: the same of a replica, which may be behind.
 */
export type RequestKind = "append" | "count" | "read" | "read-copy";

/** One attempt of a client. Another attempt at the same thing has another id, so that both would be seen. */
export interface Request {
  /** Unique in the whole run. What `append` puts into the list. */
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: number;
  /** Bytes that make the effect longer. */
  readonly padding: number;
}

export type Answer =
  | { readonly id: number; readonly kind: "ok"; readonly value: number; readonly last: number }
  /** Not executed: ask that node. `undefined`: any. */
  | { readonly id: number; readonly kind: "moved"; readonly to: NodeId | undefined }
  /** Not executed, and this is the right node, or nobody knows a better one: ask again soon. */
  | { readonly id: number; readonly kind: "not-now" };

export function isWrite(kind: RequestKind): boolean {
  return kind === "append" || kind === "count";
}

import type { NodeId } from "@slotcast/control";

/**
 * - `append`: puts a unique number at the end of a list; the answer is the list's length then.
 * - `count`: adds one to a counter; the answer is what it is then.
 * - `lock`: holds a key for a while; it expires.
 * - `read`: the length of a list and what is at its end.
 * - `read-copy`: the same of a replica, which may be behind.
 */
export type RequestKind = "append" | "count" | "lock" | "read" | "read-copy";

/** One attempt of a client. Another attempt at the same thing has another id, so that both would be seen. */
export interface Request {
  /** Unique in the whole run. What `append` puts into the list. */
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: number;
  /** Bytes that make the effect longer. */
  readonly padding: number;
}

/** Answers come in the order of the requests, as in RESP: only `ok` says to which it belongs, so that this can be checked. */
export type Answer =
  | { readonly kind: "ok"; readonly id: number; readonly value: number; readonly last: number }
  /** Not executed: ask that node. `undefined`: any. */
  | { readonly kind: "moved"; readonly to: NodeId | undefined }
  /** Not executed, and this is the right node, or nobody knows a better one: ask again soon. */
  | { readonly kind: "not-now" };

export function isWrite(kind: RequestKind): boolean {
  return kind === "append" || kind === "count" || kind === "lock";
}

const NOBODY = "-";

/** A line. */
export function encodeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case "ok":
      return `ok ${answer.id} ${answer.value} ${answer.last}\n`;
    case "moved":
      return `moved ${answer.to ?? NOBODY}\n`;
    case "not-now":
      return "not-now\n";
  }
}

/** What it asks for was done. */
export function isReal(line: string): boolean {
  return line.startsWith("ok ");
}

/** Of a whole line, without its end. */
export function decodeAnswer(line: string): Answer {
  const [kind, first = "", second, third] = line.split(" ");
  if (kind === "ok") {
    return { kind, id: Number(first), value: Number(second), last: Number(third) };
  }
  if (kind === "moved") return { kind, to: first === NOBODY ? undefined : first };
  if (kind === "not-now") return { kind };
  throw new Error(`no answer: ${line}`);
}

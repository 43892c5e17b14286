import { countOf, fieldsOf, idOf, booleanOf } from "@slotcast/control";
import { decodeChecked, encodeChecked } from "./checked-text.ts";
import { readIfThere } from "./durable-file.ts";

/** Which node this is. It keeps its id for as long as its directory lives. */
export interface NodeIdentity {
  readonly nodeId: string;
  /** Of the latest process that may have run; the next one has a higher one. */
  readonly incarnation: number;
  /** It has voted or may have, so its log must be there. */
  readonly hasLog: boolean;
}

const KIND = "identity";

export function encodeIdentity({ nodeId, incarnation, hasLog }: NodeIdentity): Buffer {
  return encodeChecked(KIND, { nodeId, incarnation, hasLog });
}

/** `undefined`: there is no such file. Throws when it is not one. */
export function loadIdentity(path: string): NodeIdentity | undefined {
  const file = readIfThere(path);
  if (file === undefined) return undefined;
  const fields = fieldsOf(decodeChecked(KIND, file), "identity", [
    "nodeId",
    "incarnation",
    "hasLog",
  ]);
  return {
    nodeId: idOf(fields.nodeId, "nodeId"),
    incarnation: countOf(fields.incarnation, "incarnation"),
    hasLog: booleanOf(fields.hasLog, "hasLog"),
  };
}

import type { Idempotence } from "./idempotence.ts";
import type { PackedNode } from "./packed-node.ts";
import type { StreamId } from "./stream-id.ts";

/** What a stream consists of beside its groups, for its codec. */
export interface StreamParts {
  readonly nodes: readonly PackedNode[];
  readonly lastId: StreamId;
  readonly maxDeletedId: StreamId;
  readonly entriesAdded: number;
  /** `undefined`: no producer ever asked for it. */
  readonly idempotence: Idempotence | undefined;
}

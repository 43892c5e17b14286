import type { NodeId } from "@slotcast/control";
import type { Bytes } from "@slotcast/protocol";
import type { ReplicationFrame } from "./frames.ts";

/** What the shell of a replica must do, in this order. */
export type ReplicaAction =
  | { readonly do: "send"; readonly to: readonly NodeId[]; readonly frame: ReplicationFrame }
  /** Committed effects, to be executed. */
  | { readonly do: "apply"; readonly effects: Bytes; readonly endOffset: number }
  /** The keyspace becomes empty; a snapshot follows. What was not loaded of the one before is void. */
  | { readonly do: "reset" }
  | { readonly do: "load-snapshot"; readonly bytes: Bytes }
  /** The snapshot is whole and sound. Call `snapshotLoaded` when it is loaded. */
  | { readonly do: "finish-snapshot" }
  /** Of a former primary: replies that wait for an offset up to this one are true. */
  | { readonly do: "committed"; readonly offset: number }
  /**
   * Of a former primary: what it executed up to this offset is committed; what it executed beyond happens nowhere, and
   * clients may send it again.
   */
  | { readonly do: "settled"; readonly sharedOffset: number }
  /** Of a former primary: the effects that are given up, to be kept in a file, and the last ones before them. */
  | {
      readonly do: "discarded";
      readonly epoch: number;
      readonly fromOffset: number;
      readonly before: Bytes;
      readonly effects: Bytes;
    }
  /** Two logs of one name differ: a broken invariant. A full sync heals it; somebody must hear of it. */
  | { readonly do: "diverged"; readonly offset: number; readonly why: string };

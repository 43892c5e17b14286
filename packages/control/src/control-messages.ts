import type { FactCommand, Refusal } from "./fact-command.ts";
import type { Facts, IsrMember, NodeId } from "./facts.ts";
import type { LogCommand, RaftMessage } from "./raft/messages.ts";

/** What came of a proposal. `version`: the facts hold it from there on. */
export type ProposalOutcome =
  | { readonly kind: "accepted"; readonly version: number }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Nobody who could decide was found in time. It may still be decided. */
  | { readonly kind: "timed-out" };

/** Between nodes of one cluster, or from a stranger that wants to join. Plain data: control-message-shape.ts. */
export type ControlMessage =
  | { readonly kind: "raft"; readonly message: RaftMessage }
  /** A change, right after it was committed. Of use only to who is at `previousVersion`. */
  | {
      readonly kind: "facts-update";
      readonly clusterId: string;
      readonly previousVersion: number;
      readonly version: number;
      readonly command: LogCommand;
    }
  /** Mine are older than yours. */
  | { readonly kind: "facts-request" }
  | { readonly kind: "facts"; readonly facts: Facts }
  | { readonly kind: "propose"; readonly id: number; readonly command: FactCommand }
  /** I do not lead: that one does, as far as I know. */
  | { readonly kind: "not-leader"; readonly id: number; readonly leaderId: NodeId | undefined }
  | {
      readonly kind: "proposed";
      readonly id: number;
      readonly outcome: Exclude<ProposalOutcome, { readonly kind: "timed-out" }>;
    }
  /** A primary to the replica that it is about to have promoted: it asks for its lease at once. */
  | { readonly kind: "prepare" }
  /** May I, this process, answer reads? `sentMs` is of the asker's own clock, and repeated by the grant. */
  | { readonly kind: "lease-request"; readonly incarnation: number; readonly sentMs: number }
  /** `version`: of the voter's facts. */
  | {
      readonly kind: "lease-grant";
      readonly incarnation: number;
      readonly sentMs: number;
      readonly version: number;
    }
  /** A voter to the leader: all the primaries that it wants replaced. Repeated, and forgotten when it is not. */
  | { readonly kind: "support"; readonly against: readonly IsrMember[] };

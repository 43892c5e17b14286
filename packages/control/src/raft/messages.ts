import type { FactCommand } from "../fact-command.ts";
import type { Facts, NodeId } from "../facts.ts";

/** What the log holds. `noop` opens a leader's term; `voters` takes effect as soon as it is appended. */
export type LogCommand =
  | { readonly kind: "noop" }
  | { readonly kind: "voters"; readonly voters: readonly NodeId[] }
  | { readonly kind: "facts"; readonly command: FactCommand };

export interface LogEntry {
  /** From 1. */
  readonly index: number;
  readonly term: number;
  readonly command: LogCommand;
}

/** Must be on disk before anybody hears what follows from it. */
export interface HardState {
  readonly term: number;
  readonly votedFor: NodeId | undefined;
}

/** All entries up to `index`, as what came of them. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly voters: readonly NodeId[];
  readonly facts: Facts;
}

/** Between voters. Plain data: encoded by who sends it. Source: Ongaro's thesis, figure 3.1 and section 9.6. */
export type RaftMessage =
  | {
      readonly kind: "vote-request";
      readonly term: number;
      /** Would you vote for me? Changes nothing at either side. */
      readonly isPreVote: boolean;
      readonly lastIndex: number;
      readonly lastTerm: number;
      /** The candidate knows that the leader is gone: voters need not have missed it themselves. */
      readonly isLeaderGone: boolean;
    }
  | {
      readonly kind: "vote";
      readonly term: number;
      readonly isPreVote: boolean;
      readonly isGranted: boolean;
    }
  | {
      readonly kind: "append";
      readonly term: number;
      readonly previousIndex: number;
      readonly previousTerm: number;
      readonly entries: readonly LogEntry[];
      readonly commitIndex: number;
      /** Repeated by the answer: tells the leader which of its rounds it belongs to. */
      readonly round: number;
    }
  | {
      readonly kind: "append-result";
      readonly term: number;
      readonly isAccepted: boolean;
      /** Accepted: the last index known to be equal. Refused: where to try next. */
      readonly matchIndex: number;
      readonly round: number;
    }
  | {
      readonly kind: "install-snapshot";
      readonly term: number;
      readonly snapshot: Snapshot;
      readonly round: number;
    };

export type RaftMessageOf<Kind extends RaftMessage["kind"]> = Extract<RaftMessage, { kind: Kind }>;

import type { Moment } from "./witness.ts";

/** Who a fault strikes: a machine, or whoever has that part when it strikes. */
export type Target =
  | { readonly is: "host"; readonly host: number }
  | { readonly is: "primary" | "replica"; readonly shard: number }
  | { readonly is: "leader" }
  | { readonly is: "voter"; readonly index: number };

/** Something that goes wrong, or that an operator does. Plain data: kept in files, and left out one by one. */
export type Fault =
  /** SIGKILL. The process starts again after `downMs`. */
  | {
      readonly kind: "kill";
      readonly target: Target;
      readonly downMs: number;
      readonly isReckless: boolean;
    }
  /** The machine loses power: nobody is told, nobody is refused. */
  | {
      readonly kind: "power-off";
      readonly target: Target;
      readonly downMs: number;
      readonly isReckless: boolean;
    }
  /** Its disk is gone, and so is the node. A new one comes for it. */
  | { readonly kind: "lose-disk"; readonly target: Target; readonly downMs: number }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly kind: "pause"; readonly target: Target; readonly forMs: number }
  /** The process that sees it dies right after. */
  | { readonly kind: "ambush"; readonly moment: Moment; readonly downMs: number }
  /** All connections of a machine are reset. */
  | { readonly kind: "reset"; readonly target: Target }
  /** These hosts, clients among them, and all others do not reach each other. */
  | { readonly kind: "partition"; readonly hosts: readonly number[]; readonly forMs: number }
  | {
      readonly kind: "isolate";
      readonly target: Target;
      readonly from: "all" | "voters" | "shard" | "clients" | "one";
      readonly ways: "both" | "in" | "out";
      readonly forMs: number;
      /** 0: cut all the time. Else on and off in turns of this length. */
      readonly flapMs: number;
    }
  | {
      readonly kind: "slow-links";
      readonly target: Target;
      readonly extraMs: number;
      readonly forMs: number;
    }
  | {
      readonly kind: "slow-disk";
      readonly target: Target;
      readonly writeMs: number;
      readonly forMs: number;
    }
  /** Somebody sets the time of day of a machine, forwards or backwards. */
  | { readonly kind: "step-clock"; readonly target: Target; readonly byMs: number }
  /** One frame with effects is lost, and the link lives on. */
  | { readonly kind: "lose-batch" }
  /** CLUSTER FAILOVER FORCE to a replica of that shard. */
  | { readonly kind: "fail-over"; readonly shard: number }
  /** A planned change of that shard's primary. */
  | { readonly kind: "hand-over"; readonly shard: number }
  /** CLUSTER BUMPEPOCH. */
  | { readonly kind: "bump-epoch"; readonly shard: number }
  /** CLUSTER REPLICATE by a replica. */
  | { readonly kind: "replicate"; readonly target: Target; readonly shard: number }
  /** A new node comes, and follows that shard. */
  | { readonly kind: "join"; readonly shard: number }
  /** CLUSTER FORGET. The node itself lives on for `forMs`, and wants to come back. */
  | { readonly kind: "forget"; readonly target: Target; readonly forMs: number };

export interface PlannedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

export type FaultKind = Fault["kind"];

import type { ControlMessage } from "@slotcast/control";
import type { PlainFrameName } from "@slotcast/gossip";

/** Which frame of the bus carries which message of control. What comes in another one is refused. */
const FRAMES: Readonly<Record<ControlMessage["kind"], PlainFrameName>> = {
  raft: "raft",
  "facts-update": "facts",
  facts: "facts",
  "facts-request": "factsRequest",
  propose: "propose",
  "not-leader": "proposeResult",
  proposed: "proposeResult",
  prepare: "lease",
  "lease-request": "lease",
  "lease-grant": "leaseGrant",
  support: "support",
};

export function frameOf({ kind }: ControlMessage): PlainFrameName {
  return FRAMES[kind];
}

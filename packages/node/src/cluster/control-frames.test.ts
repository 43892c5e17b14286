import type { ControlMessage } from "@slotcast/control";
import { expect, test } from "vitest";
import { frameOf } from "./control-frames.ts";
import { id, twoShards } from "./test-facts.ts";

// Wire format: a node of another version reads these frames. Add, never change.
test.each([
  ["raft", { kind: "raft", message: { kind: "vote", term: 1, isPreVote: true, isGranted: true } }],
  ["facts", { kind: "facts", facts: twoShards() }],
  ["factsRequest", { kind: "facts-request" }],
  ["lease", { kind: "prepare" }],
  [
    "propose",
    { kind: "propose", id: 1, command: { kind: "forget", nodeId: id("a1"), byReset: false } },
  ],
  ["proposeResult", { kind: "not-leader", id: 1, leaderId: undefined }],
  ["proposeResult", { kind: "proposed", id: 1, outcome: { kind: "accepted", version: 2 } }],
  ["lease", { kind: "lease-request", incarnation: 1, sentMs: 5 }],
  ["leaseGrant", { kind: "lease-grant", incarnation: 1, sentMs: 5, version: 2 }],
  ["support", { kind: "support", against: [] }],
] as const satisfies readonly (readonly [string, ControlMessage])[])(
  "%s frames carry %o",
  (frame, message) => {
    expect(frameOf(message)).toBe(frame);
  },
);

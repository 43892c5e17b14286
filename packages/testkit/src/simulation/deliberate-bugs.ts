import type { SourcePatch } from "./source-patch.ts";

/** A mistake that somebody could make, and that the simulation must find. */
export interface DeliberateBug {
  readonly what: string;
  readonly patches: readonly SourcePatch[];
}

const PRIMARY = "node/src/replication/primary-shard.ts";
const REPLICA = "node/src/replication/replica-shard.ts";
const IN_SYNC_SET = "node/src/replication/in-sync-set.ts";
const CORE = "node/src/cluster-core/cluster-core.ts";
const NODES = "control/src/node-changes.ts";
const DESK = "testkit/src/simulation/client-desk.ts";

const REQUIRED = "this.#required = [...isr, ...coming.filter(isMissing)];";

/** By name. The code that runs is production's, but for these places (patch-sources.ts). */
export const DELIBERATE_BUGS: Readonly<Record<string, DeliberateBug>> = {
  "ack-before-replication": {
    what: "a write is acknowledged before the in-sync set has it",
    patches: [
      {
        file: PRIMARY,
        find: "if (isSameMember(member, this.#self)) continue;",
        replace: "if (member !== undefined) continue;",
      },
    ],
  },
  "old-epoch-ack": {
    what: "a new primary takes for acknowledged what members acknowledged to the one before",
    patches: [
      {
        file: PRIMARY,
        find: "follower.beginReign(nowMs);",
        replace: `follower.beginReign(nowMs);
      const member = shard.isr.find(({ nodeId }) => nodeId === follower.nodeId);
      if (member !== undefined) {
        follower.incarnation = member.incarnation;
        follower.acked(log.endOffset);
      }`,
      },
    ],
  },
  "old-incarnation-ack": {
    what: "acknowledgements of a node count, whichever of its processes gave them",
    patches: [
      {
        file: PRIMARY,
        find: "if (follower?.incarnation !== member.incarnation) return;",
        replace: "if (follower === undefined) return;",
      },
    ],
  },
  "vote-not-persisted": {
    what: "a voter writes its term down, but not for whom it voted",
    patches: [
      {
        file: "control/src/raft/stored-state.ts",
        find: "const hardState = write.hardState ?? state.hardState;",
        replace:
          "const hardState = { ...(write.hardState ?? state.hardState), votedFor: undefined };",
      },
    ],
  },
  "isr-shrinks-uncommitted": {
    what: "a member is not waited for as soon as it is proposed out",
    patches: [
      { file: IN_SYNC_SET, find: REQUIRED, replace: `this.#required = proposal?.isr ?? isr;` },
    ],
  },
  "isr-grows-unheard": {
    what: "a member is waited for only when the facts say that it is one",
    patches: [{ file: IN_SYNC_SET, find: REQUIRED, replace: "this.#required = isr;" }],
  },
  "empty-node-eligible": {
    what: "a node that starts again, with nothing, stays in the in-sync set",
    patches: [
      {
        file: NODES,
        find: "shards: withShard(facts, withoutMember(shard, node.id))",
        replace: `shards: withShard(facts, {
          ...shard,
          isr: shard.isr.map((each) => (each.nodeId === node.id ? { ...each, incarnation: node.incarnation } : each)),
          isrVersion: shard.isrVersion + 1,
        })`,
      },
    ],
  },
  "offsets-across-histories": {
    what: "two logs are taken for equal up to the lower offset, whatever histories and reigns they are of",
    patches: [
      {
        file: "node/src/replication/epoch-marks.ts",
        find: `if (one.historyId === "" || one.historyId !== other.historyId) return undefined;`,
        replace: `if (one.historyId === "" || other.historyId === "") return undefined;
  if (one.endOffset >= 0) {
    return {
      epoch: other.marks.at(-1)?.epoch ?? 0,
      offset: Math.min(one.endOffset, other.endOffset),
    };
  }`,
      },
    ],
  },
  "apply-beyond-commit": {
    what: "a replica executes what is not committed",
    patches: [
      {
        file: REPLICA,
        find: "this.#commit(Math.min(frame.commitOffset, log.endOffset));",
        replace: "this.#commit(log.endOffset);",
      },
    ],
  },
  "snapshot-beyond-commit": {
    what: "a replica gets a snapshot whose last writes are not committed",
    patches: [
      {
        file: "node/src/replication/outgoing-snapshot.ts",
        find: "commitOffset < this.offset",
        replace: "commitOffset < 0",
      },
    ],
  },
  "gap-accepted": {
    what: "a batch is appended though the one before it is missing",
    patches: [
      {
        file: REPLICA,
        find: "if (frame.firstOffset !== log.endOffset) {",
        replace: "if (frame.firstOffset < log.endOffset) {",
      },
    ],
  },
  "torn-tail-accepted": {
    what: "the last record on a disk is read though its checksum does not fit",
    patches: [
      {
        file: "testkit/src/simulation/simulated-disk.ts",
        find: "if (!isSound) break;",
        replace: "if (!isSound && isSound) break;",
      },
    ],
  },
  "slot-served-by-both": {
    what: "a primary serves slots of other shards too",
    patches: [
      {
        file: DESK,
        find: "shard !== undefined && facts.nodes.get(self.nodeId)?.shardId === owner;",
        replace: "shard !== undefined;",
      },
    ],
  },
  "forgotten-node-revived": {
    what: "a node that was removed comes back by asking",
    patches: [
      {
        file: NODES,
        find: "if (!isInvited && facts.forgotten.includes(node.id)) {",
        replace: "if (!isInvited && isInvited) {",
      },
    ],
  },
  "lease-ignored": {
    what: "a primary answers reads without a lease",
    patches: [{ file: CORE, find: "nowMs < this.control.leaseEndMs", replace: "nowMs < Infinity" }],
  },
  "lease-not-waited-for": {
    what: "a new primary serves while the old one may still have a lease",
    patches: [
      {
        file: CORE,
        find: "this.#serveFromMs = this.#nowMs + LEASE_MS + LEASE_MARGIN_MS;",
        replace: "this.#serveFromMs = this.#nowMs + 0 * (LEASE_MS + LEASE_MARGIN_MS);",
      },
    ],
  },
  "reply-after-step-down": {
    what: "a deposed primary lets go of the answers that it held",
    patches: [
      {
        file: DESK,
        find: `if (held.state !== "gated") return;`,
        replace: `held.state = "free";
      if (held.offset >= 0) return;`,
      },
    ],
  },
  "executed-write-refused": {
    what: "a deposed primary asks its clients to send again what it has executed",
    patches: [
      {
        file: DESK,
        find: "if (isWrite(held.request.kind)) {",
        replace: "if (isWrite(held.request.kind) && held.offset < 0) {",
      },
    ],
  },
  "read-before-commit": {
    what: "a read is answered while what it shows is not committed",
    patches: [{ file: DESK, find: "this.#writtenTo.get(key),", replace: "0," }],
  },
};

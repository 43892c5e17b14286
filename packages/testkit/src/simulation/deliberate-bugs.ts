import type { SourcePatch } from "./source-patch.ts";

/** A mistake that somebody could make, and that the simulation must find. */
export interface DeliberateBug {
  readonly what: string;
  /** One that is known to find it, in the profile that it has by itself. */
  readonly seed: number;
  readonly patches: readonly SourcePatch[];
}

const PRIMARY = "node/src/replication/primary-shard.ts";
const REPLICA = "node/src/replication/replica-shard.ts";
const IN_SYNC_SET = "node/src/replication/in-sync-set.ts";
const CORE = "node/src/cluster-core/cluster-core.ts";
const NODES = "control/src/node-changes.ts";
const GATE = "node/src/replication/reply-gate.ts";
const DESK = "testkit/src/simulation/client-desk.ts";

const REQUIRED = "this.#required = [...isr, ...coming.filter(isMissing)];";

export function isBugName(name: string): boolean {
  return Object.hasOwn(DELIBERATE_BUGS, name);
}

/** By name. The code that runs is production's, but for these places (patch-sources.ts). */
export const DELIBERATE_BUGS: Readonly<Record<string, DeliberateBug>> = {
  "ack-before-replication": {
    what: "a write is acknowledged before the in-sync set has it",
    seed: 1,
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
    seed: 14,
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
    seed: 1,
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
    seed: 1,
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
    seed: 1,
    patches: [
      { file: IN_SYNC_SET, find: REQUIRED, replace: `this.#required = proposal?.isr ?? isr;` },
    ],
  },
  "isr-grows-unheard": {
    what: "a member is waited for only when the facts say that it is one",
    seed: 2,
    patches: [{ file: IN_SYNC_SET, find: REQUIRED, replace: "this.#required = isr;" }],
  },
  "empty-node-eligible": {
    what: "a node that starts again, with nothing, stays in the in-sync set",
    seed: 1,
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
    seed: 3,
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
    seed: 1,
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
    seed: 1,
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
    seed: 2,
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
    seed: 156,
    patches: [
      {
        file: "node/src/cluster/control-records.ts",
        find: "return isSound ? body : `record ${number} is not what was written`;",
        replace: "return isSound || length > 0 ? body : `record ${number}`;",
      },
    ],
  },
  "slot-served-by-both": {
    what: "a primary serves slots of other shards too",
    seed: 2,
    patches: [
      {
        file: DESK,
        find: "owner !== undefined && facts.nodes.get(self.nodeId)?.shardId === owner;",
        replace: "owner !== undefined;",
      },
    ],
  },
  "forgotten-node-revived": {
    what: "a node that was removed comes back by asking",
    seed: 16,
    patches: [
      {
        file: NODES,
        find: "return isInvited || forgotten.byReset",
        replace: "return isInvited || !isInvited",
      },
    ],
  },
  "lease-ignored": {
    what: "a primary answers reads without a lease",
    seed: 10,
    patches: [
      {
        file: CORE,
        find: "nowMs < this.control.leaseEndMs\n    );",
        replace: "nowMs < Infinity\n    );",
      },
    ],
  },
  "lease-not-looked-at": {
    what: "an answer leaves without a look at the lease",
    seed: 10,
    patches: [
      {
        file: GATE,
        find: "return !replies.hasMarks || this.#parts.state.mayRelease(this.#parts.steadyMs());",
        replace: "return replies !== undefined;",
      },
    ],
  },
  "reply-after-step-down": {
    what: "a deposed primary lets go of the answers that it held",
    seed: 2,
    patches: [
      {
        file: GATE,
        find: "sharedOffset: this.#parts.state.commitOffset,",
        replace: "sharedOffset: Infinity,",
      },
    ],
  },
  "executed-write-refused": {
    what: "a deposed primary asks its clients to send again what it has executed",
    seed: 16,
    patches: [
      {
        file: GATE,
        find: "if (!isSettled && replies.unprovenOffset > sharedOffset) {",
        replace: "if (!isSettled && replies.unprovenOffset < 0) {",
      },
    ],
  },
  "read-before-commit": {
    what: "a read is answered while what it shows is not committed",
    seed: 1,
    patches: [
      {
        file: "node/src/replication/uncommitted-replies.ts",
        find: "if (waits) this.#waitOffset = Math.max(this.#waitOffset, offset);",
        replace: "if (waits && isChange) this.#waitOffset = Math.max(this.#waitOffset, offset);",
      },
    ],
  },
  "expiry-on-replica": {
    what: "a replica expires keys by its own clock",
    seed: 1,
    patches: [
      {
        file: DESK,
        find: `if (!this.#maySchedule) return;
    for (const key`,
        replace: `const append = (effect) => this.#maySchedule && this.#core.append(effect);
    for (const key`,
      },
      {
        file: DESK,
        find: "this.#core.append(unlockEffect(key));",
        replace: "append(unlockEffect(key));",
      },
    ],
  },
  "clock-step-breaks-ids": {
    what: "an entry is stamped with the time of day, even when that went back",
    seed: 2,
    patches: [
      {
        file: "testkit/src/simulation/keyspace.ts",
        find: "return Math.max(Math.floor(nowMs), (this.#lists.get(key)?.stamp ?? 0) + 1);",
        replace: "return Math.max(Math.floor(nowMs), key - key);",
      },
    ],
  },
};

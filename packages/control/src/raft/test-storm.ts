import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";
import type { LogPosition } from "./raft-log.ts";
import { CALM, seededRandom, TestNetwork } from "./test-network.ts";

/** For tests: a cluster in a storm, and after it. */

const STORM_MS = 6000;
/** A leader, and an entry that it commits, must be there so long after the last fault. */
const RECOVERY_MS = 5000;
const SETTLE_MS = 1500;
/** Then the same one must lead for so long, though one node is cut off from it half the time. */
const QUIET_MS = 2500;
const BYSTANDERS = 2;

export interface StormOutcome {
  readonly elections: number;
  readonly committed: number;
  readonly votersChanges: number;
  readonly snapshotsInstalled: number;
  readonly cuts: number;
  readonly tornWrites: number;
  readonly lostWrites: number;
  readonly recoveryMs: number;
}

/** Throws AssertionError, with the seed, when a promise is broken. */
export function runStorm(seed: number, voterCount: number): StormOutcome {
  try {
    return new Storm(seed, voterCount).run();
  } catch (error) {
    throw new Error(`seed ${seed}, ${voterCount} voters`, { cause: error });
  }
}

class Storm {
  readonly #random: () => number;
  readonly #network: TestNetwork;
  #commands = 0;
  #votersChanges = 0;

  constructor(seed: number, voterCount: number) {
    this.#random = seededRandom(seed * 1000 + voterCount);
    const ids = Array.from({ length: voterCount + BYSTANDERS }, (_, at) => `n${at + 1}`);
    this.#network = new TestNetwork({
      voters: ids.slice(0, voterCount),
      bystanders: ids.slice(voterCount),
      random: this.#random,
      logEntriesMax: 2 + this.#below(40),
      appendEntriesMax: this.#pick([1, 1, 3, 64]),
    });
  }

  run(): StormOutcome {
    const network = this.#network;
    network.weather = {
      lossRate: this.#pick([0, 0, 0.05, 0.3]),
      duplicateRate: this.#pick([0, 0.2]),
      delayMsMax: this.#pick([2, 10, 50, 200]),
      stragglerRate: this.#pick([0, 0.02, 0.1]),
      writeMsMax: this.#pick([0, 5, 20, 100]),
      crashAfterWriteRate: this.#pick([0, 0, 0.005, 0.05]),
    };
    const burst = this.#pick([1, 3, 10]);
    this.#every(this.#pick([15, 50, 150]), () => this.#proposeMany(1 + this.#below(burst)));
    this.#every(this.#pick([20, 100, 500]), () => this.#changeVoters());
    this.#every(this.#pick([30, 100, 300, 1000]), () => this.#strike(network.leaderIds));
    this.#every(this.#pick([150, 500, 2000]), () => this.#strike(network.ids));
    this.#every(this.#pick([150, 500, 2000]), () => this.#partition());
    network.runUntil(STORM_MS);
    this.#clearUp();
    const recoveryMs = this.#recover();
    this.#stayQuiet();
    return {
      ...network.seen,
      elections: network.checks.elections,
      committed: network.checks.committedIndex,
      votersChanges: this.#votersChanges,
      recoveryMs,
    };
  }

  // What happens in it

  /** About so often, while the storm lasts. */
  #every(periodMs: number, act: () => void): void {
    const network = this.#network;
    const dueMs = network.nowMs + 1 + this.#below(2 * periodMs);
    if (dueMs > STORM_MS) return;
    network.at(dueMs, () => {
      act();
      this.#every(periodMs, act);
    });
  }

  #propose(id: NodeId): LogPosition | undefined {
    this.#commands += 1;
    return this.#network.propose(id, {
      kind: "facts",
      command: { kind: "release-slots", shardId: `${this.#commands}`, slots: [] },
    });
  }

  #proposeMany(count: number): void {
    for (const id of this.#network.leaderIds) {
      for (let left = count; left > 0; left -= 1) this.#propose(id);
    }
  }

  #changeVoters(): void {
    const network = this.#network;
    for (const id of network.leaderIds) {
      const voters = network.raftOf(id)?.voters ?? [];
      // Mostly one; two are refused.
      const nodes = network.ids.filter(() => this.#random() < 1 / network.ids.length).slice(0, 2);
      const next = [
        ...voters.filter((it) => !nodes.includes(it)),
        ...nodes.filter((it) => !voters.includes(it)),
      ];
      if (network.propose(id, { kind: "voters", voters: next })) this.#votersChanges += 1;
    }
  }

  /** One of them dies, and is back soon or later; or hangs for a while; or is cut off. */
  #strike(candidates: readonly NodeId[]): void {
    const network = this.#network;
    if (candidates.length === 0) return;
    const victim = this.#pick(candidates);
    const forMs = this.#below(this.#pick([20, 200, 1200]));
    switch (this.#below(4)) {
      case 0:
        network.pause(victim, forMs);
        break;
      case 1:
        for (const id of network.ids) network.cutLink(victim, id);
        network.at(network.nowMs + 1 + forMs, () => network.healLinks());
        break;
      default:
        network.crash(victim, forMs);
        // Connects are refused, as soon as somebody tries; some hear of it when it is up again.
        for (const id of network.alive) {
          if (this.#random() < 0.3) continue;
          network.at(network.nowMs + 1 + this.#below(20), () => network.tellGone(id, victim));
        }
    }
  }

  /** Halves, one node alone, one-way cuts, or no partition any more. */
  #partition(): void {
    const network = this.#network;
    network.healLinks();
    const kind = this.#pick([0, 0, 0, 1, 2, 3]);
    if (kind === 0) return;
    const alone = this.#pick(network.ids);
    const isOnOneSide = new Map(network.ids.map((id) => [id, this.#random() < 0.5]));
    for (const from of network.ids) {
      for (const to of network.ids) {
        const isCut = [
          false,
          isOnOneSide.get(from) !== isOnOneSide.get(to),
          from === alone || to === alone,
          this.#random() < 0.3,
        ][kind];
        if (isCut === true) network.cutLink(from, to);
      }
    }
  }

  // After it

  #clearUp(): void {
    const network = this.#network;
    network.weather = CALM;
    network.healLinks();
    for (const id of network.ids) {
      network.pause(id, 0);
      network.start(id);
    }
  }

  /** Until a leader has committed what was proposed to it after the storm. */
  #recover(): number {
    const network = this.#network;
    const stormEndMs = network.nowMs;
    const proposed: LogPosition[] = [];
    const isDone = () => proposed.some((position) => network.checks.isCommitted(position));
    while (!isDone()) {
      assert(network.nowMs < stormEndMs + RECOVERY_MS, `nothing commits within ${RECOVERY_MS} ms`);
      for (const id of network.leaderIds) {
        const position = this.#propose(id);
        if (position !== undefined) proposed.push(position);
      }
      network.runUntil(network.nowMs + 50, isDone);
    }
    return network.nowMs - stormEndMs;
  }

  /**
   * Those who fell behind may still depose the first leader. Then nobody may disturb the next: not one that was voted
   * out and does not know it, not one that is cut off and comes back.
   */
  #stayQuiet(): void {
    const network = this.#network;
    network.runUntil(network.nowMs + SETTLE_MS);
    const id = network.leaderIds.find((it) => network.raftOf(it)?.hasQuorum(network.nowMs));
    const leader = id === undefined ? undefined : network.raftOf(id);
    assert(id !== undefined && leader !== undefined, "no leader after the storm");
    const { term } = leader;
    if (leader.voters.length > 2) {
      const other = this.#pick(network.ids.filter((it) => it !== id));
      network.cutLink(id, other);
      // Nobody answers its pre-votes, or all refuse them.
      if (this.#random() < 0.5) for (const it of network.ids) network.cutLink(other, it);
    }
    network.runUntil(network.nowMs + QUIET_MS / 2);
    network.healLinks();
    network.runUntil(network.nowMs + QUIET_MS / 2);
    assert(leader.role === "leader" && leader.term === term, "the leader was disturbed");
    assert(leader.voters.includes(id), "the leader was voted out, and leads");
    for (const voter of leader.voters) {
      const index = network.machineOf(voter)?.index;
      assert(index === leader.lastIndex, `${voter} has applied ${index} of ${leader.lastIndex}`);
    }
  }

  // Chance

  #below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[this.#below(choices.length)];
    assert(choice !== undefined, "nothing to choose from");
    return choice;
  }
}

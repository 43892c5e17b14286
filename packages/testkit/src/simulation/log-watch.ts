import type { ShardId } from "@slotcast/control";
import type { EffectLog } from "@slotcast/node";
import { nameOf, type FactsWatch } from "./facts-watch.ts";
import { shortId } from "./packet.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { expectThat } from "./violation.ts";

/** As far as a shard's log is committed, and what it is up to there. */
export interface CommittedLog {
  readonly historyId: string;
  readonly epoch: number;
  readonly offset: number;
  readonly hash: number;
}

/** What was last seen of a log. */
interface Seen {
  historyId: string;
  epoch: number;
  endOffset: number;
  commitOffset: number;
  appliedOffset: number;
  /** The last history that was not none, and how far it was committed here. */
  committedIn: string;
  committedUpTo: number;
}

const EQUAL = "11 equal positions, equal logs";
const IN_SYNC = "5 the in-sync set has all commits";

/** All logs of all processes, held against each other. */
export class LogWatch {
  readonly #facts: FactsWatch;
  readonly #committed = new Map<ShardId, CommittedLog>();
  readonly #seen = new Map<SimulatedProcess, Seen>();
  /** By history, epoch and offset. */
  readonly #hashes = new Map<string, Map<number, Map<number, number>>>();
  /** Of keyspaces, by history, offset and hash of the log. */
  readonly #digests = new Map<string, Map<number, Map<number, number>>>();

  constructor(facts: FactsWatch) {
    this.#facts = facts;
  }

  /** By the word of a primary whose whole in-sync set has it. */
  committed(shardId: ShardId): CommittedLog | undefined {
    return this.#committed.get(shardId);
  }

  started(process: SimulatedProcess): void {
    this.#seen.set(process, {
      historyId: "",
      epoch: 0,
      endOffset: 0,
      commitOffset: 0,
      appliedOffset: 0,
      committedIn: "",
      committedUpTo: 0,
    });
  }

  stepped(process: SimulatedProcess): void {
    const seen = this.#seen.get(process);
    if (seen === undefined) return;
    const { log } = process;
    const { endOffset, commitOffset, historyId, epoch } = log;
    const isMoved =
      endOffset !== seen.endOffset || historyId !== seen.historyId || epoch !== seen.epoch;
    const isCommitted = commitOffset !== seen.commitOffset || historyId !== seen.historyId;
    if (!isMoved && !isCommitted) return;
    this.#expectEqualKeyspace(process, seen);
    const isCut = endOffset < seen.endOffset || historyId !== seen.historyId;
    Object.assign(seen, { historyId, epoch, endOffset, commitOffset });
    if (isMoved && historyId !== "") this.#expectEqual(process);
    if (isCommitted && historyId !== "") this.#commitMoved(process, seen);
    if (isCut) this.#expectMemberHolds(process);
  }

  /** A primary has committed. It may be replaced before its step ends, by facts that came with those that let it. */
  committing({ core, nodeId, log }: SimulatedProcess): void {
    const shardId = core.facts.nodes.get(nodeId)?.shardId;
    const { historyId, epoch } = log;
    if (shardId !== undefined) this.#commit(shardId, { historyId, epoch, log });
  }

  /** Another set: all in it must have all commits. */
  factsChanged(): void {
    for (const shardId of this.#facts.newest.shards.keys()) this.#expectSetHolds(shardId);
  }

  /** 4: a replica executes what is committed, and nothing else; who is promoted, all that it has. */
  applied(
    { name, log }: SimulatedProcess,
    { endOffset, asPrimary }: { readonly endOffset: number; readonly asPrimary: boolean },
  ): void {
    const limit = asPrimary ? log.endOffset : log.commitOffset;
    expectThat(
      endOffset <= limit,
      "4 applied ≤ commit ≤ end",
      () => `${name} applies up to ${endOffset}, ${limit} is committed`,
    );
  }

  /** Has that log all that is committed? */
  holds(log: EffectLog, { historyId, offset, hash }: CommittedLog): boolean {
    if (log.historyId !== historyId || log.endOffset < offset) return false;
    return offset < log.startOffset || log.hashAt(offset) === hash;
  }

  #expectEqual({ name, log }: SimulatedProcess): void {
    const { historyId, epoch, endOffset, hash } = log;
    const known = firstAt(this.#hashes, { historyId, one: epoch, other: endOffset }, hash);
    expectThat(
      known === hash,
      EQUAL,
      () => `${name} has another log at ${endOffset} of epoch ${epoch}`,
    );
  }

  /** Whoever executed the same bytes has the same keys, and got there in the same way. */
  #expectEqualKeyspace({ name, log, core, keyspace }: SimulatedProcess, seen: Seen): void {
    const appliedOffset = core.role.replica?.appliedOffset ?? log.endOffset;
    if (appliedOffset === seen.appliedOffset || appliedOffset < log.startOffset) return;
    seen.appliedOffset = appliedOffset;
    const { historyId } = log;
    const place = { historyId, one: appliedOffset, other: log.hashAt(appliedOffset) };
    const known = firstAt(this.#digests, place, keyspace.digest);
    expectThat(
      known === keyspace.digest,
      "equal logs, equal keyspaces",
      () => `${name} has other keys at ${appliedOffset}`,
    );
  }

  #commitMoved(process: SimulatedProcess, seen: Seen): void {
    const { name, log, core } = process;
    const { historyId, commitOffset } = log;
    if (seen.committedIn === historyId) {
      const before = seen.committedUpTo;
      expectThat(
        commitOffset >= before,
        "3 commits never decrease",
        () => `${name} goes back from ${before} to ${commitOffset}`,
      );
    }
    seen.committedIn = historyId;
    seen.committedUpTo = commitOffset;
    const shardId = core.facts.nodes.get(process.nodeId)?.shardId;
    if (shardId === undefined) return;
    if (core.role.primary === undefined) {
      const known = this.#committed.get(shardId);
      expectThat(
        known?.historyId !== historyId || commitOffset <= known.offset,
        "4 applied ≤ commit ≤ end",
        () => `${name} takes ${commitOffset} for committed, its primaries ${known?.offset}`,
      );
      return;
    }
    this.#commit(shardId, { historyId, epoch: core.role.primary.epoch, log });
  }

  #commit(
    shardId: ShardId,
    { historyId, epoch, log }: { historyId: string; epoch: number; log: EffectLog },
  ): void {
    const known = this.#committed.get(shardId);
    const offset = log.commitOffset;
    if (known?.historyId === historyId ? offset <= known.offset : epoch < (known?.epoch ?? 0)) {
      return;
    }
    this.#committed.set(shardId, { historyId, epoch, offset, hash: log.hashAt(offset) });
    this.#expectSetHolds(shardId);
  }

  /** 2, 5 and 8: whoever may be promoted has it all, so nobody else can have been counted instead. */
  #expectSetHolds(shardId: ShardId): void {
    const committed = this.#committed.get(shardId);
    const shard = this.#facts.newest.shards.get(shardId);
    if (committed === undefined || shard?.historyId !== committed.historyId) return;
    for (const member of shard.isr) {
      const process = this.#facts.processOf(member);
      if (process === undefined) continue;
      expectThat(
        this.holds(process.log, committed),
        IN_SYNC,
        () => `${nameOf(member)} of shard ${shortId(shardId)} ${describe(process, committed)}`,
      );
    }
  }

  #expectMemberHolds(process: SimulatedProcess): void {
    const shardId = this.#facts.newest.nodes.get(process.nodeId)?.shardId;
    const shard = shardId === undefined ? undefined : this.#facts.newest.shards.get(shardId);
    const committed = shardId === undefined ? undefined : this.#committed.get(shardId);
    if (shard === undefined || committed?.historyId !== shard.historyId) return;
    const name = nameOf(process.core.self);
    if (!shard.isr.some((member) => nameOf(member) === name)) return;
    expectThat(
      this.holds(process.log, committed),
      IN_SYNC,
      () => `${name}, in the set, cuts its log: ${describe(process, committed)}`,
    );
  }
}

/** What was put there first: this value, when nothing was. */
function firstAt(
  values: Map<string, Map<number, Map<number, number>>>,
  {
    historyId,
    one,
    other,
  }: { readonly historyId: string; readonly one: number; readonly other: number },
  value: number,
): number {
  const ofHistory = innerMap(values, historyId);
  const ofPlace = innerMap(ofHistory, one);
  const known = ofPlace.get(other);
  if (known === undefined) ofPlace.set(other, value);
  return known ?? value;
}

function innerMap<Key, Inner extends Map<number, unknown>>(map: Map<Key, Inner>, key: Key): Inner {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map() as Inner; // empty, so of any kind
    map.set(key, inner);
  }
  return inner;
}

function describe({ log }: SimulatedProcess, committed: CommittedLog): string {
  const { historyId, epoch, endOffset } = log;
  const has = `has ${endOffset} of epoch ${epoch}, history ${shortId(historyId)}`;
  return `${has}; committed is ${committed.offset} of epoch ${committed.epoch}, history ${shortId(committed.historyId)}`;
}

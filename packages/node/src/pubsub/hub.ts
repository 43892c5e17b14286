import assert from "node:assert/strict";
import { bulkHead, globMatches, own, REPLY_STRING_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import {
  COHORT_SUBSCRIPTIONS_MAX,
  DELIVERY_BYTES_PER_TURN_MAX,
  PATTERN_CACHE_CHANNEL_BYTES_MAX,
  PATTERN_CACHE_CHANNELS_MAX,
} from "../limits.ts";
import {
  Cohort,
  Subscriptions,
  type Subscriber,
  type SubscriptionKind,
  type Target,
} from "./cohort.ts";

/** Told when the first subscriber of a name arrives and the last one leaves: the cluster routes by it. */
export interface InterestListener {
  added(kind: SubscriptionKind, name: Bytes): void;
  removed(kind: SubscriptionKind, name: Bytes): void;
}

const WORDS = { channel: "message", pattern: "pmessage", shardChannel: "smessage" } as const;
const NO_TARGETS: readonly Target[] = [];

/**
 * Who gets which message on this node. `publish` appends; nothing is written before `flush`, the end of the
 * turn. Classic and shard channels are two records given to the same code; a pattern is a third that
 * `publish` of a classic channel looks at besides.
 *
 * Order: each subscriber sees deliveries and its own replies in the order of execution. Consecutive messages
 * to one channel are collected in a *run* first, so that a burst costs each cohort one append, not one per
 * message; everything that looks at a cohort's frames settles the run before.
 */
export class Hub {
  readonly #targets: Readonly<Record<SubscriptionKind, Map<Bytes, Target>>> = {
    channel: new Map(),
    pattern: new Map(),
    shardChannel: new Map(),
  };
  readonly #interest: InterestListener;
  readonly #schedule: () => void;
  readonly #sharedCohorts = new Map<string, Cohort>();
  #dirtyCohorts: Cohort[] = [];
  /** Subscribers whose set changed in this turn: they may share a cohort from the next on. */
  readonly #toRegroup = new Set<Subscriber>();
  readonly #matchCache = new Map<Bytes, readonly Target[]>();
  #sharedWrites: { readonly bytes: Buffer; readonly members: readonly Subscriber[] }[] = [];
  /** Collected since the last flush; patterns counted each. */
  #turnBytes = 0;
  #runTarget: Target | undefined;
  #run2 = "";
  #run3 = "";
  #subscriberCount = 0;
  #lastTargetId = 0;

  constructor(options: { readonly interest: InterestListener; readonly schedule: () => void }) {
    this.#interest = options.interest;
    this.#schedule = options.schedule;
  }

  /** Connections with at least one subscription. */
  get subscriberCount(): number {
    return this.#subscriberCount;
  }

  /** Names somebody on this node is subscribed to. */
  names(kind: SubscriptionKind): MapIterator<Bytes> {
    return this.#targets[kind].keys();
  }

  nameCount(kind: SubscriptionKind): number {
    return this.#targets[kind].size;
  }

  /** Connections subscribed to exactly this name on this node. */
  subscribersOf(kind: SubscriptionKind, name: Bytes): number {
    return this.#targets[kind].get(name)?.subscriberCount ?? 0;
  }

  /** A message to local subscribers. Returns the deliveries: a connection counts once per match. */
  publish(kind: "channel" | "shardChannel", channel: Bytes, payload: Bytes): number {
    const target = this.#targets[kind].get(channel);
    const patterns = kind === "channel" ? this.#matching(channel) : NO_TARGETS;
    if (target === undefined && patterns.length === 0) return 0;
    if (target !== undefined && patterns.length === 0) {
      this.#makeRoom(target.head[2].length + payload.length);
      if (this.#runTarget !== target) {
        this.#settle();
        this.#runTarget = target;
        this.#schedule();
      }
      const tail = `${bulkHead(payload.length)}${payload}\r\n`;
      if (target.cohorts[2].size > 0) this.#run2 += target.head[2] + tail;
      if (target.cohorts[3].size > 0) this.#run3 += target.head[3] + tail;
      return target.subscriberCount;
    }
    this.#settle();
    this.#schedule();
    const tail = `${bulkHead(payload.length)}${payload}\r\n`;
    let deliveries = 0;
    if (target !== undefined) deliveries += this.#append(target, tail);
    const patternTail = `${bulkHead(channel.length)}${channel}\r\n${tail}`;
    for (const pattern of patterns) {
      deliveries += this.#append(pattern, patternTail);
    }
    return deliveries;
  }

  /** False when it was subscribed already. `name` may be a view. */
  subscribe(subscriber: Subscriber, kind: SubscriptionKind, name: Bytes): boolean {
    if (subscriber.subscriptions?.[kind].has(name) === true) return false;
    const cohort = this.#alone(subscriber);
    const target = this.#targets[kind].get(name) ?? this.#addTarget(kind, own(name));
    if (subscriber.subscriptions === undefined) {
      subscriber.subscriptions = new Subscriptions();
      this.#subscriberCount += 1;
    }
    subscriber.subscriptions[kind].set(target.name, target);
    target.subscriberCount += 1;
    cohort.attach(target);
    this.#toRegroup.add(subscriber);
    this.#schedule();
    return true;
  }

  /** False when it was not subscribed. */
  unsubscribe(subscriber: Subscriber, kind: SubscriptionKind, name: Bytes): boolean {
    const target = subscriber.subscriptions?.[kind].get(name);
    if (target === undefined) return false;
    this.#alone(subscriber).detach(target);
    this.#release(subscriber, target);
    if (subscriber.subscriptions?.size === 0) {
      subscriber.subscriptions = undefined;
      this.#leave(subscriber);
      this.#subscriberCount -= 1;
      this.#toRegroup.delete(subscriber);
    } else {
      this.#toRegroup.add(subscriber);
      this.#schedule();
    }
    return true;
  }

  /** The connection is gone, or RESET: drops all its subscriptions, without confirmations. */
  unsubscribeAll(subscriber: Subscriber): void {
    const { subscriptions } = subscriber;
    if (subscriptions === undefined) return;
    for (const kind of ["channel", "pattern", "shardChannel"] as const) {
      for (const name of [...subscriptions[kind].keys()]) this.unsubscribe(subscriber, kind, name);
    }
  }

  /** HELLO changed the protocol of a subscriber: later deliveries are framed in the new one. */
  changeProtocol(subscriber: Subscriber, change: () => void): void {
    if (subscriber.cohort === undefined) {
      change();
      return;
    }
    const { targets } = this.#alone(subscriber);
    const before = [...targets];
    for (const target of before) subscriber.cohort.detach(target);
    this.#leave(subscriber);
    change();
    const cohort = this.#alone(subscriber);
    for (const target of before) cohort.attach(target);
    this.#toRegroup.add(subscriber);
    this.#schedule();
  }

  /**
   * Moves what the subscriber is owed so far into its own output. Call it before a reply of its own that must
   * come after: at the start of each of its commands. What a command publishes to its own connection thereby
   * follows the command's reply, never inside it (Redis 7.2 does the same by pending_push_messages).
   */
  sync(subscriber: Subscriber): void {
    const { cohort } = subscriber;
    if (cohort === undefined) return;
    this.#settle();
    const { frames } = cohort;
    owe(subscriber, frames);
    subscriber.framesSeen = frames.length;
  }

  /**
   * The end of the turn, first half: what members with output of their own are owed joins that output. What
   * the others share is kept for `writeShared`.
   */
  flush(): void {
    this.#settle();
    this.#turnBytes = 0;
    const cohorts = this.#dirtyCohorts;
    if (cohorts.length > 0) {
      this.#dirtyCohorts = [];
      for (const cohort of cohorts) this.#flushCohort(cohort);
    }
  }

  /**
   * Second half: one buffer to all members of a cohort. Comes after the replies of this turn, so that a
   * publisher sends its next message while its subscribers are written to, and the next turn has all of them.
   */
  writeShared(): void {
    this.#writeShared();
    if (this.#toRegroup.size > 0) this.#regroup();
  }

  #writeShared(): void {
    const writes = this.#sharedWrites;
    if (writes.length === 0) return;
    this.#sharedWrites = [];
    for (const { bytes, members } of writes)
      for (const member of members) member.writeShared(bytes);
  }

  #flushCohort(cohort: Cohort): void {
    const { frames } = cohort;
    cohort.frames = [];
    const members: Subscriber[] = [];
    for (const member of cohort.members) {
      // After QUIT nothing follows; what came before it is in its output since its command began.
      if (member.isClosing) continue;
      if (
        member.framesSeen > 0 ||
        member.out !== "" ||
        member.isHeld ||
        cohort.members.size === 1
      ) {
        owe(member, frames);
        member.framesSeen = 0;
        member.markDirty();
      } else {
        members.push(member);
      }
    }
    if (members.length === 0) return;
    this.#sharedWrites.push({ bytes: Buffer.from(frames.join(""), "latin1"), members });
  }

  /** Before a delivery of this size: writes what the turn has collected so far, if it would become too much. */
  #makeRoom(bytes: number): void {
    if (this.#turnBytes > 0 && this.#turnBytes + bytes > DELIVERY_BYTES_PER_TURN_MAX) {
      this.flush();
      this.#writeShared();
    }
    this.#turnBytes += bytes;
  }

  #append(target: Target, tail: string): number {
    this.#makeRoom(target.head[2].length + tail.length);
    for (const protocol of [2, 3] as const) {
      const cohorts = target.cohorts[protocol];
      if (cohorts.size > 0) this.#appendToAll(cohorts, target.head[protocol] + tail);
    }
    return target.subscriberCount;
  }

  #appendToAll(cohorts: ReadonlySet<Cohort>, frame: string): void {
    // Looking at a char makes V8 flatten the rope, once, instead of each cohort walking all of it.
    if (cohorts.size > 1) assert(frame.charCodeAt(0) < 256, "a frame is a binary string");
    for (const cohort of cohorts) {
      if (cohort.frames.length === 0) this.#dirtyCohorts.push(cohort);
      cohort.frames.push(frame);
    }
  }

  #settle(): void {
    const target = this.#runTarget;
    if (target === undefined) return;
    this.#runTarget = undefined;
    if (this.#run2 !== "") this.#appendToAll(target.cohorts[2], this.#run2);
    if (this.#run3 !== "") this.#appendToAll(target.cohorts[3], this.#run3);
    this.#run2 = "";
    this.#run3 = "";
  }

  /** Patterns that match the channel, oldest first. */
  #matching(channel: Bytes): readonly Target[] {
    const patterns = this.#targets.pattern;
    if (patterns.size === 0) return NO_TARGETS;
    const cached = this.#matchCache.get(channel);
    if (cached !== undefined) return cached;
    const matching = [...patterns.values()].filter(({ name }) => globMatches(name, channel));
    if (this.#matchCache.size >= PATTERN_CACHE_CHANNELS_MAX) this.#matchCache.clear();
    if (channel.length <= PATTERN_CACHE_CHANNEL_BYTES_MAX) {
      this.#matchCache.set(own(channel), matching);
    }
    return matching;
  }

  #addTarget(kind: SubscriptionKind, name: Bytes): Target {
    const parts = kind === "pattern" ? 4 : 3;
    const head = `${parts}\r\n${bulk(WORDS[kind])}${bulk(name)}`;
    this.#lastTargetId += 1;
    const target: Target = {
      id: this.#lastTargetId,
      kind,
      name,
      head: { 2: `*${head}`, 3: `>${head}` },
      cohorts: { 2: new Set(), 3: new Set() },
      subscriberCount: 0,
    };
    this.#targets[kind].set(name, target);
    if (kind === "pattern") this.#matchCache.clear();
    this.#interest.added(kind, name);
    return target;
  }

  #release(subscriber: Subscriber, target: Target): void {
    const { kind, name } = target;
    subscriber.subscriptions?.[kind].delete(name);
    target.subscriberCount -= 1;
    if (target.subscriberCount > 0) return;
    this.#targets[kind].delete(name);
    if (kind === "pattern") this.#matchCache.clear();
    this.#interest.removed(kind, name);
  }

  /** The subscriber's cohort of its own, whose targets may change. What it was owed so far is in its output. */
  #alone(subscriber: Subscriber): Cohort {
    // Also for a newcomer: the messages of the run were published before it subscribed.
    this.#settle();
    const { cohort } = subscriber;
    if (cohort !== undefined) {
      this.sync(subscriber);
      if (cohort.members.size === 1) {
        this.#unshare(cohort);
        return cohort;
      }
      cohort.members.delete(subscriber);
    }
    const alone = new Cohort(subscriber.protocol);
    alone.members.add(subscriber);
    subscriber.cohort = alone;
    subscriber.framesSeen = 0;
    if (subscriber.out !== "") subscriber.markDirty();
    if (cohort !== undefined) for (const target of cohort.targets) alone.attach(target);
    return alone;
  }

  /** Its frames so far must be in its output (`sync`): the cohort may still be flushed in this turn. */
  #leave(subscriber: Subscriber): void {
    subscriber.cohort?.members.delete(subscriber);
    subscriber.cohort = undefined;
    subscriber.framesSeen = 0;
    if (subscriber.out !== "") subscriber.markDirty();
  }

  #unshare(cohort: Cohort): void {
    if (cohort.sharedAs === undefined) return;
    this.#sharedCohorts.delete(cohort.sharedAs);
    cohort.sharedAs = undefined;
  }

  /** Lets subscribers with equal sets share a cohort. Runs when no cohort has frames. */
  #regroup(): void {
    for (const subscriber of this.#toRegroup) {
      const { cohort, subscriptions } = subscriber;
      if (cohort === undefined || subscriptions === undefined) continue;
      if (subscriptions.size > COHORT_SUBSCRIPTIONS_MAX) continue;
      const key = canonicalText(cohort);
      const shared = this.#sharedCohorts.get(key);
      if (shared === undefined) {
        cohort.sharedAs = key;
        this.#sharedCohorts.set(key, cohort);
      } else if (shared !== cohort) {
        for (const target of [...cohort.targets]) cohort.detach(target);
        shared.members.add(subscriber);
        subscriber.cohort = shared;
      }
    }
    this.#toRegroup.clear();
  }
}

/** Appends the frames that are not in its output yet. */
function owe(subscriber: Subscriber, frames: readonly string[]): void {
  for (let index = subscriber.framesSeen; index < frames.length; index += 1) {
    if (subscriber.out.length > REPLY_STRING_CHARS_MAX) subscriber.spill();
    subscriber.out += frames[index] ?? "";
  }
}

function bulk(text: string): string {
  return `${bulkHead(text.length)}${text}\r\n`;
}

/** Equal for equal sets of the same protocol, different for different ones. */
function canonicalText(cohort: Cohort): string {
  const ids = Array.from(cohort.targets, ({ id }) => id);
  return `${cohort.protocol}:${ids.toSorted((a, b) => a - b).join()}`;
}

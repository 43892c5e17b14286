import { ascii } from "@slotcast/protocol";
import type { Broker } from "../broker.ts";
import type { EffectSink } from "../commands/handler.ts";
import type { DirectiveName } from "../config/directive-table.ts";
import { Gate } from "../gates.ts";
import { usedMemoryBytes } from "../used-memory.ts";
import { ClientMemory } from "./client-memory.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { EvictionCandidates, type EvictionPolicy } from "./eviction-candidates.ts";
import { evictionBudgetMs } from "./eviction-budget.ts";
import type { KeyAccount } from "./key-account.ts";
import { KeyLedger, type LfuSettings } from "./key-ledger.ts";

const DIRECTIVES_FOLLOWED: readonly DirectiveName[] = [
  ...(["maxmemory", "maxmemory-policy", "maxmemory-clients"] as const),
  ...(["lfu-log-factor", "lfu-decay-time"] as const),
];
/** An operator computes `maxmemory` from what INFO said: a moment later the heap is another, and he must be right. */
const SAID_FOR_MS = 60_000;
/**
 * So much garbage may count as used for as long as there is a limit: a busy node has some of it at any time. More is
 * collected before the limit is set.
 */
const GARBAGE_BYTES_MAX = 64 * 1024 * 1024;
/** Reading the clock costs as much as evicting a small key. As Redis. */
const KEYS_PER_LOOK_AT_CLOCK = 16;

export interface MemoryParts {
  /** Not before `start`. */
  readonly broker: () => Broker;
  readonly effects: () => EffectSink | undefined;
  readonly sizeOf: ConstructorParameters<typeof KeyLedger>[0]["sizeOf"];
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * What the node uses, and what happens when that is more than `maxmemory`: keys go, or writes are refused.
 *
 * Without `maxmemory` the number is V8's, garbage included. With it, it is what there was besides keys and clients when
 * the limit was set, and what the keys and clients take since: docs/decisions/0008-memory.md.
 *
 * Source: Redis 7.0 src/evict.c, performEvictions.
 */
export class Memory {
  readonly keys: KeyLedger;
  readonly clients: ClientMemory;
  readonly #parts: MemoryParts;
  readonly #candidates: EvictionCandidates;
  /** 0: no limit. */
  #limitBytes = 0;
  #baselineBytes = 0;
  #policy: EvictionPolicy = "noeviction";
  #lfu: LfuSettings | undefined;
  #said: { readonly bytes: number; readonly atMs: number } | undefined;
  /** performance.now() since when it is above the limit; 0: it is not. */
  #exceededSinceMs = 0;
  #isEvictingLater = false;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
    const { random, sizeOf } = parts;
    this.clients = new ClientMemory(parts.broker);
    this.keys = new KeyLedger({
      keyspace: () => parts.broker().keyspace,
      changes: () => parts.broker().changes,
      nowMs: Date.now,
      random,
      lfu: () => this.#lfu,
      sizeOf,
    });
    this.#candidates = new EvictionCandidates({ ledger: this.keys, random });
  }

  /** Once, when the broker is whole: from then on it follows the configuration. */
  start(): void {
    const { config } = this.#parts.broker();
    for (const name of DIRECTIVES_FOLLOWED) {
      config.onChange(name, () => {
        this.#configure();
      });
    }
    this.#configure();
  }

  /** What `maxmemory` is compared with. */
  get usedBytes(): number {
    return this.#limitBytes === 0 ? usedMemoryBytes() : this.#countedBytes();
  }

  /** The same for INFO, remembered for the moment at which `maxmemory` is set. */
  tellUsedBytes(): number {
    const bytes = this.usedBytes;
    this.#said = { bytes, atMs: Date.now() };
    return bytes;
  }

  /** For how long it has been above the limit now; 0: it is not. */
  get exceededForMs(): number {
    return this.#exceededSinceMs === 0 ? 0 : performance.now() - this.#exceededSinceMs;
  }

  /** Brings the use below the limit, as far as the policy allows. False: nothing may grow. */
  makeRoom(): boolean {
    if (this.#countedBytes() <= this.#limitBytes) {
      this.#noteExceeded(false);
      return true;
    }
    const { keyspace, pause } = this.#parts.broker();
    // Nothing may change in a pause, or without the primary, so a full memory is nobody's fault.
    if (this.#limitBytes === 0 || pause.mode !== undefined || !keyspace.decides) return true;
    const outcome = this.#evict();
    this.#noteExceeded(outcome !== "enough");
    if (outcome === "later") this.#evictLater();
    return outcome !== "none left";
  }

  /** `later`: there is more to do, and commands wait. */
  #evict(): "enough" | "later" | "none left" {
    const { blocking, config, latency, meter } = this.#parts.broker();
    const samples = config.get("maxmemory-samples");
    const budgetMs = evictionBudgetMs(config.get("maxmemory-eviction-tenacity"));
    const startedMs = performance.now();
    let outcome: "enough" | "later" | "none left" = "enough";
    for (let evicted = 0; this.#countedBytes() > this.#limitBytes; evicted += 1) {
      const isTimeToLook = evicted > 0 && evicted % KEYS_PER_LOOK_AT_CLOCK === 0;
      if (isTimeToLook && performance.now() - startedMs > budgetMs) {
        outcome = "later";
        break;
      }
      const account = this.#candidates.next(this.#policy, { samples, nowMs: Date.now() });
      if (account === undefined) {
        outcome = "none left";
        break;
      }
      this.#evictKey(account);
    }
    latency.note("eviction-cycle", performance.now() - startedMs, Date.now());
    meter.interrupt();
    // Not here: a command of another client is under way.
    if (blocking.hasReady) setImmediate(() => blocking.drain());
    return outcome;
  }

  #evictKey({ key, table }: KeyAccount): void {
    const { events, stats, tracking } = this.#parts.broker();
    // Whoever makes room did not mean to change it: he is told, too.
    tracking.expired(table, key);
    table.delete(key);
    this.#parts.effects()?.append([ascii("DEL"), key], table);
    stats.evictedKeys += 1;
    if (events.isOn) events.notify(table, "evicted", "evicted", key);
  }

  #evictLater(): void {
    if (this.#isEvictingLater) return;
    this.#isEvictingLater = true;
    setImmediate(() => {
      this.#isEvictingLater = false;
      this.makeRoom();
    });
  }

  #noteExceeded(isExceeded: boolean): void {
    if (isExceeded === this.#exceededSinceMs > 0) return;
    if (isExceeded) {
      this.#exceededSinceMs = performance.now();
    } else {
      this.#parts.broker().stats.evictionExceededMs += this.exceededForMs;
      this.#exceededSinceMs = 0;
    }
  }

  #countedBytes(): number {
    return this.#baselineBytes + this.keys.totalBytes + this.clients.totalBytes;
  }

  #configure(): void {
    const { config, gates, logger } = this.#parts.broker();
    const limitBytes = config.get("maxmemory");
    const isFirstLimit = limitBytes > 0 && this.#limitBytes === 0;
    const before = isFirstLimit ? this.#bytesBefore(limitBytes) : 0;
    const policy = config.get("maxmemory-policy");
    if (policy !== this.#policy) this.#candidates.forget();
    this.#policy = policy;
    this.#lfu = policy.endsWith("-lfu")
      ? { logFactor: config.get("lfu-log-factor"), decayMinutes: config.get("lfu-decay-time") }
      : undefined;
    this.#limitBytes = limitBytes;
    if (limitBytes === 0) this.#noteExceeded(false);
    const wantsUse = policy.endsWith("-lru") || policy.endsWith("-lfu");
    if (limitBytes === 0 && !wantsUse) this.#candidates.forget();
    this.keys.turn(limitBytes > 0 || wantsUse);
    this.clients.configure({ isOn: limitBytes > 0, limitBytes: this.#clientLimitBytes() });
    if (isFirstLimit) {
      const counted = this.keys.totalBytes + this.clients.totalBytes;
      this.#baselineBytes = Math.max(0, before - counted);
    }
    gates.set(Gate.keyUse, wantsUse);
    gates.set(Gate.memory, limitBytes > 0);
    if (limitBytes === 0 || this.#countedBytes() <= limitBytes) return;
    logger.warn(
      { usedBytes: this.#countedBytes(), maxmemory: limitBytes, policy },
      "more memory is used than maxmemory allows: keys will be evicted, or writes refused",
    );
    this.#evictLater();
  }

  /**
   * What is used when the first limit is set: what was said, unless too much of it is garbage. That is seen by
   * collecting it, and only when it may matter: when more is used than the keys are known to take, or when the limit is
   * below it, so that keys would go in place of garbage.
   */
  #bytesBefore(limitBytes: number): number {
    const saidBytes = this.#lastSaidBytes();
    const isAbove = saidBytes > limitBytes;
    // Not counted yet, most of the time: a walk through all keys would cost what a collection costs.
    const keysBytes = this.keys.totalBytes;
    if (!isAbove && saidBytes - keysBytes <= GARBAGE_BYTES_MAX) return saidBytes;
    const startedMs = performance.now();
    collectGarbage();
    const liveBytes = usedMemoryBytes();
    const tookMs = Math.round(performance.now() - startedMs);
    const { logger } = this.#parts.broker();
    logger.info({ tookMs, saidBytes, liveBytes }, "collected garbage before maxmemory is set");
    return isAbove || saidBytes - liveBytes > GARBAGE_BYTES_MAX ? liveBytes : saidBytes;
  }

  #lastSaidBytes(): number {
    const said = this.#said;
    return said !== undefined && Date.now() - said.atMs < SAID_FOR_MS
      ? said.bytes
      : usedMemoryBytes();
  }

  /** `maxmemory-clients 5%` is of `maxmemory`; 0: no limit. */
  #clientLimitBytes(): number {
    const limit = this.#parts.broker().config.get("maxmemory-clients");
    return limit >= 0 ? limit : Math.floor((this.#limitBytes * -limit) / 100);
  }
}

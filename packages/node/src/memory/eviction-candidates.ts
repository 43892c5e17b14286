import type { AccountBag, KeyAccount } from "./key-account.ts";
import type { KeyLedger } from "./key-ledger.ts";

export type EvictionPolicy =
  | "noeviction"
  | `allkeys-${"lru" | "lfu" | "random"}`
  | `volatile-${"lru" | "lfu" | "random" | "ttl"}`;

/** Candidates that are remembered from one sampling to the next: they make a few samples nearly as good as an order. */
const CANDIDATES_MAX = 16;
const FREQUENCY_TOP = 255;

interface Candidate {
  readonly account: KeyAccount;
  /** The higher, the better to evict. */
  readonly score: number;
}

/**
 * Chooses which key goes next. An exact order of all keys by use would cost every command; a handful of random keys,
 * and the best of earlier handfuls, come near enough. Source: Redis 7.0 src/evict.c, evictionPoolPopulate.
 */
export class EvictionCandidates {
  readonly #ledger: KeyLedger;
  readonly #random: () => number;
  /** The best one last. */
  #candidates: Candidate[] = [];

  constructor(options: { readonly ledger: KeyLedger; readonly random: () => number }) {
    this.#ledger = options.ledger;
    this.#random = options.random;
  }

  /** The policy changed: the scores mean something else now. */
  forget(): void {
    this.#candidates = [];
  }

  /** `undefined`: the policy allows none to go. */
  next(
    policy: EvictionPolicy,
    { samples, nowMs }: { readonly samples: number; readonly nowMs: number },
  ): KeyAccount | undefined {
    if (policy === "noeviction") return undefined;
    const bag = policy.startsWith("volatile-") ? this.#ledger.expiring : this.#ledger.all;
    if (policy.endsWith("-random")) return bag.pick(this.#random());
    while (bag.size > 0) {
      this.#sample(bag, samples, (account) => this.#scoreOf(account, policy, nowMs));
      let best = this.#candidates.pop();
      // Some went by themselves since they were seen.
      while (best !== undefined && !bag.has(best.account)) best = this.#candidates.pop();
      if (best !== undefined) return best.account;
    }
    return undefined;
  }

  #sample(bag: AccountBag, samples: number, scoreOf: (account: KeyAccount) => number): void {
    for (let taken = 0; taken < samples; taken += 1) {
      const account = bag.pick(this.#random());
      if (account === undefined) return;
      if (this.#candidates.some((candidate) => candidate.account === account)) continue;
      this.#insert({ account, score: scoreOf(account) });
    }
  }

  /** The worst one gives way when there are too many. */
  #insert(candidate: Candidate): void {
    const at = this.#candidates.findIndex(({ score }) => score > candidate.score);
    if (at === -1) this.#candidates.push(candidate);
    else this.#candidates.splice(at, 0, candidate);
    if (this.#candidates.length > CANDIDATES_MAX) this.#candidates.shift();
  }

  #scoreOf(account: KeyAccount, policy: EvictionPolicy, nowMs: number): number {
    if (policy.endsWith("-lfu")) return FREQUENCY_TOP - this.#ledger.frequencyOf(account, nowMs);
    if (policy.endsWith("-ttl")) return -(account.table.expiryOf(account.key) ?? 0);
    return nowMs - account.usedAtMs;
  }
}

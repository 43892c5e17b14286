import { LAG_PART_OF_NODE_TIMEOUT, LAST_WORDS_MS, REPORT_NODE_TIMEOUTS } from "./limits.ts";

/** What a peer says of others in its rumours. */
export interface SuspicionReport {
  /** Node ids; unknown ones are ignored. */
  readonly suspects: readonly string[];
  /** Its `ownLagMs`. */
  readonly lagMs: number;
}

interface WatchedPeer {
  heardAtMs: number;
  suspectedSinceMs: number | undefined;
  goneAtMs: number | undefined;
  /** Whom it accuses, second hand. */
  accused: ReadonlySet<string>;
  reportedAtMs: number;
}

/**
 * Who does not answer, as this node sees it and as its peers say. Two ways to be suspected: nothing was heard for
 * the node timeout, or a connect was refused (the process is gone). Being heard clears both,
 * but for the last words of a process that is gone.
 *
 * A node that was held up itself (a pause, a slow disk, a stopped process) has heard nobody for its own fault. So
 * when a tick comes late it accuses nobody new for as long as it was away, the node timeout at most; after an
 * absence of a whole node timeout it forgets what it suspected and listens first. What such a laggard says of
 * others is ignored as far as it accuses. Source: Lifeguard (Dadgar, Phillips, Currey 2018), without its scaling.
 *
 * Pure: all times are one steady clock's, in milliseconds, and are arguments. Cost of `tick`: O(peers).
 */
export class FailureDetector {
  readonly #selfId: string;
  readonly #peers = new Map<string, WatchedPeer>();
  #nodeTimeoutMs: number;
  /** The latest time that we were told. */
  #nowMs: number;
  #tickedAtMs: number;
  /** Until then silence may be our own. */
  #judgesFromMs = 0;
  #ownLagMs = 0;

  constructor(options: {
    readonly selfId: string;
    readonly nodeTimeoutMs: number;
    readonly nowMs: number;
  }) {
    this.#selfId = options.selfId;
    this.#nodeTimeoutMs = options.nodeTimeoutMs;
    this.#nowMs = options.nowMs;
    this.#tickedAtMs = options.nowMs;
  }

  get nodeTimeoutMs(): number {
    return this.#nodeTimeoutMs;
  }

  /** Effective with the next tick. */
  set nodeTimeoutMs(nodeTimeoutMs: number) {
    this.#nodeTimeoutMs = nodeTimeoutMs;
  }

  /**
   * How long this node was last away: the time between the latest two ticks; after a late one, that one until its
   * judgement counts again. Goes into rumours, so that others know how much to make of them.
   */
  get ownLagMs(): number {
    return this.#ownLagMs;
  }

  /** The other nodes; this one may be among them. A new one has the node timeout to be heard. */
  setPeers(ids: Iterable<string>, nowMs: number): void {
    this.#nowMs = nowMs;
    const wanted = new Set(ids);
    wanted.delete(this.#selfId);
    for (const id of [...this.#peers.keys()]) if (!wanted.has(id)) this.#peers.delete(id);
    for (const id of wanted) {
      if (this.#peers.has(id)) continue;
      this.#peers.set(id, {
        heardAtMs: nowMs,
        suspectedSinceMs: undefined,
        goneAtMs: undefined,
        accused: NOBODY,
        reportedAtMs: nowMs,
      });
    }
  }

  /** It said something, whatever it was. */
  heard(peerId: string, nowMs: number): void {
    this.#nowMs = nowMs;
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.heardAtMs = nowMs;
    const { goneAtMs = -Infinity } = peer;
    if (nowMs - goneAtMs >= LAST_WORDS_MS) acquit(peer);
  }

  /** Its machine answered that nobody listens there: known, not guessed, so also a laggard may say it. */
  refused(peerId: string, nowMs: number): void {
    this.#nowMs = nowMs;
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.goneAtMs ??= nowMs;
    peer.suspectedSinceMs ??= nowMs;
  }

  /** Replaces what `from` said before. A laggard may take back what it said, and no more. */
  report(from: string, { suspects, lagMs }: SuspicionReport, nowMs: number): void {
    this.#nowMs = nowMs;
    const reporter = this.#peers.get(from);
    if (reporter === undefined) return;
    const known = suspects.filter((id) => id === this.#selfId || this.#peers.has(id));
    if (this.#isLag(lagMs)) {
      reporter.accused = new Set(known.filter((id) => reporter.accused.has(id)));
      return;
    }
    reporter.accused = new Set(known);
    reporter.reportedAtMs = nowMs;
  }

  /** At least every eighth of the node timeout: a gap of more than a quarter counts as an absence. */
  tick(nowMs: number): void {
    const gapMs = nowMs - this.#tickedAtMs;
    this.#nowMs = nowMs;
    this.#tickedAtMs = nowMs;
    if (this.#isLag(gapMs)) {
      this.#ownLagMs = gapMs;
      const listenMs = Math.min(gapMs, this.#nodeTimeoutMs);
      this.#judgesFromMs = Math.max(this.#judgesFromMs, nowMs + listenMs);
      if (gapMs >= this.#nodeTimeoutMs) for (const peer of this.#peers.values()) acquit(peer);
    }
    if (nowMs < this.#judgesFromMs) return;
    this.#ownLagMs = gapMs;
    for (const peer of this.#peers.values()) {
      if (nowMs - peer.heardAtMs >= this.#nodeTimeoutMs) peer.suspectedSinceMs ??= nowMs;
    }
  }

  /** Whom this node itself suspects: what its rumours say. In the order of `setPeers`. */
  suspects(): readonly string[] {
    return [...this.#peers.keys()].filter((id) => this.isSuspected(id));
  }

  /** By this node itself. */
  isSuspected(id: string): boolean {
    return this.suspectedSinceMs(id) !== undefined;
  }

  suspectedSinceMs(id: string): number | undefined {
    return this.#peers.get(id)?.suspectedSinceMs;
  }

  /** When something was last heard of it, or when it became a peer. `undefined`: it is none. */
  heardAtMs(id: string): number | undefined {
    return this.#peers.get(id)?.heardAtMs;
  }

  /** Whose process is known to be dead: those of the suspects that refused a connect. */
  gone(): readonly string[] {
    return [...this.#peers.keys()].filter((id) => this.isGone(id));
  }

  isGone(id: string): boolean {
    return this.goneAtMs(id) !== undefined;
  }

  /** When a connect was refused first, if nothing was heard since: the process is gone, and not just silent. */
  goneAtMs(id: string): number | undefined {
    return this.#peers.get(id)?.goneAtMs;
  }

  /** Who suspects this node, as far as is known and still counts: this node itself first. `id` may be our own. */
  reportersOf(id: string): readonly string[] {
    const lifeMs = REPORT_NODE_TIMEOUTS * this.#nodeTimeoutMs;
    const others = [...this.#peers].filter(
      ([, { accused, reportedAtMs }]) => this.#nowMs - reportedAtMs < lifeMs && accused.has(id),
    );
    const ids = others.map(([reporterId]) => reporterId);
    return this.isSuspected(id) ? [this.#selfId, ...ids] : ids;
  }

  #isLag(lagMs: number): boolean {
    return lagMs > this.#nodeTimeoutMs * LAG_PART_OF_NODE_TIMEOUT;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function acquit(peer: WatchedPeer): void {
  peer.suspectedSinceMs = undefined;
  peer.goneAtMs = undefined;
}

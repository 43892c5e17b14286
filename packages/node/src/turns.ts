import type { Connection } from "./connection.ts";
import { TIMER_MS_MAX } from "./limits.ts";

interface Turn {
  /** In the order in which they came. */
  readonly waiting: Set<Connection>;
  /** Unix time; Infinity: never. */
  retryAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** What is asked of the parking lot. */
export interface TurnsHost {
  nowMs(): number;
  /** Executes the connection's parked command again. False: it is parked still. */
  tryAgain(connection: Connection): boolean;
}

/**
 * Connections that wait for just the same, the consumers of a group say: what the first of them does not find, the
 * others would not find either. So they are tried in turn until one finds nothing, and they share the time at which to
 * try again. A thousand blocked consumers cost what one costs.
 *
 * Owner: Blocking.
 */
export class Turns {
  readonly #byName = new Map<string, Turn>();
  readonly #host: TurnsHost;

  constructor(host: TurnsHost) {
    this.#host = host;
  }

  /** Whoever found nothing last knows best when there may be something: his time is everybody's. */
  wait(connection: Connection, name: string, retryAtMs: number): void {
    let turn = this.#byName.get(name);
    if (turn === undefined) {
      turn = { waiting: new Set(), retryAtMs: Number.POSITIVE_INFINITY, timer: undefined };
      this.#byName.set(name, turn);
    }
    turn.waiting.add(connection);
    if (turn.retryAtMs === retryAtMs) return;
    turn.retryAtMs = retryAtMs;
    this.#arm(turn);
  }

  leave(connection: Connection, name: string): void {
    const turn = this.#byName.get(name);
    turn?.waiting.delete(connection);
    if (turn?.waiting.size !== 0) return;
    clearTimeout(turn.timer);
    this.#byName.delete(name);
  }

  #arm(turn: Turn): void {
    clearTimeout(turn.timer);
    if (turn.retryAtMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(1, turn.retryAtMs - this.#host.nowMs());
    turn.timer = setTimeout(
      () => {
        this.#ring(turn);
      },
      Math.min(waitMs, TIMER_MS_MAX),
    );
  }

  /** A time beyond setTimeout's reach is waited for in pieces; the clock decides, not the timer. */
  #ring(turn: Turn): void {
    if (this.#host.nowMs() < turn.retryAtMs) {
      this.#arm(turn);
      return;
    }
    turn.retryAtMs = Number.POSITIVE_INFINITY;
    // A copy: who is served leaves, and may be back at once, behind the others.
    for (const connection of [...turn.waiting]) {
      if (turn.waiting.has(connection) && !this.#host.tryAgain(connection)) return;
    }
  }
}

import { own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "./connection.ts";
import { Gate, type Gates } from "./gates.ts";
import { TIMER_MS_MAX } from "./limits.ts";

/** `write`: only commands that change data or publish wait; `all`: every command of every client. */
export type PauseMode = "write" | "all";

/**
 * CLIENT PAUSE: requests wait until the pause ends, and so does whatever their connection sent after them.
 * Nothing is refused and nothing is lost.
 * Source: Redis 7.0 src/networking.c, pauseClients; src/server.c, processCommand (deferring).
 */
export class Pause {
  readonly #nowMs: () => number;
  readonly #gates: Gates;
  readonly #resume: (connection: Connection, argv: readonly Bytes[]) => void;
  #mode: PauseMode | undefined;
  #isFailingOver = false;
  #untilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #held = new Map<Connection, readonly Bytes[]>();

  constructor(options: {
    readonly nowMs: () => number;
    readonly gates: Gates;
    /** Executes a held request, then what its connection sent after it. */
    readonly resume: (connection: Connection, argv: readonly Bytes[]) => void;
  }) {
    this.#nowMs = options.nowMs;
    this.#gates = options.gates;
    this.#resume = options.resume;
  }

  /** `undefined`: no pause. */
  get mode(): PauseMode | undefined {
    return this.#mode ?? (this.#isFailingOver ? "write" : undefined);
  }

  /** FAILOVER: writes wait, whatever CLIENT PAUSE and UNPAUSE say. */
  get isFailingOver(): boolean {
    return this.#isFailingOver;
  }

  set isFailingOver(isFailingOver: boolean) {
    if (isFailingOver === this.#isFailingOver) return;
    this.#isFailingOver = isFailingOver;
    this.#changed();
  }

  /** A second pause only ever extends the first: the later end and the stricter mode hold. */
  start(mode: PauseMode, durationMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#nowMs() + durationMs);
    this.#mode = this.#mode === "all" ? "all" : mode;
    this.#gates.set(Gate.pause, true);
    this.#arm();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#mode = undefined;
    this.#untilMs = 0;
    this.#changed();
  }

  /** Whoever waits tries again, and may have to wait on. */
  #changed(): void {
    this.#gates.set(Gate.pause, this.mode !== undefined);
    const held = [...this.#held];
    this.#held.clear();
    for (const [connection, argv] of held) {
      connection.isStopped = connection.isClosing;
      this.#resume(connection, argv);
    }
  }

  hold(connection: Connection, argv: readonly Bytes[]): void {
    connection.isStopped = true;
    this.#held.set(connection, argv.map(own));
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#held.delete(connection);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const waitMs = this.#untilMs - this.#nowMs();
    this.#timer = setTimeout(
      () => {
        if (this.#nowMs() < this.#untilMs) this.#arm();
        else this.end();
      },
      Math.min(Math.max(waitMs, 1), TIMER_MS_MAX),
    );
  }
}

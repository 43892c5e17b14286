import { ascii, REPLY_STRING_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import type { Command } from "./command-registry.ts";
import { Restriction, type Connection } from "./connection.ts";
import { Gate, type Gates } from "./gates.ts";
import type { Hub } from "./pubsub/hub.ts";
import { quotedBytes } from "./quoted-bytes.ts";
import { redactedArguments } from "./redacted-arguments.ts";

/** Who executed a command: a client, or the primary of a replica. */
interface ShownClient {
  readonly database: number;
  /** `host:port` */
  readonly address: string;
}

/** The connections that sent MONITOR, and what they are shown. Source: Redis 7.0 src/replication.c, monitorCommand. */
export class Monitors {
  readonly #hub: Hub;
  readonly #gates: Gates;
  readonly #nowMs: () => number;
  readonly #all = new Set<Connection>();

  constructor(options: { readonly hub: Hub; readonly gates: Gates; readonly nowMs: () => number }) {
    this.#hub = options.hub;
    this.#gates = options.gates;
    this.#nowMs = options.nowMs;
  }

  has(connection: Connection): boolean {
    return this.#all.has(connection);
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    connection.restrictions |= Restriction.monitor;
    this.#gates.set(Gate.monitors, true);
  }

  /** RESET, or the connection is gone. */
  remove(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    connection.restrictions &= ~Restriction.monitor;
    if (this.#all.size === 0) this.#gates.set(Gate.monitors, false);
  }

  /** `client` executed this: a line to everybody who looks, after what they are owed so far. */
  show(client: ShownClient, command: Command, argv: readonly Bytes[]): void {
    if (this.#all.size === 0) return;
    const line = monitorLine(client, redactedArguments(command.fullName, argv), this.#nowMs());
    for (const monitor of this.#all) {
      const isMuted = (monitor.restrictions & Restriction.muted) !== 0;
      if (isMuted || monitor.isClosing || monitor.isClosed) continue;
      this.#hub.sync(monitor);
      monitor.out += line;
      if (monitor.out.length > REPLY_STRING_CHARS_MAX) monitor.spill();
      monitor.markDirty();
    }
  }
}

/** `+1795322322.329369 [0 127.0.0.1:36814] "SET" "a" "1"`. Source: replicationFeedMonitors. */
function monitorLine(client: ShownClient, argv: readonly Bytes[], nowMs: number): Bytes {
  const seconds = Math.floor(nowMs / 1000);
  const microseconds = String(Math.floor((nowMs % 1000) * 1000)).padStart(6, "0");
  const words = argv.map(quotedBytes).join(" ");
  return ascii(`+${seconds}.${microseconds} [${client.database} ${client.address}] ${words}\r\n`);
}

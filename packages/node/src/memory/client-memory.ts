import type { Broker } from "../broker.ts";
import type { Connection } from "../connection.ts";
import { Gate } from "../gates.ts";

/** What a connection takes by being there: its objects here and in Node. Measured: 3.5 KB of heap each, with 3,000 of them. */
const CONNECTION_BYTES = 4096;
/** A subscription's entry in the maps of the client and its cohort, the name not included: all subscribers share it. */
const SUBSCRIPTION_BYTES = 128;
const PREFIX_BYTES = 64;
/** `maxmemory-clients` is never less than this, or nobody could set it right again. As Redis. */
const LIMIT_BYTES_MIN = 128 * 1024;

/** CLIENT LIST `tot-mem`: what waits to be executed or sent, what was queued, and what it asked to be remembered. */
export function connectionBytes(connection: Connection): number {
  let bytes = CONNECTION_BYTES + connection.decoder.bufferedBytes + connection.outputBytes;
  bytes += connection.transaction?.sizeBytes ?? 0;
  bytes += (connection.subscriptions?.size ?? 0) * SUBSCRIPTION_BYTES;
  for (const prefix of connection.tracking?.prefixes ?? []) bytes += PREFIX_BYTES + prefix.length;
  return bytes;
}

/**
 * What the clients take together, kept up to date while `maxmemory` or `maxmemory-clients` asks for it, and the limit
 * of the latter. Source: Redis 7.0 src/networking.c, evictClients.
 */
export class ClientMemory {
  readonly #broker: () => Broker;
  readonly #bytes = new Map<Connection, number>();
  #totalBytes = 0;
  #isOn = false;
  /** Infinity: no limit. */
  #limitBytes = Number.POSITIVE_INFINITY;

  constructor(broker: () => Broker) {
    this.#broker = broker;
  }

  /** 0 while it is off. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** `limitBytes` 0: no limit, but the total is wanted when `isOn`. */
  configure({ isOn, limitBytes }: { readonly isOn: boolean; readonly limitBytes: number }): void {
    this.#limitBytes =
      limitBytes === 0 ? Number.POSITIVE_INFINITY : Math.max(limitBytes, LIMIT_BYTES_MIN);
    this.#isOn = isOn || limitBytes > 0;
    this.#broker().gates.set(Gate.clientMemory, this.#isOn);
    this.#bytes.clear();
    this.#totalBytes = 0;
    this.refresh();
  }

  /** What the client takes may have changed. */
  update(connection: Connection): void {
    // A replica's link is bounded by replication, and must not go for it.
    if (!this.#isOn || connection.isClosed || connection.takenOver !== undefined) return;
    const bytes = connectionBytes(connection);
    this.#totalBytes += bytes - (this.#bytes.get(connection) ?? 0);
    this.#bytes.set(connection, bytes);
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#totalBytes -= this.#bytes.get(connection) ?? 0;
    this.#bytes.delete(connection);
  }

  /** Looks at all of them again: what the kernel took meanwhile nobody told. O(clients), about once a second. */
  refresh(): void {
    if (!this.#isOn) return;
    for (const connection of this.#broker().clients.all()) this.update(connection);
    this.evict();
  }

  /** Closes those that take most until the rest is within the limit. Those of CLIENT NO-EVICT stay. */
  evict(): void {
    if (this.#totalBytes < this.#limitBytes) return;
    const broker = this.#broker();
    const { logger, stats } = broker;
    const byBytes = [...this.#bytes].toSorted(([, a], [, b]) => b - a);
    for (const [connection, bytes] of byBytes) {
      if (this.#totalBytes < this.#limitBytes) return;
      if (connection.noEvict) continue;
      logger.info(
        { client: connection.id, bytes },
        "client evicted: maxmemory-clients is exceeded",
      );
      stats.evictedClients += 1;
      broker.kill(connection, { afterReply: false });
      this.forget(connection);
    }
  }
}

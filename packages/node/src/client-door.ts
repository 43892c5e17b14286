import { BULK_BYTES_MAX, type RequestLimits } from "@slotcast/protocol";
import type { Broker } from "./broker.ts";
import type { ClientListener } from "./config/client-listener.ts";
import type { OutputBufferLimits } from "./config/output-buffer-limits.ts";
import { Restriction, type Connection, type ConnectionHost } from "./connection.ts";
import type { Dispatch } from "./dispatch.ts";
import { refusalFor } from "./admission.ts";
import { QUERY_BYTES_MAX } from "./limits.ts";
import { Listener, type ListenerHost } from "./listener.ts";
import { judgeBacklog } from "./output-limits.ts";

/** The name of the listener that `port` opens. */
export const DEFAULT_LISTENER = "default";

/** redis.conf's words for every IPv4 and every IPv6 address. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { "*": "0.0.0.0", "::*": "::" };

/**
 * Where clients come in and their output goes out: owns the listeners and the connections, admits or refuses,
 * feeds dispatch, and closes who does not read or sends more than it may.
 */
export class ClientDoor implements ListenerHost, ConnectionHost {
  readonly connectionHost: ConnectionHost = this;
  readonly requestLimits: RequestLimits;
  readonly #broker: Broker;
  readonly #dispatch: Dispatch;
  readonly #schedule: () => void;
  readonly #listeners: Listener[] = [];
  #dirty: Connection[] = [];
  #outputLimits: OutputBufferLimits;
  #queryBytesMax: number;
  #needsPassword: boolean;

  constructor(options: {
    readonly broker: Broker;
    readonly dispatch: Dispatch;
    /** Asks for a `flush` at the end of the turn. */
    readonly schedule: () => void;
  }) {
    this.#broker = options.broker;
    this.#dispatch = options.dispatch;
    this.#schedule = options.schedule;
    const { config } = options.broker;
    this.requestLimits = {
      bulkBytesMax: Math.min(config.get("proto-max-bulk-len"), BULK_BYTES_MAX),
    };
    this.#outputLimits = config.get("client-output-buffer-limit");
    this.#queryBytesMax = config.get("client-query-buffer-limit");
    this.#needsPassword = config.get("requirepass") !== "";
    config.onChange("proto-max-bulk-len", (bytes) => {
      this.requestLimits.bulkBytesMax = Math.min(bytes, BULK_BYTES_MAX);
    });
    config.onChange("client-output-buffer-limit", (limits) => {
      this.#outputLimits = limits;
    });
    config.onChange("client-query-buffer-limit", (bytes) => {
      this.#queryBytesMax = bytes;
    });
    config.onChange("requirepass", (password) => {
      this.#needsPassword = password !== "";
      if (!this.#needsPassword) this.#admitAll();
    });
  }

  /** The port of the default listener, or of the first there is. */
  get port(): number {
    return this.#listeners[0]?.port ?? 0;
  }

  /** Opens every configured address. Rejects, with none left open, when one of them cannot be had. */
  async listen(): Promise<void> {
    const { config } = this.#broker;
    const port = config.get("port");
    const wanted: ClientListener[] = [...config.get("listener")];
    if (port !== 0 || wanted.length === 0) {
      wanted.unshift({ name: DEFAULT_LISTENER, bind: undefined, port });
    }
    try {
      for (const { name, bind, port: wantedPort } of wanted) {
        const hosts = bind === undefined ? config.get("bind") : [bind];
        for (const host of hosts) await this.#open({ name, host, port: wantedPort });
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Stops accepting and closes every connection; what was executed is still written. */
  async close(): Promise<void> {
    const closing = this.#listeners.splice(0).map((listener) => listener.close());
    this.flush();
    for (const connection of this.#broker.clients.all()) {
      connection.closeAfterReply();
      connection.socket.destroySoon();
    }
    await Promise.all(closing);
  }

  takeId(): number {
    return this.#broker.clients.takeId();
  }

  opened(connection: Connection): void {
    const { clients, config, stats } = this.#broker;
    const refusal = refusalFor(
      {
        remoteAddress: connection.socket.remoteAddress,
        clientCount: clients.size,
      },
      config,
    );
    if (refusal !== undefined) {
      stats.connectionsRejected += 1;
      connection.out = refusal;
      connection.closeAfterReply();
      return;
    }
    stats.connectionsReceived += 1;
    if (this.#needsPassword) {
      connection.restrictions |= Restriction.needsAuth;
      connection.decoder.authenticated = false;
    }
    clients.add(connection);
  }

  received(connection: Connection, buffer: Buffer, bytes: number): void {
    // After QUIT, a refusal or a protocol error nothing counts.
    if (connection.isClosing || connection.isClosed) return;
    this.#broker.stats.inputBytes += bytes;
    const { decoder, takenOver } = connection;
    if (takenOver !== undefined) {
      takenOver.received(buffer.subarray(0, bytes));
      return;
    }
    const fits = decoder.bufferedBytes + bytes <= Math.min(this.#queryBytesMax, QUERY_BYTES_MAX);
    if (fits) {
      decoder.push(buffer.latin1Slice(0, bytes));
      this.#dispatch.pump(connection);
      connection.lastActiveMs = this.#dispatch.nowMs;
      this.#broker.memory.clients.update(connection);
    } else {
      this.#broker.stats.queryLimitDisconnections += 1;
      this.#broker.logger.warn(
        { client: connection.id },
        "client exceeded client-query-buffer-limit",
      );
      connection.destroy();
    }
  }

  ended(connection: Connection): void {
    // What was executed is still answered. A parked command ends here: nothing may be popped for nobody.
    this.#broker.blocking.forget(connection);
    connection.closeAfterReply();
  }

  closed(connection: Connection): void {
    this.#retire(connection);
    this.#broker.clients.remove(connection);
  }

  /** There is no password any more: who still owed it is welcome. */
  #admitAll(): void {
    for (const connection of this.#broker.clients.all()) {
      connection.restrictions &= ~Restriction.needsAuth;
      connection.decoder.authenticated = true;
    }
  }

  /** It receives nothing more and counts as no subscriber. */
  #retire(connection: Connection): void {
    const { blocking, cluster, hub, interestGate, memory, monitors, pause } = this.#broker;
    const { replication, tracking, watchedKeys } = this.#broker;
    hub.unsubscribeAll(connection);
    tracking.disable(connection);
    monitors.remove(connection);
    memory.clients.forget(connection);
    watchedKeys.forget(connection);
    pause.forget(connection);
    cluster?.hold.forget(connection);
    blocking.forget(connection);
    interestGate?.forget(connection);
    replication?.forget(connection);
    connection.takenOver?.closed();
  }

  dirty(connection: Connection): void {
    this.#dirty.push(connection);
    this.#schedule();
  }

  backlogged(connection: Connection): void {
    // Replication knows by itself when to wait.
    if (connection.takenOver !== undefined) return;
    const limit = connection.isSubscriber ? this.#outputLimits.pubsub : this.#outputLimits.normal;
    const { closes, softSinceMs } = judgeBacklog(limit, {
      bytes: connection.outputBytes,
      nowMs: Date.now(),
      softSinceMs: connection.softLimitSinceMs,
    });
    connection.softLimitSinceMs = softSinceMs;
    this.#broker.memory.clients.update(connection);
    if (!closes) return;
    this.#broker.stats.outputLimitDisconnections += 1;
    this.#broker.logger.warn(
      { client: connection.id, bytes: connection.outputBytes },
      "client closed: it exceeded client-output-buffer-limit",
    );
    connection.destroy();
  }

  /**
   * Judges again who was above its soft limit when it was last written to: time alone may close it, and who
   * caught up starts anew. Call it about once a second. Source: Redis 7.0 src/server.c, clientsCron.
   */
  reviewBacklogs(): void {
    for (const connection of this.#broker.clients.all()) {
      if (connection.softLimitSinceMs > 0 && !connection.isClosed) this.backlogged(connection);
    }
  }

  wrote(bytes: number): void {
    this.#broker.stats.outputBytes += bytes;
  }

  /** The end of the turn: one write for each connection that has output. */
  flush(): void {
    const dirty = this.#dirty;
    if (dirty.length === 0) return;
    const { clients } = this.#broker.memory;
    this.#dirty = [];
    for (const connection of dirty) {
      connection.flush();
      clients.update(connection);
      // Its last output is on its way; until its client closes, too, it is here in name only.
      if (connection.isClosing && !connection.isHeld) this.#retire(connection);
    }
    clients.evict();
  }

  async #open(address: { name: string; host: string; port: number }): Promise<void> {
    const { config, logger } = this.#broker;
    // As redis.conf: a leading `-` marks an address that may be missing.
    const mayBeMissing = address.host.startsWith("-");
    const host = mayBeMissing ? address.host.slice(1) : address.host;
    const listener = new Listener(
      {
        name: address.name,
        host: ANY_ADDRESS[host] ?? host,
        port: address.port,
        backlog: config.get("tcp-backlog"),
        keepAliveSeconds: () => config.get("tcp-keepalive"),
      },
      this,
    );
    try {
      await listener.listen();
    } catch (error) {
      if (!mayBeMissing) throw error;
      logger.debug({ host }, "optional address is not available");
      return;
    }
    this.#listeners.push(listener);
    logger.info({ listener: address.name, host, port: listener.port }, "listening for clients");
  }
}

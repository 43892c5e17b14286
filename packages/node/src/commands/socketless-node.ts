import { Socket } from "node:net";
import { ascii, bulkHead, EMPTY, fromText, type Bytes } from "@slotcast/protocol";
import { entrySizeBytes, Keyspace } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import { ChangeFeed } from "../change-feed.ts";
import { Clients } from "../clients.ts";
import { makeCommandLogs } from "../command-log.ts";
import { CommandMeter } from "../command-meter.ts";
import { loadConfig } from "../config/load-config.ts";
import { Connection, Restriction, type ConnectionHost } from "../connection.ts";
import { Dispatch } from "../dispatch.ts";
import { ExpiryCycle } from "../expiry-cycle.ts";
import { proposeExpiries } from "../expiry-effects.ts";
import { followKeyspaceEvents, KeyspaceEvents } from "../keyspace-events.ts";
import { LatencyMonitor } from "../latency-monitor.ts";
import { Memory } from "../memory/memory.ts";
import { Monitors } from "../monitors.ts";
import { redirectWaiting } from "../redirect-waiting.ts";
import type { ReplicationState } from "../replication/replication-state.ts";
import { Replication, type ReplicationParts } from "../replication/replication.ts";
import type { Logger } from "../logger.ts";
import { Hub } from "../pubsub/hub.ts";
import { ServerStats } from "../server-stats.ts";
import { SilentConsumers } from "../silent-consumers.ts";
import { StandaloneReplication } from "../standalone/standalone-replication.ts";
import { followSetLimits } from "../set-limits.ts";
import { followStreamLimits } from "../stream-limits.ts";
import { Tracking } from "../tracking/tracking.ts";
import { WatchedKeys } from "../watched-keys.ts";
import type { EffectSink } from "./handler.ts";

const SILENT: Logger = {
  debug: ignore,
  verbose: ignore,
  info: ignore,
  warn: ignore,
  fatal: ignore,
  child: () => SILENT,
};

/**
 * A standalone node without sockets, for tests of handlers: everything between the decoder and the pending
 * output is the real thing. `directives` are command line words: `--requirepass secret`.
 */
export class SocketlessNode {
  readonly broker: Broker;
  /** SHUTDOWN was accepted. */
  isShutDown = false;
  /** What would have been replicated, in order. */
  readonly effects: (readonly Bytes[])[] = [];
  readonly #dispatch: Dispatch;

  constructor(...directives: readonly string[]) {
    const config = loadConfig({ argv: directives, env: {}, cwd: "/", readStdin: () => EMPTY });
    const hashSeed = { low: 1, high: 2 };
    const keyspace = new Keyspace({ tables: config.get("databases"), hashSeed });
    const changes = new ChangeFeed(keyspace);
    const effects: EffectSink = {
      append: (effect) => {
        this.effects.push(effect);
      },
    };
    this.#dispatch = new Dispatch({ effects });
    proposeExpiries(keyspace, effects);
    const clients = new Clients();
    const { gates } = this.#dispatch;
    const hub = new Hub({ interest: { added: ignore, removed: ignore }, schedule: ignore });
    const events = new KeyspaceEvents({ hub, changes, isCluster: false });
    followKeyspaceEvents(config, events);
    const commandLogs = makeCommandLogs(config);
    const latency = new LatencyMonitor(config);
    this.broker = {
      config,
      keyspace,
      changes,
      events,
      watchedKeys: new WatchedKeys(changes),
      gates,
      tracking: new Tracking({
        changes,
        clients,
        gates,
        hub,
        running: () => this.#dispatch.running,
        keysMax: () => config.get("tracking-table-max-keys"),
        schedule: ignore,
      }),
      monitors: new Monitors({ hub, gates, nowMs: Date.now }),
      memory: new Memory({
        broker: () => this.broker,
        effects: () => this.#dispatch.effects,
        sizeOf: entrySizeBytes,
        random: Math.random,
      }),
      clients,
      hub,
      blocking: this.#dispatch.blocking,
      pause: this.#dispatch.pause,
      expiryCycle: new ExpiryCycle(keyspace, {
        config,
        settle: () => {
          this.#dispatch.blocking.drain();
        },
      }),
      interestGate: undefined,
      cluster: undefined,
      replication: undefined,
      standalone: undefined,
      stats: new ServerStats(),
      commands: this.#dispatch.commands,
      meter: new CommandMeter({ config, logs: commandLogs, latency, events }),
      commandLogs,
      latency,
      silentConsumers: new SilentConsumers(),
      streamNodeLimits: followStreamLimits(config),
      memberSetOptions: followSetLimits(config, hashSeed),
      logger: SILENT,
      runId: "0123456789".repeat(4),
      replicationId: "0123456789".repeat(4),
      startedAtMs: Date.now(),
      kill: (connection, { afterReply }) => {
        if (afterReply) connection.closeAfterReply();
        else connection.destroy();
      },
      shutDown: () => {
        this.isShutDown = true;
      },
    };
    this.#dispatch.attach(this.broker);
    this.broker.memory.start();
  }

  /** What it does goes into the log of `state` from now on, and not into `effects`. It begins as a replica. */
  replicate(state: ReplicationState, limits?: ReplicationParts["limits"]): Replication {
    const replication = new Replication({
      state,
      dispatch: this.#dispatch,
      broker: () => this.broker,
      steadyMs: Date.now,
      schedule: ignore,
      redirection: (_connection, slot) => `-MOVED ${slot} 127.0.0.1:7001\r\n`,
      ...(limits && { limits }),
    });
    this.broker.replication = replication;
    replication.stepDown();
    return replication;
  }

  /** A server that can follow another one; `effects` stays empty. */
  standalone(): StandaloneReplication {
    const standalone = new StandaloneReplication({
      broker: () => this.broker,
      dispatch: this.#dispatch,
      logger: SILENT,
      schedule: ignore,
    });
    this.broker.standalone = standalone;
    this.broker.replication = standalone.replication;
    standalone.start();
    return standalone;
  }

  connect(listenerName = "default"): SocketlessClient {
    const { clients, config } = this.broker;
    const socket = new UnboundSocket();
    const connection = new Connection({
      id: clients.takeId(),
      socket,
      host: HOST,
      listenerName,
      nowMs: Date.now(),
    });
    if (config.get("requirepass") !== "") connection.restrictions = Restriction.needsAuth;
    clients.add(connection);
    return new SocketlessClient(this, connection, socket);
  }

  pump(connection: Connection): void {
    this.#dispatch.pump(connection);
  }

  /** What the cluster asks for when it is known who serves. */
  resume(connection: Connection, argv: readonly Bytes[] | undefined): void {
    if (argv === undefined) this.#dispatch.blocking.retry(connection);
    else this.#dispatch.pump(connection, argv);
  }

  /** What the cluster asks for when slots may have moved. */
  redirectWaiting(): void {
    redirectWaiting(this.broker, this.#dispatch);
  }

  /** What a timer of the server does once a second. */
  sweepConsumers(): void {
    this.broker.silentConsumers.sweep((keys, work) => {
      this.#dispatch.runUnasked(keys, work);
    });
  }
}

const HOST: ConnectionHost = {
  requestLimits: { bulkBytesMax: 1024 * 1024 },
  dirty: ignore,
  backlogged: ignore,
  wrote: ignore,
};

/** Leads nowhere: keeps what long replies write before the end of the turn. */
class UnboundSocket extends Socket {
  #written = "";

  override write(data: string | Uint8Array): boolean {
    this.#written += typeof data === "string" ? data : Buffer.from(data).latin1Slice();
    return true;
  }

  takeWritten(): string {
    const written = this.#written;
    this.#written = "";
    return written;
  }
}

/** One client of a SocketlessNode. */
export class SocketlessClient {
  readonly connection: Connection;
  readonly node: SocketlessNode;
  readonly #socket: UnboundSocket;

  constructor(node: SocketlessNode, connection: Connection, socket: UnboundSocket) {
    this.connection = connection;
    this.node = node;
    this.#socket = socket;
  }

  /** Sends requests, words parted by spaces, in one go. Returns what came back, a space for each CRLF. */
  send(...requests: readonly string[]): string {
    for (const request of requests) this.connection.decoder.push(encode(request.split(" ")));
    this.node.pump(this.connection);
    return this.received();
  }

  /** Executes effects of another node, as a replica would. */
  replay(effects: readonly (readonly Bytes[])[]): string {
    for (const effect of effects) this.connection.decoder.push(encodeBytes(effect));
    this.node.pump(this.connection);
    return this.received();
  }

  /** What came since the last look, a space for each CRLF. */
  received(): string {
    return this.raw().replaceAll("\r\n", " ").trimEnd();
  }

  /** The same as it came. */
  raw(): string {
    this.node.broker.tracking.flush();
    this.node.broker.hub.flush();
    this.node.broker.replication?.flush();
    this.node.broker.standalone?.flush();
    // What waits for its commit is not received yet.
    if (this.connection.uncommitted !== undefined) this.connection.flush();
    let out = this.#socket.takeWritten();
    // While EXEC waits for an answer, nothing overtakes it.
    if (this.connection.heldReplies === undefined) {
      out += this.connection.out;
      this.connection.out = "";
    }
    return out;
  }
}

function encode(words: readonly string[]): Bytes {
  return encodeBytes(words.map(fromText));
}

function encodeBytes(words: readonly Bytes[]): Bytes {
  const bulks = words.map((word) => `${bulkHead(word.length)}${word}\r\n`);
  return ascii(`*${words.length}\r\n${bulks.join("")}`);
}

function ignore(): void {}

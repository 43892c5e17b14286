import { Socket } from "node:net";
import { ascii, bulkHead, EMPTY, fromText } from "@slotcast/protocol";
import { Keyspace } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import { ChangeFeed } from "../change-feed.ts";
import { Clients } from "../clients.ts";
import { loadConfig } from "../config/load-config.ts";
import { Connection, Restriction, type ConnectionHost } from "../connection.ts";
import { Dispatch } from "../dispatch.ts";
import { KeyspaceEvents } from "../keyspace-events.ts";
import type { Logger } from "../logger.ts";
import { Hub } from "../pubsub/hub.ts";
import { ServerStats } from "../server-stats.ts";
import { WatchedKeys } from "../watched-keys.ts";

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
  readonly #dispatch = new Dispatch({ effects: undefined });

  constructor(...directives: readonly string[]) {
    const config = loadConfig({ argv: directives, env: {}, cwd: "/", readStdin: () => EMPTY });
    const keyspace = new Keyspace({ tables: config.get("databases") });
    const changes = new ChangeFeed(keyspace);
    const hub = new Hub({ interest: { added: ignore, removed: ignore }, schedule: ignore });
    const events = new KeyspaceEvents({ hub, changes, isCluster: false });
    events.configure(config.get("notify-keyspace-events"));
    config.onChange("notify-keyspace-events", (flags) => {
      events.configure(flags);
    });
    this.broker = {
      config,
      keyspace,
      changes,
      events,
      watchedKeys: new WatchedKeys(changes),
      clients: new Clients(),
      hub,
      blocking: this.#dispatch.blocking,
      pause: this.#dispatch.pause,
      interestGate: undefined,
      cluster: undefined,
      stats: new ServerStats(),
      streamNodeLimits: {
        nodeEntriesMax: config.get("stream-node-max-entries"),
        nodeBytesMax: config.get("stream-node-max-bytes"),
      },
      logger: SILENT,
      runId: "0123456789".repeat(4),
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
  }

  connect(): SocketlessClient {
    const { clients, config } = this.broker;
    const connection = new Connection({
      id: clients.takeId(),
      socket: new Socket(),
      host: HOST,
      listenerName: "default",
      nowMs: Date.now(),
    });
    if (config.get("requirepass") !== "") connection.restrictions = Restriction.needsAuth;
    clients.add(connection);
    return new SocketlessClient(connection, this);
  }

  pump(connection: Connection): void {
    this.#dispatch.pump(connection);
  }
}

const HOST: ConnectionHost = {
  requestLimits: { bulkBytesMax: 1024 * 1024 },
  dirty: ignore,
  backlogged: ignore,
  wrote: ignore,
};

/** One client of a SocketlessNode. */
export class SocketlessClient {
  readonly connection: Connection;
  readonly #node: SocketlessNode;

  constructor(connection: Connection, node: SocketlessNode) {
    this.connection = connection;
    this.#node = node;
  }

  /** Sends requests, words parted by spaces, in one go. Returns what came back, a space for each CRLF. */
  send(...requests: readonly string[]): string {
    for (const request of requests) this.connection.decoder.push(encode(request.split(" ")));
    this.#node.pump(this.connection);
    return this.received();
  }

  /** What came since the last look. */
  received(): string {
    this.#node.broker.hub.flush();
    const { out } = this.connection;
    this.connection.out = "";
    return out.replaceAll("\r\n", " ").trimEnd();
  }
}

function encode(words: readonly string[]): string {
  const bulks = words.map((word) => {
    const bytes = fromText(word);
    return `${bulkHead(bytes.length)}${bytes}\r\n`;
  });
  return ascii(`*${words.length}\r\n${bulks.join("")}`);
}

function ignore(): void {}

import { ascii, bulkHead, own, REPLY_STRING_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { ChangeFeed, ChangeListener } from "../change-feed.ts";
import type { Clients } from "../clients.ts";
import type { Command } from "../command-registry.ts";
import type { Connection } from "../connection.ts";
import { Gate, type Gates } from "../gates.ts";
import type { Hub } from "../pubsub/hub.ts";
import type { TrackingOptions } from "./client-tracking.ts";
import { TrackedKeys } from "./tracked-keys.ts";
import { TrackedPrefixes } from "./tracked-prefixes.ts";

const EVERY_KEY = ascii("");
const INVALIDATE = ">2\r\n$10\r\ninvalidate\r\n";
/** What a RESP2 client gets that others redirect to: a message of this channel. */
const INVALIDATE_MESSAGE = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
const REDIRECTION_BROKEN = ">2\r\n$21\r\ntracking-redir-broken\r\n";

interface Message {
  /** The one that tracks. */
  readonly client: Connection;
  /** When it is told after it stopped tracking, in the same transaction: as it was. */
  readonly redirectTo: number;
  /** An encoded array; `undefined`: every key. */
  readonly keys: string | undefined;
}

export interface TrackingParts {
  readonly changes: ChangeFeed;
  readonly clients: Clients;
  readonly gates: Gates;
  readonly hub: Hub;
  /** The client whose request is being executed: what it is told comes after its reply. */
  readonly running: () => Connection | undefined;
  /** `tracking-table-max-keys`; 0: no limit. */
  readonly keysMax: () => number;
  /** Asks for a `flush` at the end of the turn. */
  readonly schedule: () => void;
}

/**
 * Client-side caching: tells clients which of the keys that they read, or asked for by prefix, have changed. Listens
 * to changes only while somebody tracks.
 *
 * Source: Redis 7.0 src/tracking.c. When nobody tracks any more, all is forgotten.
 */
export class Tracking implements ChangeListener {
  readonly #parts: TrackingParts;
  readonly #trackers = new Set<Connection>();
  readonly #keys = new TrackedKeys();
  readonly #prefixes = new TrackedPrefixes();
  /** What is told when the running client has its reply, in order. */
  #pending: Message[] = [];

  constructor(parts: TrackingParts) {
    this.#parts = parts;
  }

  /** INFO `tracking_clients`. */
  get clientCount(): number {
    return this.#trackers.size;
  }

  get keyCount(): number {
    return this.#keys.keyCount;
  }

  get itemCount(): number {
    return this.#keys.itemCount;
  }

  get prefixCount(): number {
    return this.#prefixes.size;
  }

  /** Without prefixes BCAST means every key; prefixes of before stay, as does CLIENT CACHING. Source: enableTracking. */
  enable(client: Connection, options: TrackingOptions, prefixes: readonly Bytes[]): void {
    const { isCachingGiven = false, prefixes: kept = new Set<Bytes>() } = client.tracking ?? {};
    client.tracking = { ...options, isCachingGiven, isBroken: false, prefixes: kept };
    if (options.isBroadcast) {
      for (const prefix of prefixes.length === 0 ? [EVERY_KEY] : prefixes.map(own)) {
        kept.add(prefix);
        this.#prefixes.add(prefix, client);
      }
    }
    this.#trackers.add(client);
    this.#parts.changes.add(this);
    this.#parts.gates.set(Gate.tracking, true);
  }

  /** CLIENT TRACKING OFF, RESET, or the client is gone. */
  disable(client: Connection): void {
    if (client.tracking === undefined) return;
    for (const prefix of client.tracking.prefixes) this.#prefixes.remove(prefix, client);
    client.tracking = undefined;
    this.#trackers.delete(client);
    if (this.#trackers.size > 0) return;
    this.#keys.clear();
    this.#parts.changes.remove(this);
    this.#parts.gates.set(Gate.tracking, false);
  }

  /** A readonly command of the client was executed on these keys. Source: trackingRememberKeys. */
  remember(client: Connection, keys: readonly Bytes[]): void {
    const { tracking } = client;
    if (tracking === undefined || tracking.isBroadcast) return;
    if (tracking.isOptIn && !tracking.isCachingGiven) return;
    if (tracking.isOptOut && tracking.isCachingGiven) return;
    for (const key of keys) this.#keys.add(key, client.id);
    this.#dropOldest();
  }

  /** A request is over, executed or refused: CLIENT CACHING held for it, unless it began a transaction. */
  ended(client: Connection, command: Command | undefined): void {
    const { tracking } = client;
    if (tracking === undefined || client.transaction !== undefined) return;
    if (command?.isClientCommand !== true) tracking.isCachingGiven = false;
  }

  changed(_table: KeyTable, key: Bytes): void {
    const running = this.#parts.running();
    if (this.#prefixes.size > 0) this.#noteForPrefixes(key, running);
    this.#invalidate(key, running);
  }

  /** Before `changed`, also of eviction: nobody did it, so nobody is spared. */
  expired(_table: KeyTable, key: Bytes): void {
    if (this.#prefixes.size > 0) this.#noteForPrefixes(key, undefined);
  }

  /** FLUSHALL or FLUSHDB: whatever the clients have is out of date. */
  flushed(): void {
    this.#keys.clear();
    for (const client of this.#trackers) this.#tell(client, undefined);
  }

  /** The running client's reply is complete, or what it reads next must not be older than what it is told. */
  flushPending(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const message of pending) this.#deliver(message);
  }

  /** The end of the turn: one message for each prefix. Source: trackingBroadcastInvalidationMessages. */
  flush(): void {
    if (!this.#prefixes.hasNews) return;
    for (const { listeners, changed } of this.#prefixes.takeNews()) {
      const forAll = keyArray([...changed.keys()]);
      for (const client of listeners) {
        const others =
          client.tracking?.isNoLoop === true ? changedByOthers(changed, client) : undefined;
        if (others?.length === 0) continue;
        this.#tell(client, others === undefined ? forAll : keyArray(others));
      }
    }
  }

  #noteForPrefixes(key: Bytes, by: Connection | undefined): void {
    this.#prefixes.changed(key, by);
    if (this.#prefixes.hasNews) this.#parts.schedule();
  }

  #invalidate(key: Bytes, running: Connection | undefined): void {
    let message: string | undefined;
    for (const id of this.#keys.take(key)) {
      const client = this.#parts.clients.get(id);
      const tracking = client?.tracking;
      // Gone, or it tracks in another way by now.
      if (client === undefined || tracking === undefined || tracking.isBroadcast) continue;
      if (tracking.isNoLoop && client === running) continue;
      message ??= keyArray([key]);
      this.#tell(client, message);
    }
  }

  /** Its readers are told that the key changed, so that they do not rely on hearing of it later. */
  #dropOldest(): void {
    const max = this.#parts.keysMax();
    if (max === 0) return;
    while (this.#keys.keyCount > max) {
      const { oldest } = this.#keys;
      if (oldest === undefined) return;
      this.#invalidate(oldest, undefined);
    }
  }

  /** A transaction may change protocol and receiver until its end, so what waits has neither yet. */
  #tell(client: Connection, keys: string | undefined): void {
    const { tracking } = client;
    if (tracking === undefined) return;
    const message = { client, redirectTo: tracking.redirectTo, keys };
    const running = this.#parts.running();
    const isForRunning = client === running || running?.id === tracking.redirectTo;
    if (isForRunning && running !== undefined) this.#pending.push(message);
    else this.#deliver(message);
  }

  /** Source: sendTrackingMessage. */
  #deliver(message: Message): void {
    const { client, keys } = message;
    const { redirectTo } = client.tracking ?? message;
    const isRedirected = redirectTo !== 0;
    const receiver = isRedirected ? this.#parts.clients.get(redirectTo) : client;
    if (receiver === undefined || receiver.isClosed) {
      if (client.tracking !== undefined) client.tracking.isBroken = true;
      if (client.protocol === 3) this.#write(client, `${REDIRECTION_BROKEN}:${redirectTo}\r\n`);
    } else if (receiver.protocol === 3) {
      this.#write(receiver, `${INVALIDATE}${keys ?? "_\r\n"}`);
    } else if (isRedirected && receiver.isSubscriber) {
      // RESP2 has no pushes: only a subscriber expects something that it did not ask for.
      this.#write(receiver, `${INVALIDATE_MESSAGE}${keys ?? "$-1\r\n"}`);
    }
  }

  /** Not through a ReplyWriter: CLIENT REPLY OFF does not silence pushes. */
  #write(receiver: Connection, frame: string): void {
    if (receiver.isClosing || receiver.isClosed) return;
    this.#parts.hub.sync(receiver);
    receiver.out += frame;
    if (receiver.out.length > REPLY_STRING_CHARS_MAX) receiver.spill();
    receiver.markDirty();
  }
}

function changedByOthers(
  changed: ReadonlyMap<Bytes, Connection | undefined>,
  client: Connection,
): Bytes[] {
  return [...changed].flatMap(([key, by]) => (by === client ? [] : [key]));
}

function keyArray(keys: readonly Bytes[]): string {
  const bulks = keys.map((key) => `${bulkHead(key.length)}${key}\r\n`);
  return `*${keys.length}\r\n${bulks.join("")}`;
}

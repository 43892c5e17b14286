import { ascii, type Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { ChangeFeed, ChangeListener } from "./change-feed.ts";
import type { Config } from "./config/config.ts";
import type { Hub } from "./pubsub/hub.ts";

/**
 * The classes of `notify-keyspace-events`, by name. Source: Redis 7.0 src/notify.c; `overwritten` and
 * `type_changed` came with 8.2.
 */
const CLASS_FLAGS = {
  generic: "g",
  string: "$",
  list: "l",
  set: "s",
  hash: "h",
  "sorted-set": "z",
  expired: "x",
  evicted: "e",
  stream: "t",
  module: "d",
  "key-miss": "m",
  new: "n",
  overwritten: "o",
  "type-changed": "c",
} as const;

export type EventClass = keyof typeof CLASS_FLAGS;

/**
 * Keyspace notifications: publishes what happened to keys on this node's own channels. A cluster does not carry
 * them: who wants all of them subscribes on every node, as in Redis.
 */
export class KeyspaceEvents {
  readonly #hub: Hub;
  /** In a cluster the index of a table is a slot, and the database is 0. */
  readonly #isCluster: boolean;
  readonly #changes: ChangeFeed;
  /** Events that no handler announces, since they happen on the way. */
  readonly #unannounced: ChangeListener = {
    added: (table, key) => {
      this.notify(table, "new", "new", key);
    },
    expired: (table, key) => {
      this.notify(table, "expired", "expired", key);
    },
    missed: (table, key) => {
      this.notify(table, "key-miss", "keymiss", key);
    },
  };
  /** Takes events in place of the hub: what is announced is to be committed before. */
  outlet: ((channel: Bytes, payload: Bytes) => void) | undefined;
  #classes: ReadonlySet<EventClass> = new Set();
  #byKey = false;
  #byEvent = false;

  constructor(options: {
    readonly hub: Hub;
    readonly changes: ChangeFeed;
    readonly isCluster: boolean;
  }) {
    this.#hub = options.hub;
    this.#changes = options.changes;
    this.#isCluster = options.isCluster;
  }

  /** False: nobody asked for events, the everyday case. */
  get isOn(): boolean {
    return this.#classes.size > 0;
  }

  has(eventClass: EventClass): boolean {
    return this.#classes.has(eventClass);
  }

  /** `flags` in the canonical form of config/keyspace-events.ts. Without K or E nothing is published. */
  configure(flags: string): void {
    this.#byKey = flags.includes("K");
    this.#byEvent = flags.includes("E");
    const all = flags.includes("A");
    const classes = Object.entries(CLASS_FLAGS).filter(
      ([name, flag]) => flags.includes(flag) || (all && !NOT_IN_ALL.has(name)),
    );
    const isOn = this.#byKey || this.#byEvent;
    // Object.entries forgets the key type
    this.#classes = new Set(isOn ? classes.map(([name]) => name as EventClass) : []);
    if (this.isOn) this.#changes.add(this.#unannounced);
    else this.#changes.remove(this.#unannounced);
  }

  /** Source: Redis 7.0 src/notify.c, notifyKeyspaceEvent. */
  notify(table: KeyTable, eventClass: EventClass, event: string, key: Bytes): void {
    if (!this.#classes.has(eventClass)) return;
    const database = this.#isCluster ? 0 : table.index;
    if (this.#byKey) {
      this.#publish(ascii(`__keyspace@${database}__:${key}`), ascii(event));
    }
    if (this.#byEvent) {
      this.#publish(ascii(`__keyevent@${database}__:${event}`), key);
    }
  }

  #publish(channel: Bytes, payload: Bytes): void {
    if (this.outlet === undefined) this.#hub.publish("channel", channel, payload);
    else this.outlet(channel, payload);
  }
}

/** `A` leaves these out: they would flood (Redis 7.0 src/server.h, NOTIFY_ALL). */
const NOT_IN_ALL = new Set<string>(["key-miss", "new", "overwritten", "type-changed"]);

/** `notify-keyspace-events` holds from the start, and from each CONFIG SET on. */
export function followKeyspaceEvents(config: Config, events: KeyspaceEvents): void {
  events.configure(config.get("notify-keyspace-events"));
  config.onChange("notify-keyspace-events", (flags) => {
    events.configure(flags);
  });
}

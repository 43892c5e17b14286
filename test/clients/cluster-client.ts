/** One entry of a stream. */
export interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a consumer of a group asks for. */
export interface GroupRead {
  readonly group: string;
  readonly consumer: string;
  /** Of each stream. */
  readonly count: number;
  /** From where on: `>` for new entries, an id for what is pending for this consumer above it. */
  readonly streams: Readonly<Record<string, string>>;
}

/** XPENDING of a whole group. */
export interface PendingSummary {
  readonly count: number;
  readonly lowest: string | null;
  readonly highest: string | null;
  readonly ofConsumers: Readonly<Record<string, number>>;
}

/** XCLAIM, and XAUTOCLAIM, which finds the ids itself. */
export interface Claim {
  readonly group: string;
  readonly consumer: string;
  readonly minIdleMs: number;
}

/** What a subscriber is told: pattern subscribers learn the channel too. */
export type Listener = (message: string, channel: string) => void;

/**
 * What a client library does for its users, in words that all of them share, so that one suite tells the same
 * story to each. Everything goes through the library's own API: which node, which connection and which reply
 * shape is its business. Ends with its `await using` block.
 */
export interface ClusterClient extends AsyncDisposable {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  /** Any command with a key. Rejects when the reply is an error. */
  call(name: string, key: string, ...args: readonly string[]): Promise<unknown>;
  /** Makes it believe that the node of `elsewhere` owns the slot of `key`: stale, as after a slot has moved. */
  misplace(key: string, elsewhere: string): void;
  /** Many commands in one go, their keys on one node; the replies in their order. */
  pipeline(commands: readonly (readonly [name: string, ...args: string[]])[]): Promise<unknown[]>;
  /** MULTI, the commands and EXEC; their keys in one slot. The replies in their order. */
  transaction(
    commands: readonly (readonly [name: string, ...args: string[]])[],
  ): Promise<unknown[]>;
  /** RPUSH. Resolves with the length. */
  push(key: string, ...values: readonly string[]): Promise<number>;
  /** LRANGE of everything. */
  list(key: string): Promise<string[]>;
  /** BLPOP. Occupies the connection to the key's node: use a client of its own. */
  awaitFirst(
    keys: string[],
    timeoutS: number,
  ): Promise<readonly [key: string, value: string] | null>;
  /** XADD with an id of the server's. Resolves with it. */
  append(stream: string, fields: Record<string, string>): Promise<string>;
  /** XREAD BLOCK. Occupies the connection to the stream's node. Empty: the time is over. */
  awaitEntries(stream: string, afterId: string, blockMs: number): Promise<Entry[]>;
  /** XRANGE of everything. */
  entries(stream: string): Promise<Entry[]>;
  /** XGROUP subcommand stream … */
  changeGroups(subcommand: string, stream: string, ...args: readonly string[]): Promise<unknown>;
  /** XREADGROUP. Entries by stream; streams without any are left out. */
  readGroup(read: GroupRead): Promise<Readonly<Record<string, Entry[]>>>;
  pendingOf(stream: string, group: string): Promise<PendingSummary>;
  claim(stream: string, id: string, claim: Claim): Promise<Entry[]>;
  claimIdle(stream: string, claim: Claim): Promise<Entry[]>;
  /** XINFO, field by field; one element for STREAM, one each for GROUPS and CONSUMERS, which has a group. */
  inspect(
    what: "STREAM" | "GROUPS" | "CONSUMERS",
    stream: string,
    group?: string,
  ): Promise<Readonly<Record<string, unknown>>[]>;
  publish(channel: string, message: string): Promise<number>;
  publishSharded(channel: string, message: string): Promise<number>;
  subscribe(channel: string, listener: Listener): Promise<void>;
  subscribePattern(pattern: string, listener: Listener): Promise<void>;
  subscribeSharded(channel: string, listener: Listener): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  unsubscribeSharded(channel: string): Promise<void>;
  /** Resolves with what CLIENT LIST calls the protocol of its connection: `2` or `3`. */
  spokenProtocol(): Promise<string>;
}

import type { AclCategory } from "./acl-categories.ts";

/** A command flag, spelled as `COMMAND INFO` shows it (Redis 7.0 src/server.c, addReplyFlagsForCommand). */
export type CommandFlag =
  | "write" //       may change the keyspace: persisted, replicated, refused on a replica
  | "readonly" //    never changes it: served by a replica after READONLY
  | "denyoom" //     may grow memory: refused above maxmemory
  | "module"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking" //    may park the client: unpark it when its slot leaves
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast" //        O(1) or O(log N)
  | "no_auth" //     allowed before AUTH
  | "may_replicate"
  | "no_multi"
  | "movablekeys" // the key positions depend on the arguments
  | "allow_busy"
  | "no_async_loading"
  | "no_mandatory_keys";

/** What a command does with the keys of one KeySpec; words of `COMMAND INFO`, in its order. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key" // routes like a key and is none: shard channels
  | "incomplete" // there are more keys than this spec finds
  | "variable_flags"; // the arguments decide: see `note`

/**
 * Which arguments choose the slot, as Redis 7.0 describes it: where the search begins, then how it goes on.
 * Argument 0 is the command's name; a negative position counts from the end.
 */
export interface KeySpec {
  /** For people; `COMMAND INFO` shows it. */
  readonly note?: string;
  readonly flags: readonly KeyFlag[];
  readonly begin:
    | { readonly type: "index"; readonly index: number }
    /** The keys start after this word (any case), looked for from `startFrom` on; negative: backwards. */
    | { readonly type: "keyword"; readonly keyword: string; readonly startFrom: number }
    | { readonly type: "unknown" };
  readonly find: KeyRange | KeyCount | UnknownKeys;
}

/**
 * `lastKey` counts from the begin position; negative: from the last argument. `limit` n > 1: only the first
 * 1/n of what is left (then `lastKey` is -1); 0 and 1 mean all of it.
 */
interface KeyRange {
  readonly type: "range";
  readonly lastKey: number;
  readonly keyStep: number;
  readonly limit: number;
}

/** An argument says how many keys there are. Both positions count from the begin position. */
interface KeyCount {
  readonly type: "keynum";
  readonly keyNumIndex: number;
  readonly firstKey: number;
  readonly keyStep: number;
}

/** `COMMAND INFO` cannot describe them. `rule` names the code that finds them, for routing; without it nobody does. */
interface UnknownKeys {
  readonly type: "unknown";
  readonly rule?: "sort-store";
}

/**
 * Which arguments are channels, and what the command does with them; COMMAND INFO does not tell. Who only asks about
 * channels (PUBSUB) has none, as in Redis. Shard channels route by `keySpecs` besides.
 */
export interface ChannelSpec {
  readonly kind: "channel" | "pattern" | "shardChannel";
  readonly action: "subscribe" | "unsubscribe" | "publish";
  /** The first argument, or all from it on. */
  readonly which: "first" | "all";
}

/** One row of the command table. A subcommand is a row of its own, named `container|subcommand`. */
export interface CommandSpec {
  /** Arguments with the name (and subcommand) counted; -N means N or more. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** Only those that do not follow from the flags: `aclCategories` gives all. */
  readonly categories: readonly AclCategory[];
  /** Hints for routing clients, words of `COMMAND INFO`. */
  readonly tips: readonly string[];
  readonly keySpecs: readonly KeySpec[];
  /** Missing: it has no channels. */
  readonly channels?: ChannelSpec;
  /** This name only groups subcommands and has no handler, unless `handled` says it also works alone (COMMAND). */
  readonly container?: true;
  readonly handled?: true;
}

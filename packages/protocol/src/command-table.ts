import type { CommandSpec, KeyFlag, KeySpec } from "./command-spec.ts";

const none = [] as const;

// Flags that come in groups. The order inside a row is that of `COMMAND INFO`.
const anytime = ["loading", "stale"] as const;
const anytimeFast = [...anytime, "fast"] as const;
const hello = ["noscript", ...anytime, "fast", "no_auth", "allow_busy"] as const;
const connected = ["noscript", ...anytime] as const;
const admin = ["admin", ...connected] as const;
const subscriber = ["pubsub", ...connected] as const;
const publisher = ["pubsub", ...anytimeFast] as const;
const subscribers = ["pubsub", ...anytime] as const;

const connection = ["connection"] as const;
const keyspace = ["keyspace"] as const;

const varies = ["nondeterministic_output"] as const;
const unordered = ["nondeterministic_output_order"] as const;
const everyNode = ["request_policy:all_nodes", "response_policy:all_succeeded"] as const;
const everyShard = ["request_policy:all_shards", "response_policy:all_succeeded"] as const;
const sumOfShards = ["request_policy:all_shards", "response_policy:agg_sum"] as const;
const sumOfSlots = ["request_policy:multi_shard", "response_policy:agg_sum"] as const;
const infoOfShards = [...varies, "request_policy:all_shards", "response_policy:special"] as const;

const firstKeyRO = keys({ last: 0, flags: ["RO"] });
const firstKeyRead = keys({ last: 0, flags: ["RO", "access"] });
const firstKeyUpdate = keys({ last: 0, flags: ["RW", "update"] });
const firstKeyCount = keys({ last: 0, flags: ["RW", "access", "update"] });
const firstKeyInsert = keys({ last: 0, flags: ["RW", "insert"] });
const firstKeyDelete = keys({ last: 0, flags: ["RW", "delete"] });
const firstKeyPop = keys({ last: 0, flags: ["RW", "access", "delete"] });
const allKeysRO = keys({ last: -1, flags: ["RO"] });
const allKeysRemove = keys({ last: -1, flags: ["RM", "delete"] });
const allButTimeoutPop = keys({ last: -2, flags: ["RW", "access", "delete"] });
const firstChannel = keys({ last: 0, flags: ["not_key"] });
const allChannels = keys({ last: -1, flags: ["not_key"] });
const setKey = keys({
  last: 0,
  flags: ["RW", "access", "update", "variable_flags"],
  note: "RW and ACCESS due to the optional `GET` argument",
});
const xaddKey = keys({
  last: 0,
  flags: ["RW", "update"],
  note: "UPDATE instead of INSERT because of the optional trimming feature",
});
const afterStreams: readonly KeySpec[] = [
  {
    flags: ["RO", "access"],
    begin: { type: "keyword", keyword: "STREAMS", startFrom: 1 },
    find: { type: "range", lastKey: -1, keyStep: 1, limit: 2 },
  },
];

/**
 * Every command this broker knows. The facts are those of Redis 7.0.15, and of 7.2 for the rows it added
 * (test/oracle/command-table.test.ts compares them with a running server). Dispatch, routing, admission and
 * `COMMAND` read this table; the compiler asks a handler for each row (HandledCommandName).
 */
// prettier-ignore
export const COMMANDS = {
  // the connection
  ping:                      { arity: -1, flags: ["fast"],    categories: connection,    tips: everyShard,   keySpecs: none },
  echo:                      { arity: 2,  flags: anytimeFast, categories: connection,    tips: none,         keySpecs: none },
  quit:                      { arity: -1, flags: hello,       categories: connection,    tips: none,         keySpecs: none },
  reset:                     { arity: 1,  flags: hello,       categories: connection,    tips: none,         keySpecs: none },
  select:                    { arity: 2,  flags: anytimeFast, categories: connection,    tips: none,         keySpecs: none },
  hello:                     { arity: -1, flags: hello,       categories: connection,    tips: none,         keySpecs: none },
  auth:                      { arity: -2, flags: hello,       categories: connection,    tips: none,         keySpecs: none },
  readonly:                  { arity: 1,  flags: anytimeFast, categories: connection,    tips: none,         keySpecs: none },
  readwrite:                 { arity: 1,  flags: anytimeFast, categories: connection,    tips: none,         keySpecs: none },
  asking:                    { arity: 1,  flags: ["fast"],    categories: connection,    tips: none,         keySpecs: none },
  client:                    { arity: -2, flags: none,        categories: none,          tips: none,         keySpecs: none, container: true },
  "client|id":               { arity: 2,  flags: connected,   categories: connection,    tips: none,         keySpecs: none },
  "client|info":             { arity: 2,  flags: connected,   categories: connection,    tips: varies,       keySpecs: none },
  "client|list":             { arity: -2, flags: admin,       categories: connection,    tips: varies,       keySpecs: none },
  "client|getname":          { arity: 2,  flags: connected,   categories: connection,    tips: none,         keySpecs: none },
  "client|setname":          { arity: 3,  flags: connected,   categories: connection,    tips: none,         keySpecs: none },
  "client|setinfo":          { arity: 4,  flags: connected,   categories: connection,    tips: none,         keySpecs: none }, // 7.2
  "client|kill":             { arity: -3, flags: admin,       categories: connection,    tips: none,         keySpecs: none },
  "client|pause":            { arity: -3, flags: admin,       categories: connection,    tips: none,         keySpecs: none },
  "client|unpause":          { arity: 2,  flags: admin,       categories: connection,    tips: none,         keySpecs: none },
  "client|reply":            { arity: 3,  flags: connected,   categories: connection,    tips: none,         keySpecs: none },
  "client|unblock":          { arity: -3, flags: admin,       categories: connection,    tips: none,         keySpecs: none },
  "client|no-evict":         { arity: 3,  flags: admin,       categories: connection,    tips: none,         keySpecs: none },
  "client|no-touch":         { arity: 3,  flags: connected,   categories: connection,    tips: none,         keySpecs: none }, // 7.2
  "client|help":             { arity: 2,  flags: anytime,     categories: connection,    tips: none,         keySpecs: none },

  // the server
  time:                      { arity: 1,  flags: anytimeFast, categories: none,          tips: varies,       keySpecs: none },
  info:                      { arity: -1, flags: anytime,     categories: ["dangerous"], tips: infoOfShards, keySpecs: none },
  config:                    { arity: -2, flags: none,        categories: none,          tips: none,         keySpecs: none, container: true },
  "config|get":              { arity: -3, flags: admin,       categories: none,          tips: none,         keySpecs: none },
  "config|set":              { arity: -4, flags: admin,       categories: none,          tips: everyNode,    keySpecs: none },
  "config|resetstat":        { arity: 2,  flags: admin,       categories: none,          tips: none,         keySpecs: none },
  "config|rewrite":          { arity: 2,  flags: admin,       categories: none,          tips: none,         keySpecs: none },
  "config|help":             { arity: 2,  flags: anytime,     categories: none,          tips: none,         keySpecs: none },
  command:                   { arity: -1, flags: anytime,     categories: connection,    tips: unordered,    keySpecs: none, container: true, handled: true },
  "command|count":           { arity: 2,  flags: anytime,     categories: connection,    tips: none,         keySpecs: none },
  "command|info":            { arity: -2, flags: anytime,     categories: connection,    tips: unordered,    keySpecs: none },
  "command|docs":            { arity: -2, flags: anytime,     categories: connection,    tips: unordered,    keySpecs: none },
  "command|list":            { arity: -2, flags: anytime,     categories: connection,    tips: unordered,    keySpecs: none },
  "command|getkeys":         { arity: -4, flags: anytime,     categories: connection,    tips: none,         keySpecs: none },
  "command|getkeysandflags": { arity: -4, flags: anytime,     categories: connection,    tips: none,         keySpecs: none },
  "command|help":            { arity: 2,  flags: anytime,     categories: connection,    tips: none,         keySpecs: none },
  shutdown:                  { arity: -1, flags: [...admin, "no_multi", "allow_busy"], categories: none, tips: none, keySpecs: none },

  // the keyspace
  dbsize:    { arity: 1,  flags: ["readonly", "fast"],                      categories: keyspace,                tips: sumOfShards, keySpecs: none },
  flushall:  { arity: -1, flags: ["write"],                                 categories: ["keyspace", "dangerous"], tips: everyShard, keySpecs: none },
  flushdb:   { arity: -1, flags: ["write"],                                 categories: ["keyspace", "dangerous"], tips: everyShard, keySpecs: none },
  del:       { arity: -2, flags: ["write"],                                 categories: keyspace,   tips: sumOfSlots, keySpecs: allKeysRemove },
  exists:    { arity: -2, flags: ["readonly", "fast"],                      categories: keyspace,   tips: sumOfSlots, keySpecs: allKeysRO },
  type:      { arity: 2,  flags: ["readonly", "fast"],                      categories: keyspace,   tips: none,       keySpecs: firstKeyRO },
  expire:    { arity: -3, flags: ["write", "fast"],                         categories: keyspace,   tips: none,       keySpecs: firstKeyUpdate },
  ttl:       { arity: 2,  flags: ["readonly", "fast"],                      categories: keyspace,   tips: varies,     keySpecs: firstKeyRead },

  // strings
  set:       { arity: -3, flags: ["write", "denyoom"],                      categories: ["string"], tips: none,       keySpecs: setKey },
  get:       { arity: 2,  flags: ["readonly", "fast"],                      categories: ["string"], tips: none,       keySpecs: firstKeyRead },
  incr:      { arity: 2,  flags: ["write", "denyoom", "fast"],              categories: ["string"], tips: none,       keySpecs: firstKeyCount },

  // lists
  lpush:     { arity: -3, flags: ["write", "denyoom", "fast"],              categories: ["list"],   tips: none,       keySpecs: firstKeyInsert },
  rpush:     { arity: -3, flags: ["write", "denyoom", "fast"],              categories: ["list"],   tips: none,       keySpecs: firstKeyInsert },
  lpop:      { arity: -2, flags: ["write", "fast"],                         categories: ["list"],   tips: none,       keySpecs: firstKeyPop },
  rpop:      { arity: -2, flags: ["write", "fast"],                         categories: ["list"],   tips: none,       keySpecs: firstKeyPop },
  llen:      { arity: 2,  flags: ["readonly", "fast"],                      categories: ["list"],   tips: none,       keySpecs: firstKeyRO },
  lrange:    { arity: 4,  flags: ["readonly"],                              categories: ["list"],   tips: none,       keySpecs: firstKeyRead },
  blpop:     { arity: -3, flags: ["write", "noscript", "blocking"],         categories: ["list"],   tips: none,       keySpecs: allButTimeoutPop },
  brpop:     { arity: -3, flags: ["write", "noscript", "blocking"],         categories: ["list"],   tips: none,       keySpecs: allButTimeoutPop },

  // streams
  xadd:      { arity: -5, flags: ["write", "denyoom", "fast"],              categories: ["stream"], tips: varies,     keySpecs: xaddKey },
  xlen:      { arity: 2,  flags: ["readonly", "fast"],                      categories: ["stream"], tips: none,       keySpecs: firstKeyRO },
  xrange:    { arity: -4, flags: ["readonly"],                              categories: ["stream"], tips: none,       keySpecs: firstKeyRead },
  xrevrange: { arity: -4, flags: ["readonly"],                              categories: ["stream"], tips: none,       keySpecs: firstKeyRead },
  xread:     { arity: -4, flags: ["readonly", "blocking", "movablekeys"],   categories: ["stream"], tips: none,       keySpecs: afterStreams },
  xdel:      { arity: -3, flags: ["write", "fast"],                         categories: ["stream"], tips: none,       keySpecs: firstKeyDelete },
  xtrim:     { arity: -4, flags: ["write"],                                 categories: ["stream"], tips: varies,     keySpecs: firstKeyDelete },

  // pub/sub: classic channels go to every node, shard channels route to one slot like keys
  subscribe:              { arity: -2, flags: subscriber,  categories: none, tips: none, keySpecs: none },
  unsubscribe:            { arity: -1, flags: subscriber,  categories: none, tips: none, keySpecs: none },
  psubscribe:             { arity: -2, flags: subscriber,  categories: none, tips: none, keySpecs: none },
  punsubscribe:           { arity: -1, flags: subscriber,  categories: none, tips: none, keySpecs: none },
  publish:                { arity: 3,  flags: publisher,   categories: none, tips: none, keySpecs: none },
  ssubscribe:             { arity: -2, flags: subscriber,  categories: none, tips: none, keySpecs: allChannels },
  sunsubscribe:           { arity: -1, flags: subscriber,  categories: none, tips: none, keySpecs: allChannels },
  spublish:               { arity: 3,  flags: publisher,   categories: none, tips: none, keySpecs: firstChannel },
  pubsub:                 { arity: -2, flags: none,        categories: none, tips: none, keySpecs: none, container: true },
  "pubsub|channels":      { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|numsub":        { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|numpat":        { arity: 2,  flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|shardchannels": { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|shardnumsub":   { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|help":          { arity: 2,  flags: anytime,     categories: none, tips: none, keySpecs: none },

  // the cluster
  cluster:                   { arity: -2, flags: none,      categories: none, tips: none,   keySpecs: none, container: true },
  "cluster|slots":           { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|shards":          { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|nodes":           { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|info":            { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|myid":            { arity: 2,  flags: ["stale"], categories: none, tips: none,   keySpecs: none },
  "cluster|myshardid":       { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none }, // 7.2
  "cluster|keyslot":         { arity: 3,  flags: ["stale"], categories: none, tips: none,   keySpecs: none },
  "cluster|countkeysinslot": { arity: 3,  flags: ["stale"], categories: none, tips: none,   keySpecs: none },
  "cluster|getkeysinslot":   { arity: 4,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|links":           { arity: 2,  flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|help":            { arity: 2,  flags: anytime,   categories: none, tips: none,   keySpecs: none },
} as const satisfies Record<string, CommandSpec>;

/** A row's name: lower case, subcommands as `container|subcommand`. */
export type CommandName = keyof typeof COMMANDS;

/** The rows that need a handler: all but the pure containers. */
export type HandledCommandName = {
  [Name in CommandName]: (typeof COMMANDS)[Name] extends {
    readonly container: true;
    readonly handled?: never;
  }
    ? never
    : Name;
}[CommandName];

/** Keys from argument 1 on. `last` 0: only that one; negative: up to this argument, counted from the end. */
function keys(options: {
  readonly last: number;
  readonly flags: readonly KeyFlag[];
  readonly note?: string;
}): readonly KeySpec[] {
  const { last, flags, note } = options;
  return [
    {
      ...(note === undefined ? {} : { note }),
      flags,
      begin: { type: "index", index: 1 },
      find: { type: "range", lastKey: last, keyStep: 1, limit: 0 },
    },
  ];
}

import { ACCEPTED_DIRECTIVES } from "./accepted-directives.ts";
import type { Directive, ValueOf } from "./directive.ts";
import { ANY_PORT, INT, LONG, POSITIVE_INT, POSITIVE_LONG, UINT, ULONG } from "./ranges.ts";

/** No client may ask for less than this: a larger value than 1 MB must always fit (Redis 7.0 src/config.c). */
const ONE_MB = 1_048_576;

// prettier-ignore
const EFFECTIVE_DIRECTIVES = {
  // network
  "port":            { type: "int",       default: "6379",     range: ANY_PORT, mutable: false, meaning: "effective", help: "TCP port for clients; 0 opens none" },
  "bind":            { type: "words",     default: "* -::*",                    mutable: false, meaning: "effective", help: "addresses to listen on; a leading - marks one that may be missing" },
  "listener":        { type: "listeners", default: "",                          mutable: false, meaning: "effective", help: "a further port for clients: name=bind:port or name=port" },
  "protected-mode":  { type: "bool",      default: "yes",                       mutable: true,  meaning: "effective", help: "without a password, refuse clients from other machines" },
  "tcp-backlog":     { type: "int",       default: "511",      range: INT,      mutable: false, meaning: "effective", help: "connections the kernel may hold before they are accepted" },
  "tcp-keepalive":   { type: "int",       default: "300",      range: INT,      mutable: true,  meaning: "effective", help: "seconds between keepalive probes; 0 sends none" },
  "timeout":         { type: "int",       default: "0",        range: INT,      mutable: true,  meaning: "effective", help: "close a client idle for so many seconds; 0 never does" },
  "maxclients":      { type: "int",       default: "10000",    range: UINT,     mutable: true,  meaning: "effective", help: "connections beyond this are refused" },
  "requirepass":     { type: "string",    default: "",                          mutable: true,  meaning: "effective", help: "password that clients must AUTH with", secret: true },

  // limits
  "client-output-buffer-limit": { type: "output-buffer-limits", default: "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", mutable: true, meaning: "effective", help: "close a client that does not read: class hard soft seconds" },
  "client-query-buffer-limit":  { type: "memory", default: "1gb",   range: [ONE_MB, LONG[1]], mutable: true, meaning: "effective", help: "bytes of one unfinished request" },
  "proto-max-bulk-len":         { type: "memory", default: "512mb", range: [ONE_MB, LONG[1]], mutable: true, meaning: "effective", help: "greatest argument of a request" },
  "stream-node-max-bytes":      { type: "memory", default: "4kb",   range: LONG,              mutable: true, meaning: "effective", help: "size at which a node of a stream is sealed" },
  "stream-node-max-entries":    { type: "int",    default: "100",   range: LONG,              mutable: true, meaning: "effective", help: "entries at which a node of a stream is sealed" },
  "stream-idmp-duration":       { type: "int",    default: "100",   range: [1, 86_400],       mutable: true, meaning: "effective", help: "seconds for which a new stream remembers messages sent with IDMP" },
  "set-max-intset-entries":     { type: "int",    default: "512",   range: LONG,              mutable: true, meaning: "effective", help: "greatest set of integers kept packed" },
  "stream-idmp-maxsize":        { type: "int",    default: "100",   range: [1, 10_000],       mutable: true, meaning: "effective", help: "messages of one producer that a new stream remembers" },

  // memory
  "maxmemory":                   { type: "memory", default: "0",          range: ULONG,                mutable: true, meaning: "effective", help: "bytes to use at most; then keys go or writes are refused; 0: no limit" },
  "maxmemory-policy":            { type: "enum",   default: "noeviction", values: ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"], mutable: true, meaning: "effective", help: "which keys go when maxmemory is reached" },
  "maxmemory-samples":           { type: "int",    default: "5",          range: POSITIVE_INT,         mutable: true, meaning: "effective", help: "keys looked at for each eviction" },
  "maxmemory-eviction-tenacity": { type: "int",    default: "10",         range: [0, 100],             mutable: true, meaning: "effective", help: "how long evictions may delay one command" },
  "maxmemory-clients":           { type: "memory", default: "0",          range: ULONG, percent: true, mutable: true, meaning: "effective", help: "bytes of all clients together, or a share of maxmemory; then the greatest are closed; 0: no limit" },
  "lfu-log-factor":              { type: "int",    default: "10",         range: INT,                  mutable: true, meaning: "effective", help: "how slowly the access frequency of a key grows" },
  "lfu-decay-time":              { type: "int",    default: "1",          range: INT,                  mutable: true, meaning: "effective", help: "minutes without a use until the access frequency shrinks" },
  "tracking-table-max-keys":     { type: "int",    default: "1000000",    range: LONG,                 mutable: true, meaning: "effective", help: "keys remembered for client-side caching; 0: no limit" },

  // events
  "notify-keyspace-events": { type: "keyspace-events", default: "", mutable: true, meaning: "effective", help: "events about keys to publish: classes, and K and E for the channels" },

  // observation
  "slowlog-log-slower-than":          { type: "int",  default: "10000",   range: [-1, LONG[1]], mutable: true, meaning: "effective", help: "microseconds from which a command is slow; -1: none is", alias: "commandlog-execution-slower-than" },
  "slowlog-max-len":                  { type: "int",  default: "128",     range: LONG,          mutable: true, meaning: "effective", help: "slow commands to remember", alias: "commandlog-slow-execution-max-len" },
  "commandlog-request-larger-than":   { type: "int",  default: "1048576", range: [-1, LONG[1]], mutable: true, meaning: "effective", help: "bytes from which a request is large; -1: none is" },
  "commandlog-large-request-max-len": { type: "int",  default: "128",     range: LONG,          mutable: true, meaning: "effective", help: "large requests to remember" },
  "commandlog-reply-larger-than":     { type: "int",  default: "1048576", range: [-1, LONG[1]], mutable: true, meaning: "effective", help: "bytes from which a reply is large; -1: none is" },
  "commandlog-large-reply-max-len":   { type: "int",  default: "128",     range: LONG,          mutable: true, meaning: "effective", help: "commands with a large reply to remember" },
  "latency-monitor-threshold":        { type: "int",  default: "0",       range: LONG,          mutable: true, meaning: "effective", help: "milliseconds from which LATENCY remembers what held the process up; 0: nothing" },
  "latency-tracking":                 { type: "bool", default: "yes",                           mutable: true, meaning: "effective", help: "keep a histogram of the latencies of each command" },
  "latency-tracking-info-percentiles": { type: "percentiles", default: "50 99 99.9",            mutable: true, meaning: "effective", help: "percentiles that INFO latencystats shows" },

  // durability
  "write-ack": { type: "enum", default: "replicated", values: ["async", "replicated"], refused: { fsynced: "fsynced needs persistence, which this version does not have" }, mutable: true, meaning: "effective", help: "a write is answered at once, or when every in-sync replica has it; CLIENT DURABILITY for one connection" },
  "min-isr":   { type: "int",  default: "1",          range: POSITIVE_INT, mutable: true, meaning: "effective", help: "nodes, the primary included, that must be in sync to accept a write" },

  // replication
  "replicaof":                { type: "primary-address", default: "", mutable: false, meaning: "effective", help: "host and port of the primary to follow, without a cluster; REPLICAOF changes it", alias: "slaveof" },
  "masterauth":               { type: "string", default: "",      mutable: true, meaning: "effective", help: "password for the primary", secret: true },
  "masteruser":               { type: "string", default: "",      mutable: true, meaning: "effective", help: "user for the primary" },
  "replica-serve-stale-data": { type: "bool",   default: "yes",   mutable: true, meaning: "effective", help: "serve reads while the primary is away", alias: "slave-serve-stale-data" },
  "replica-read-only":        { type: "fixed",  default: "yes",   why: "a replica has what its primary has", mutable: true, meaning: "effective", help: "refuse writes on a replica", alias: "slave-read-only" },
  "replica-priority":         { type: "int",    default: "100",   range: INT,           mutable: true, meaning: "effective", help: "shown by INFO: a sentinel promotes the lowest first, and never 0", alias: "slave-priority" },
  "replica-announced":        { type: "bool",   default: "yes",   mutable: true, meaning: "effective", help: "shown by INFO: whether sentinels tell of this replica" },
  "replica-announce-ip":      { type: "string", default: "",      mutable: true, meaning: "effective", help: "address that the primary shows for this replica; empty: the one it comes from", alias: "slave-announce-ip" },
  "replica-announce-port":    { type: "int",    default: "0",     range: ANY_PORT,      mutable: true, meaning: "effective", help: "port that the primary shows for this replica; 0: `port`", alias: "slave-announce-port" },
  "repl-timeout":             { type: "int",    default: "60",    range: POSITIVE_INT,  mutable: true, meaning: "effective", help: "seconds of silence after which the other end of replication is lost" },
  "repl-ping-replica-period": { type: "int",    default: "10",    range: POSITIVE_INT,  mutable: true, meaning: "effective", help: "seconds between signs of life to replicas", alias: "repl-ping-slave-period" },
  "repl-backlog-size":        { type: "memory", default: "1mb",   range: POSITIVE_LONG, mutable: true, meaning: "effective", help: "bytes of effects kept for replicas that come back" },
  "repl-backlog-ttl":         { type: "int",    default: "3600",  range: LONG,          mutable: true, meaning: "effective", help: "seconds to go on keeping them without any replica; 0: for ever" },
  "min-replicas-to-write":    { type: "int",    default: "0",     range: INT,           mutable: true, meaning: "effective", help: "in-sync replicas needed to accept a write; as `min-isr`, without the primary", alias: "min-slaves-to-write" },
  "min-replicas-max-lag":     { type: "int",    default: "10",    range: INT,           mutable: true, meaning: "effective", help: "0 turns `min-replicas-to-write` off; how long a replica may lag is not its business", alias: "min-slaves-max-lag" },

  // expiry
  "hz":                   { type: "int", default: "10", range: INT,     clamp: [1, 500], mutable: true, meaning: "effective", help: "how often a second expired keys are looked for" },
  "active-expire-effort": { type: "int", default: "1",  range: [1, 10], mutable: true, meaning: "effective", help: "effort of removing expired keys: 25 to 43 percent of the time, at most" },

  // process
  "dir":              { type: "string", form: "path", default: ".",                                      mutable: "protected", meaning: "effective", help: "directory of everything the node writes" },
  "databases":        { type: "int",    default: "16",        range: POSITIVE_INT,                       mutable: false,       meaning: "effective", help: "databases that SELECT can choose; a cluster has one" },
  "loglevel":         { type: "enum",   default: "notice",    values: ["debug", "verbose", "notice", "warning"], mutable: true, meaning: "effective", help: "the least important lines to log" },
  "logfile":          { type: "string", default: "",                                                     mutable: false,       meaning: "effective", help: "file to log to; empty: standard output" },
  "log-format":       { type: "enum",   default: "auto",      values: ["auto", "json", "pretty"],        mutable: false,       meaning: "effective", help: "auto: pretty on a terminal, JSON lines elsewhere" },
  "shutdown-timeout": { type: "int",    default: "10",        range: INT,                                mutable: true,        meaning: "effective", help: "seconds to drain connections when stopping" },
  "enable-debug-command": { type: "enum", default: "no",     values: ["no", "yes", "local"],            mutable: false,       meaning: "effective", help: "who may use DEBUG: nobody, everybody, clients of this machine" },

  // cluster
  "cluster-enabled":                 { type: "bool",   default: "no",         mutable: false, meaning: "effective", help: "be a node of a cluster; otherwise a standalone broker" },
  "cluster-config-file":             { type: "string", default: "nodes.conf", mutable: false, meaning: "effective", help: "names the files in `dir` in which this node keeps what it knows of its cluster; not edited by hand" },
  "cluster-port":                    { type: "int",    default: "0",          range: ANY_PORT, mutable: false, meaning: "effective", help: "TCP port of the cluster bus; 0: port + 10000" },
  "cluster-secret":                  { type: "string", default: "",           mutable: false, meaning: "effective", help: "shared by all nodes; links without it are refused", secret: true, hidden: true },
  "cluster-node-timeout":            { type: "int",    default: "1500",       range: LONG,    mutable: true,  meaning: "effective", help: "milliseconds of silence after which a node is suspected" },
  "cluster-publish-mode":            { type: "enum",   default: "interest",   values: ["all", "interest"], mutable: true, meaning: "effective", help: "send PUBLISH to all nodes, or only to those with a subscriber" },
  "cluster-link-sendbuf-limit":      { type: "memory", default: "64mb",       range: ULONG,   mutable: true,  meaning: "effective", help: "bytes queued for a peer that does not read; more are dropped and counted; 0: no limit" },
  "cluster-require-full-coverage":   { type: "bool",   default: "yes",        mutable: true,  meaning: "effective", help: "serve nothing while any slot has no owner" },
  "cluster-allow-reads-when-down":   { type: "bool",   default: "no",         mutable: true,  meaning: "effective", help: "serve reads while the cluster is down" },
  "cluster-allow-pubsubshard-when-down": { type: "bool", default: "yes",      mutable: true,  meaning: "effective", help: "serve sharded pub/sub while the cluster is down" },
  "cluster-seeds":                   { type: "seeds",  default: "",           mutable: false, meaning: "effective", help: "nodes that a new node asks to be let in, by their client ports; the first one founds the cluster; the same for all nodes" },
  "cluster-size":                    { type: "int",    default: "0",          range: [0, 4096], mutable: false, meaning: "effective", help: "nodes that must have come before they share the slots by themselves; 0: somebody else assigns slots" },
  "cluster-replicas":                { type: "int",    default: "0",          range: [0, 4096], mutable: false, meaning: "effective", help: "with cluster-size: replicas of each primary" },

  // announced addresses
  "cluster-announce-ip":             { type: "string", default: "",           mutable: true,  meaning: "effective", help: "address that clients and nodes are told; empty: the one bound" },
  "cluster-announce-port":           { type: "int",    default: "0",          range: ANY_PORT, mutable: true, meaning: "effective", help: "client port that is announced; 0: `port`" },
  "cluster-announce-bus-port":       { type: "int",    default: "0",          range: ANY_PORT, mutable: true, meaning: "effective", help: "bus port that is announced; 0: the one listened on" },
  "cluster-announce-hostname":       { type: "string", form: "hostname", default: "", mutable: true,  meaning: "effective", help: "host name that is announced beside the address" },
  "cluster-announce-human-nodename": { type: "string", form: "nodename", default: "", mutable: true,  meaning: "effective", help: "the node's name in logs" },
  "cluster-announce-client":         { type: "announced-clients", default: "", mutable: false, meaning: "effective", help: "address announced to clients of a listener: name=host:port" },
  "cluster-preferred-endpoint-type": { type: "enum",   default: "ip",         values: ["ip", "hostname", "unknown-endpoint"], mutable: true, meaning: "effective", help: "what redirects and CLUSTER SLOTS name" },
} as const satisfies Record<string, Directive>;

/** Every directive this node knows. Redis' names and defaults are those of 7.0.15, exceptions in docs/divergence.md. */
export const DIRECTIVES = {
  ...EFFECTIVE_DIRECTIVES,
  ...ACCEPTED_DIRECTIVES,
} as const satisfies Record<string, Directive>;

export type DirectiveName = keyof typeof DIRECTIVES;

/** `number` for "port", `"all" | "interest"` for "cluster-publish-mode". */
export type DirectiveValueOf<Name extends DirectiveName> = ValueOf<(typeof DIRECTIVES)[Name]>;

export const DIRECTIVE_NAMES: readonly DirectiveName[] = Object.keys(DIRECTIVES).filter(isName);

/** The directive's row, by its own name. */
export function directiveOf(name: DirectiveName): Directive {
  return DIRECTIVES[name];
}

/** Finds a directive by its name or its alias, in any case; `asWritten` is lower case. */
export function findDirective(
  text: string,
): { readonly name: DirectiveName; readonly asWritten: string } | undefined {
  const asWritten = text.toLowerCase();
  const name = isName(asWritten) ? asWritten : NAME_BY_ALIAS.get(asWritten);
  return name === undefined ? undefined : { name, asWritten };
}

const NAME_BY_ALIAS: ReadonlyMap<string, DirectiveName> = new Map(
  DIRECTIVE_NAMES.flatMap((name) => {
    const { alias } = directiveOf(name);
    return alias === undefined ? [] : [[alias, name] as const];
  }),
);

function isName(text: string): text is DirectiveName {
  return Object.hasOwn(DIRECTIVES, text);
}

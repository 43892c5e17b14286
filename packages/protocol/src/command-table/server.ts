import type { CommandSpec } from "../command-spec.ts";
import {
  admin,
  anytime,
  anytimeFast,
  connection,
  everyNode,
  everyShard,
  infoOfShards,
  keys,
  none,
  unordered,
  varies,
} from "./row-parts.ts";

/** Commands about the node: configuration, statistics, logs. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const SERVER_COMMANDS = {
  time:                      { arity: 1, flags: anytimeFast, categories: none, tips: varies, keySpecs: none },
  info:                      { arity: -1, flags: anytime, categories: ["dangerous"], tips: infoOfShards, keySpecs: none },
  config:                    { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "config|get":              { arity: -3, flags: admin, categories: none, tips: none, keySpecs: none },
  "config|set":              { arity: -4, flags: admin, categories: none, tips: everyNode, keySpecs: none },
  "config|resetstat":        { arity: 2, flags: admin, categories: none, tips: none, keySpecs: none },
  "config|rewrite":          { arity: 2, flags: admin, categories: none, tips: none, keySpecs: none },
  "config|help":             { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
  command:                   { arity: -1, flags: anytime, categories: connection, tips: unordered, keySpecs: none, container: true, handled: true },
  "command|count":           { arity: 2, flags: anytime, categories: connection, tips: none, keySpecs: none },
  "command|info":            { arity: -2, flags: anytime, categories: connection, tips: unordered, keySpecs: none },
  "command|docs":            { arity: -2, flags: anytime, categories: connection, tips: unordered, keySpecs: none },
  "command|list":            { arity: -2, flags: anytime, categories: connection, tips: unordered, keySpecs: none },
  "command|getkeys":         { arity: -4, flags: anytime, categories: connection, tips: none, keySpecs: none },
  "command|getkeysandflags": { arity: -4, flags: anytime, categories: connection, tips: none, keySpecs: none },
  "command|help":            { arity: 2, flags: anytime, categories: connection, tips: none, keySpecs: none },
  shutdown:                  { arity: -1, flags: [...admin, "no_multi", "allow_busy"], categories: none, tips: none, keySpecs: none },
  slowlog:                   { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "slowlog|get":             { arity: -2, flags: ["admin", "loading", "stale"], categories: none, tips: ["request_policy:all_nodes", "nondeterministic_output"], keySpecs: none },
  "slowlog|len":             { arity: 2, flags: ["admin", "loading", "stale"], categories: none, tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"], keySpecs: none },
  "slowlog|reset":           { arity: 2, flags: ["admin", "loading", "stale"], categories: none, tips: everyNode, keySpecs: none },
  "slowlog|help":            { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
  latency:                   { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "latency|latest":          { arity: 2, flags: admin, categories: none, tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"], keySpecs: none },
  "latency|history":         { arity: 3, flags: admin, categories: none, tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"], keySpecs: none },
  "latency|reset":           { arity: -2, flags: admin, categories: none, tips: everyNode, keySpecs: none },
  "latency|graph":           { arity: 3, flags: admin, categories: none, tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"], keySpecs: none },
  "latency|doctor":          { arity: 2, flags: admin, categories: none, tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"], keySpecs: none },
  "latency|histogram":       { arity: -2, flags: admin, categories: none, tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"], keySpecs: none },
  "latency|help":            { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
  memory:                    { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "memory|usage":            { arity: -3, flags: ["readonly"], categories: none, tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RO"] }) },
  "memory|stats":            { arity: 2, flags: none, categories: none, tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], keySpecs: none },
  "memory|doctor":           { arity: 2, flags: none, categories: none, tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], keySpecs: none },
  "memory|malloc-stats":     { arity: 2, flags: none, categories: none, tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], keySpecs: none },
  "memory|purge":            { arity: 2, flags: none, categories: none, tips: everyShard, keySpecs: none },
  "memory|help":             { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
  debug:                     { arity: -2, flags: admin, categories: none, tips: none, keySpecs: none },
  module:                    { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "module|list":             { arity: 2, flags: ["admin", "noscript"], categories: none, tips: unordered, keySpecs: none },
  "module|help":             { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
  lolwut:                    { arity: -1, flags: ["readonly", "fast"], categories: none, tips: none, keySpecs: none },
  role:                      { arity: 1, flags: ["noscript", ...anytimeFast], categories: ["admin", "dangerous"], tips: none, keySpecs: none },
  swapdb:                    { arity: 3, flags: ["write", "fast"], categories: ["keyspace", "dangerous"], tips: none, keySpecs: none },
  commandlog:                { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true }, // Valkey 8.1
  "commandlog|get":          { arity: 4, flags: ["admin", "loading", "stale"], categories: none, tips: none, keySpecs: none }, // Valkey 8.1
  "commandlog|len":          { arity: 3, flags: ["admin", "loading", "stale"], categories: none, tips: none, keySpecs: none }, // Valkey 8.1
  "commandlog|reset":        { arity: 3, flags: ["admin", "loading", "stale"], categories: none, tips: none, keySpecs: none }, // Valkey 8.1
  "commandlog|help":         { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none }, // Valkey 8.1
} as const satisfies Record<string, CommandSpec>;

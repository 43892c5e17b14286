import type { CommandSpec } from "../command-spec.ts";
import {
  admin,
  anytime,
  anytimeFast,
  connected,
  connection,
  everyShard,
  hello,
  none,
  varies,
} from "./row-parts.ts";

/** Commands about the connection itself. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const CONNECTION_COMMANDS = {
  ping:                  { arity: -1, flags: ["fast"], categories: connection, tips: everyShard, keySpecs: none },
  echo:                  { arity: 2, flags: anytimeFast, categories: connection, tips: none, keySpecs: none },
  quit:                  { arity: -1, flags: hello, categories: connection, tips: none, keySpecs: none },
  reset:                 { arity: 1, flags: hello, categories: connection, tips: none, keySpecs: none },
  select:                { arity: 2, flags: anytimeFast, categories: connection, tips: none, keySpecs: none },
  hello:                 { arity: -1, flags: hello, categories: connection, tips: none, keySpecs: none },
  auth:                  { arity: -2, flags: hello, categories: connection, tips: none, keySpecs: none },
  readonly:              { arity: 1, flags: anytimeFast, categories: connection, tips: none, keySpecs: none },
  readwrite:             { arity: 1, flags: anytimeFast, categories: connection, tips: none, keySpecs: none },
  asking:                { arity: 1, flags: ["fast"], categories: connection, tips: none, keySpecs: none },
  client:                { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "client|id":           { arity: 2, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|info":         { arity: 2, flags: connected, categories: connection, tips: varies, keySpecs: none },
  "client|list":         { arity: -2, flags: admin, categories: connection, tips: varies, keySpecs: none },
  "client|getname":      { arity: 2, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|setname":      { arity: 3, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|setinfo":      { arity: 4, flags: connected, categories: connection, tips: none, keySpecs: none }, // 7.2
  "client|kill":         { arity: -3, flags: admin, categories: connection, tips: none, keySpecs: none },
  "client|pause":        { arity: -3, flags: admin, categories: connection, tips: none, keySpecs: none },
  "client|unpause":      { arity: 2, flags: admin, categories: connection, tips: none, keySpecs: none },
  "client|reply":        { arity: 3, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|unblock":      { arity: -3, flags: admin, categories: connection, tips: none, keySpecs: none },
  "client|no-evict":     { arity: 3, flags: admin, categories: connection, tips: none, keySpecs: none },
  "client|no-touch":     { arity: 3, flags: connected, categories: connection, tips: none, keySpecs: none }, // 7.2
  "client|capa":          { arity: -3, flags: connected, categories: connection, tips: none, keySpecs: none }, // Valkey 8.0
  "client|durability":    { arity: 3, flags: connected, categories: connection, tips: none, keySpecs: none }, // our own
  "client|help":         { arity: 2, flags: anytime, categories: connection, tips: none, keySpecs: none },
  "client|tracking":     { arity: -3, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|caching":      { arity: 3, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|trackinginfo": { arity: 2, flags: connected, categories: connection, tips: none, keySpecs: none },
  "client|getredir":     { arity: 2, flags: connected, categories: connection, tips: none, keySpecs: none },
  monitor:               { arity: 1, flags: admin, categories: none, tips: none, keySpecs: none },
} as const satisfies Record<string, CommandSpec>;

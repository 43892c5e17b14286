import type { CommandSpec } from "../command-spec.ts";
import {
  allKeysRead,
  countedPairs,
  firstKeyCount,
  firstKeyDelete,
  firstKeyInsert,
  firstKeyInsertOverwrite,
  firstKeyOverwrite,
  firstKeyPop,
  firstKeyRead,
  firstKeyRO,
  firstKeyUpdate,
  keys,
  none,
  setKey,
} from "./row-parts.ts";

/** Commands on strings. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const STRINGS_COMMANDS = {
  set:         { arity: -3, flags: ["write", "denyoom"], categories: ["string"], tips: none, keySpecs: setKey },
  get:         { arity: 2, flags: ["readonly", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyRead },
  incr:        { arity: 2, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  append:      { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyInsert },
  strlen:      { arity: 2, flags: ["readonly", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyRO },
  mget:        { arity: -2, flags: ["readonly", "fast"], categories: ["string"], tips: ["request_policy:multi_shard"], keySpecs: allKeysRead },
  mset:        { arity: -3, flags: ["write", "denyoom"], categories: ["string"], tips: ["request_policy:multi_shard", "response_policy:all_succeeded"], keySpecs: keys({ last: -1, step: 2, flags: ["OW", "update"] }) },
  msetnx:      { arity: -3, flags: ["write", "denyoom"], categories: ["string"], tips: ["request_policy:multi_shard", "response_policy:agg_min"], keySpecs: keys({ last: -1, step: 2, flags: ["OW", "insert"] }) },
  setex:       { arity: 4, flags: ["write", "denyoom"], categories: ["string"], tips: none, keySpecs: firstKeyOverwrite },
  psetex:      { arity: 4, flags: ["write", "denyoom"], categories: ["string"], tips: none, keySpecs: firstKeyOverwrite },
  setnx:       { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyInsertOverwrite },
  getset:      { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  getdel:      { arity: 2, flags: ["write", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyPop },
  getex:       { arity: -2, flags: ["write", "fast"], categories: ["string"], tips: none, keySpecs: keys({ last: 0, flags: ["RW", "access", "update"], note: "RW and UPDATE because it changes the TTL" }) },
  incrby:      { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  decr:        { arity: 2, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  decrby:      { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  incrbyfloat: { arity: 3, flags: ["write", "denyoom", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyCount },
  getrange:    { arity: 4, flags: ["readonly"], categories: ["string"], tips: none, keySpecs: firstKeyRead },
  setrange:    { arity: 4, flags: ["write", "denyoom"], categories: ["string"], tips: none, keySpecs: firstKeyUpdate },
  substr:      { arity: 4, flags: ["readonly"], categories: ["string"], tips: none, keySpecs: firstKeyRead },
  msetex:      { arity: -4, flags: ["write", "denyoom", "movablekeys"], categories: ["string"], tips: none, keySpecs: countedPairs({ at: 1, flags: ["OW", "update"] }) }, // 8.4
  delex:       { arity: -2, flags: ["write", "fast"], categories: ["string"], tips: none, keySpecs: keys({ last: 0, flags: ["RW", "delete", "variable_flags"] }) }, // 8.4
  delifeq:     { arity: 3, flags: ["write", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyDelete }, // Valkey 9
  digest:      { arity: 2, flags: ["readonly", "fast"], categories: ["string"], tips: none, keySpecs: firstKeyRead }, // 8.4
} as const satisfies Record<string, CommandSpec>;

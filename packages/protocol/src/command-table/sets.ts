import type { CommandSpec } from "../command-spec.ts";
import {
  allKeysRead,
  countedKeys,
  firstKeyDelete,
  firstKeyInsert,
  firstKeyOverwrite,
  firstKeyPop,
  firstKeyRead,
  firstKeyRO,
  firstKeyUpdate,
  keys,
  none,
  unordered,
  varies,
} from "./row-parts.ts";

/** Commands on sets. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const SETS_COMMANDS = {
  sadd:        { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["set"], tips: none, keySpecs: firstKeyInsert },
  srem:        { arity: -3, flags: ["write", "fast"], categories: ["set"], tips: none, keySpecs: firstKeyDelete },
  sismember:   { arity: 3, flags: ["readonly", "fast"], categories: ["set"], tips: none, keySpecs: firstKeyRO },
  smismember:  { arity: -3, flags: ["readonly", "fast"], categories: ["set"], tips: none, keySpecs: firstKeyRead },
  scard:       { arity: 2, flags: ["readonly", "fast"], categories: ["set"], tips: none, keySpecs: firstKeyRO },
  smembers:    { arity: 2, flags: ["readonly"], categories: ["set"], tips: unordered, keySpecs: firstKeyRead },
  spop:        { arity: -2, flags: ["write", "fast"], categories: ["set"], tips: varies, keySpecs: firstKeyPop },
  srandmember: { arity: -2, flags: ["readonly"], categories: ["set"], tips: varies, keySpecs: firstKeyRead },
  smove:       { arity: 4, flags: ["write", "fast"], categories: ["set"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] },
  sinter:      { arity: -2, flags: ["readonly"], categories: ["set"], tips: unordered, keySpecs: allKeysRead },
  sinterstore: { arity: -3, flags: ["write", "denyoom"], categories: ["set"], tips: none, keySpecs: [...firstKeyUpdate, ...keys({ at: 2, last: -1, flags: ["RO", "access"] })] },
  sintercard:  { arity: -3, flags: ["readonly", "movablekeys"], categories: ["set"], tips: none, keySpecs: countedKeys({ at: 1, flags: ["RO", "access"] }) },
  sunion:      { arity: -2, flags: ["readonly"], categories: ["set"], tips: unordered, keySpecs: allKeysRead },
  sunionstore: { arity: -3, flags: ["write", "denyoom"], categories: ["set"], tips: none, keySpecs: [...firstKeyOverwrite, ...keys({ at: 2, last: -1, flags: ["RO", "access"] })] },
  sdiff:       { arity: -2, flags: ["readonly"], categories: ["set"], tips: unordered, keySpecs: allKeysRead },
  sdiffstore:  { arity: -3, flags: ["write", "denyoom"], categories: ["set"], tips: none, keySpecs: [...firstKeyOverwrite, ...keys({ at: 2, last: -1, flags: ["RO", "access"] })] },
  sscan:       { arity: -3, flags: ["readonly"], categories: ["set"], tips: varies, keySpecs: firstKeyRead },
  sunioncard:  { arity: -3, flags: ["readonly", "movablekeys"], categories: ["set"], tips: none, keySpecs: countedKeys({ at: 1, flags: ["RO", "access"] }) }, // 8.10
  sdiffcard:   { arity: -3, flags: ["readonly", "movablekeys"], categories: ["set"], tips: none, keySpecs: countedKeys({ at: 1, flags: ["RO", "access"] }) }, // 8.10
} as const satisfies Record<string, CommandSpec>;

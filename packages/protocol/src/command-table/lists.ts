import type { CommandSpec } from "../command-spec.ts";
import {
  allButTimeoutPop,
  countedKeys,
  firstKeyDelete,
  firstKeyInsert,
  firstKeyPop,
  firstKeyRead,
  firstKeyRO,
  firstKeyUpdate,
  keys,
  none,
} from "./row-parts.ts";

/** Commands on lists. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const LISTS_COMMANDS = {
  lpush:      { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyInsert },
  rpush:      { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyInsert },
  lpop:       { arity: -2, flags: ["write", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyPop },
  rpop:       { arity: -2, flags: ["write", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyPop },
  llen:       { arity: 2, flags: ["readonly", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyRO },
  lrange:     { arity: 4, flags: ["readonly"], categories: ["list"], tips: none, keySpecs: firstKeyRead },
  blpop:      { arity: -3, flags: ["write", "noscript", "blocking"], categories: ["list"], tips: none, keySpecs: allButTimeoutPop },
  brpop:      { arity: -3, flags: ["write", "noscript", "blocking"], categories: ["list"], tips: none, keySpecs: allButTimeoutPop },
  lpushx:     { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyInsert },
  rpushx:     { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["list"], tips: none, keySpecs: firstKeyInsert },
  lindex:     { arity: 3, flags: ["readonly"], categories: ["list"], tips: none, keySpecs: firstKeyRead },
  linsert:    { arity: 5, flags: ["write", "denyoom"], categories: ["list"], tips: none, keySpecs: firstKeyInsert },
  lset:       { arity: 4, flags: ["write", "denyoom"], categories: ["list"], tips: none, keySpecs: firstKeyUpdate },
  lrem:       { arity: 4, flags: ["write"], categories: ["list"], tips: none, keySpecs: firstKeyDelete },
  ltrim:      { arity: 4, flags: ["write"], categories: ["list"], tips: none, keySpecs: firstKeyDelete },
  lpos:       { arity: -3, flags: ["readonly"], categories: ["list"], tips: none, keySpecs: firstKeyRead },
  lmove:      { arity: 5, flags: ["write", "denyoom"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] },
  rpoplpush:  { arity: 3, flags: ["write", "denyoom"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] },
  lmpop:      { arity: -4, flags: ["write", "movablekeys"], categories: ["list"], tips: none, keySpecs: countedKeys({ at: 1, flags: ["RW", "access", "delete"] }) },
  blmove:     { arity: 6, flags: ["write", "denyoom", "noscript", "blocking"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] },
  brpoplpush: { arity: 4, flags: ["write", "denyoom", "noscript", "blocking"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] },
  blmpop:     { arity: -5, flags: ["write", "blocking", "movablekeys"], categories: ["list"], tips: none, keySpecs: countedKeys({ at: 2, flags: ["RW", "access", "delete"] }) },
  lmovem:     { arity: -5, flags: ["write", "denyoom"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] }, // 8.10
  blmovem:    { arity: -6, flags: ["write", "denyoom", "blocking"], categories: ["list"], tips: none, keySpecs: [...firstKeyPop, ...keys({ at: 2, last: 0, flags: ["RW", "insert"] })] }, // 8.10
} as const satisfies Record<string, CommandSpec>;

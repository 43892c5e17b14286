import type { CommandSpec } from "../command-spec.ts";
import {
  afterStreams,
  anytime,
  firstKeyDelete,
  firstKeyPop,
  firstKeyRead,
  firstKeyRO,
  firstKeyUpdate,
  keys,
  keysAfter,
  none,
  varies,
  xaddKey,
} from "./row-parts.ts";

/** Commands on streams, consumer groups and their policies. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const STREAMS_COMMANDS = {
  xadd:                    { arity: -5, flags: ["write", "denyoom", "fast"], categories: ["stream"], tips: varies, keySpecs: xaddKey },
  xlen:                    { arity: 2, flags: ["readonly", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyRO },
  xrange:                  { arity: -4, flags: ["readonly"], categories: ["stream"], tips: none, keySpecs: firstKeyRead },
  xrevrange:               { arity: -4, flags: ["readonly"], categories: ["stream"], tips: none, keySpecs: firstKeyRead },
  xread:                   { arity: -4, flags: ["readonly", "blocking", "movablekeys"], categories: ["stream"], tips: none, keySpecs: afterStreams },
  xdel:                    { arity: -3, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyDelete },
  xtrim:                   { arity: -4, flags: ["write"], categories: ["stream"], tips: varies, keySpecs: firstKeyDelete },
  xack:                    { arity: -4, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyUpdate },
  xclaim:                  { arity: -6, flags: ["write", "fast"], categories: ["stream"], tips: varies, keySpecs: firstKeyUpdate },
  xautoclaim:              { arity: -6, flags: ["write", "fast"], categories: ["stream"], tips: varies, keySpecs: firstKeyDelete },
  xpending:                { arity: -3, flags: ["readonly"], categories: ["stream"], tips: varies, keySpecs: firstKeyRead },
  xgroup:                  { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "xgroup|create":         { arity: -5, flags: ["write", "denyoom"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "insert"] }) },
  "xgroup|setid":          { arity: -5, flags: ["write"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "update"] }) },
  "xgroup|destroy":        { arity: 4, flags: ["write"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "delete"] }) },
  "xgroup|createconsumer": { arity: 5, flags: ["write", "denyoom"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "insert"] }) },
  "xgroup|delconsumer":    { arity: 5, flags: ["write"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "delete"] }) },
  "xgroup|help":           { arity: 2, flags: anytime, categories: ["stream"], tips: none, keySpecs: none },
  xreadgroup:              { arity: -7, flags: ["write", "blocking", "movablekeys"], categories: ["stream"], tips: none, keySpecs: keysAfter("STREAMS", { from: 4, flags: ["RO", "access"] }) },
  xsetid:                  { arity: -3, flags: ["write", "denyoom", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyUpdate },
  xinfo:                   { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "xinfo|stream":          { arity: -3, flags: ["readonly"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RO", "access"] }) },
  "xinfo|groups":          { arity: 3, flags: ["readonly"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RO", "access"] }) },
  "xinfo|consumers":       { arity: 4, flags: ["readonly"], categories: ["stream"], tips: varies, keySpecs: keys({ at: 2, last: 0, flags: ["RO", "access"] }) },
  "xinfo|help":            { arity: 2, flags: anytime, categories: ["stream"], tips: none, keySpecs: none },
  xdelex:                  { arity: -5, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyDelete }, // 8.2
  xackdel:                 { arity: -6, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyPop }, // 8.2
  xnack:                   { arity: -7, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyUpdate }, // 8.8
  xcfgset:                 { arity: -2, flags: ["write", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyUpdate }, // 8.6
  xidmprecord:             { arity: 5, flags: ["write", "denyoom", "fast"], categories: ["stream"], tips: none, keySpecs: firstKeyUpdate }, // 8.6
  "xgroup|setpolicy":      { arity: -5, flags: ["write"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "update"] }) }, // ours
  "xgroup|getpolicy":      { arity: 4, flags: ["readonly"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RO", "access"] }) }, // ours
  xdeadletter:             { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true }, // ours
  "xdeadletter|redrive":   { arity: -3, flags: ["write"], categories: ["stream"], tips: none, keySpecs: keys({ at: 2, last: 0, flags: ["RW", "access", "delete"] }) }, // ours
  "xdeadletter|help":      { arity: 2, flags: anytime, categories: ["stream"], tips: none, keySpecs: none }, // ours
} as const satisfies Record<string, CommandSpec>;

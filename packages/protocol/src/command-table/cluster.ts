import type { CommandSpec } from "../command-spec.ts";
import { anytime, none, varies } from "./row-parts.ts";

/** Commands about the cluster. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const CLUSTER_COMMANDS = {
  cluster:                   { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "cluster|slots":           { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|shards":          { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|nodes":           { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|info":            { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|myid":            { arity: 2, flags: ["stale"], categories: none, tips: none, keySpecs: none },
  "cluster|myshardid":       { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none }, // 7.2
  "cluster|keyslot":         { arity: 3, flags: ["stale"], categories: none, tips: none, keySpecs: none },
  "cluster|countkeysinslot": { arity: 3, flags: ["stale"], categories: none, tips: none, keySpecs: none },
  "cluster|getkeysinslot":   { arity: 4, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|links":           { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none },
  "cluster|help":            { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
} as const satisfies Record<string, CommandSpec>;

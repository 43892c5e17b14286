import type { CommandSpec } from "../command-spec.ts";
import { anytime, none, varies } from "./row-parts.ts";

const operator = ["admin", "stale", "no_async_loading"] as const;
const asker = ["admin", "stale"] as const;

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
  "cluster|addslots":        { arity: -3, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|addslotsrange":   { arity: -4, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|bumpepoch":       { arity: 2, flags: operator, categories: none, tips: varies, keySpecs: none },
  "cluster|count-failure-reports": { arity: 3, flags: asker, categories: none, tips: varies, keySpecs: none },
  "cluster|delslots":        { arity: -3, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|delslotsrange":   { arity: -4, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|failover":        { arity: -2, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|flushslots":      { arity: 2, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|forget":          { arity: 3, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|meet":            { arity: -4, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|replicas":        { arity: 3, flags: asker, categories: none, tips: varies, keySpecs: none },
  "cluster|slaves":          { arity: 3, flags: asker, categories: none, tips: varies, keySpecs: none },
  "cluster|replicate":       { arity: -3, flags: operator, categories: none, tips: none, keySpecs: none }, // 3 in Redis: NO ONE is Valkey's
  "cluster|reset":           { arity: -2, flags: ["admin", "noscript", "stale"], categories: none, tips: none, keySpecs: none },
  "cluster|saveconfig":      { arity: 2, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|set-config-epoch": { arity: 3, flags: operator, categories: none, tips: none, keySpecs: none },
  "cluster|slot-stats":      { arity: -4, flags: anytime, categories: none, tips: ["nondeterministic_output", "request_policy:all_shards"], keySpecs: none }, // 8.2
  "cluster|status":          { arity: 2, flags: ["stale"], categories: none, tips: varies, keySpecs: none }, // ours
  "cluster|help":            { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
} as const satisfies Record<string, CommandSpec>;

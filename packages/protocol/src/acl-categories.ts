import type { CommandFlag, CommandSpec } from "./command-spec.ts";

/** In the order in which `COMMAND INFO` lists them (Redis 7.0 src/acl.c, ACLCommandCategories). */
export const ACL_CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

export type AclCategory = (typeof ACL_CATEGORIES)[number];

/** The categories a flag brings with it. Source: Redis 7.0 src/acl.c, setImplicitACLCategories. */
const CATEGORIES_OF_FLAG: Partial<Record<CommandFlag, readonly AclCategory[]>> = {
  write: ["write"],
  readonly: ["read"],
  admin: ["admin", "dangerous"],
  pubsub: ["pubsub"],
  fast: ["fast"],
  blocking: ["blocking"],
};

/** All categories of a command, in Redis' order. Allocates: for COMMAND and ACL rules, not for dispatch. */
export function aclCategories(spec: CommandSpec): readonly AclCategory[] {
  const found = new Set(spec.categories);
  for (const flag of spec.flags) {
    for (const category of CATEGORIES_OF_FLAG[flag] ?? []) found.add(category);
  }
  if (!spec.flags.includes("fast")) found.add("slow");
  return ACL_CATEGORIES.filter((category) => found.has(category));
}

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import { controlPaths } from "../cluster/control-store.ts";
import type { NodePlan } from "./cluster-plan.ts";

/**
 * A cluster that was started here before has more nodes than these: started without them it would wait for the others.
 * Throws ConfigError. A smaller one grows.
 */
export function checkEarlierCluster(
  dir: string,
  plans: readonly NodePlan[],
  { nodesFile }: { readonly nodesFile: string },
): void {
  const planned = new Set(plans.map(({ port }) => String(port)));
  const earlier = portsIn(dir, nodesFile);
  const others = earlier.filter((port) => !planned.has(port));
  if (others.length === 0 || others.length === earlier.length) return;
  throw new ConfigError(
    `dir: ${dir} holds a cluster with nodes on the ports ${earlier.join(", ")}: start all of them, remove it, or choose another dir`,
  );
}

/** Each node has its directory, called by its port. */
function portsIn(dir: string, nodesFile: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => existsSync(controlPaths(join(dir, name, nodesFile)).identity))
    .toSorted();
}

import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import type { Setting } from "../config/setting.ts";

const SECRET = "SLOTCAST_CLUSTER_SECRET";
const SECRET_FILE = `${SECRET}_FILE`;
const OWNER_ONLY = 0o600;

/**
 * The environment that gives every node the cluster's secret: whatever the user set, or else a file in `dir`,
 * made at the first start and kept. Never on a command line, where `ps` shows it.
 */
export function withClusterSecret(options: {
  readonly env: Environment;
  readonly settings: readonly Setting[];
  readonly dir: string;
  /** Makes the secret: 32 random bytes in hex. */
  readonly newSecret: () => string;
}): Environment {
  const { env, settings, dir, newSecret } = options;
  const isGiven =
    settings.some(({ name }) => name === "cluster-secret") ||
    (env[SECRET] ?? "") !== "" ||
    (env[SECRET_FILE] ?? "") !== "";
  if (isGiven) return env;
  const path = join(dir, "cluster-secret");
  if (!existsSync(path)) writeFileSync(path, `${newSecret()}\n`, { mode: OWNER_ONLY, flag: "wx" });
  chmodSync(path, OWNER_ONLY);
  return { ...env, [SECRET_FILE]: path };
}

import { SECRET_BYTES_MIN } from "@slotcast/gossip";
import { ConfigError } from "../config/config-error.ts";

/**
 * Stands in when there is no secret. It keeps nobody out, so the bus then listens on loopback only: whoever
 * can connect runs on this machine.
 */
const NO_SECRET = "this machine trusts its processes";

/**
 * What the links of the bus prove knowledge of. Throws ConfigError when it is short, or when it is missing and
 * a node of the cluster is on another machine: a bus without a secret would let anybody join.
 */
export function busSecret(options: {
  /** `cluster-secret`; empty: none. */
  readonly secret: string;
  /** Of all nodes of the cluster. */
  readonly hosts: readonly string[];
}): Buffer {
  const { secret, hosts } = options;
  if (secret === "") {
    const remote = hosts.find((host) => !isLoopback(host));
    if (remote === undefined) return Buffer.from(NO_SECRET, "utf8");
    throw new ConfigError(
      `cluster-secret: needed, since the node at ${remote} is not on this machine; give all nodes the same ${SECRET_BYTES_MIN} or more characters`,
    );
  }
  const bytes = Buffer.from(secret, "utf8");
  if (bytes.length < SECRET_BYTES_MIN) {
    throw new ConfigError(
      `cluster-secret: ${bytes.length} characters are too few, the least is ${SECRET_BYTES_MIN}`,
    );
  }
  return bytes;
}

/** An empty host is this node's own, before it knows its address. Names other than `localhost` may be anywhere. */
export function isLoopback(host: string): boolean {
  return host === "" || host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
}

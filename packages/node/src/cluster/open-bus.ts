import type { Bus } from "@slotcast/gossip";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { busListenHosts } from "./bus-listen-hosts.ts";
import { ownBusPort } from "./own-node.ts";

/** The machine has no such address, or no such kind of address: another one may do. */
const NO_SUCH_ADDRESS = ["EAFNOSUPPORT", "EADDRNOTAVAIL"];

/** Lets the bus listen where the configuration says; resolves to the port. Rejects with a ConfigError. */
export async function openBus(
  bus: Bus,
  options: { readonly config: Config; readonly host: string },
): Promise<number> {
  const { config, host: ownHost } = options;
  const port = ownBusPort(config);
  const hosts = busListenHosts({
    bind: config.get("bind"),
    ownHost,
    hasSecret: config.get("cluster-secret") !== "",
  });
  let failure: unknown;
  for (const host of hosts) {
    try {
      return await bus.listen({ host, port });
    } catch (error) {
      failure = error;
      if (!NO_SUCH_ADDRESS.includes(codeOf(error))) break;
    }
  }
  const reason = codeOf(failure) === "EADDRINUSE" ? "the port is in use" : codeOf(failure);
  throw new ConfigError(`cluster-port: cannot listen on ${hosts[0]} port ${port}: ${reason}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

import type { Bus } from "@slotcast/gossip";
import type { ClusterNodeFacts } from "@slotcast/router";
import { busPortOf } from "../config/bus-port.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { busListenHosts } from "./bus-listen-hosts.ts";

/** The machine has no such address, or no such kind of address: another one may do. */
const NO_SUCH_ADDRESS = ["EAFNOSUPPORT", "EADDRNOTAVAIL"];

/** Lets the bus listen where the configuration says; resolves to the port. Rejects with a ConfigError. */
export async function openBus(
  bus: Bus,
  options: { readonly config: Config; readonly self: ClusterNodeFacts },
): Promise<number> {
  const { config, self } = options;
  const port = busPortIn(config) ?? self.busPort;
  const hosts = busListenHosts({
    bind: config.get("bind"),
    ownHost: self.address.host,
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

/** `undefined`: neither port is configured, so the bus is where this node's line in the nodes file says. */
export function busPortIn(config: Config): number | undefined {
  const ports = { port: config.get("port"), clusterPort: config.get("cluster-port") };
  return ports.port === 0 && ports.clusterPort === 0 ? undefined : busPortOf(ports);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

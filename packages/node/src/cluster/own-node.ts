import type { Facts, IsrMember, NodeFact } from "@slotcast/control";
import { busPortOf } from "../config/bus-port.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { isAnnounceableHost } from "./announceable-host.ts";
import { isLoopback } from "./bus-secret.ts";

/**
 * This process as it wants to be known to its cluster. Its host is known where it is configured, and otherwise when
 * another node has met it: the facts keep it. Throws ConfigError when clients could not find it.
 */
export function ownNode(
  config: Config,
  options: { readonly self: IsrMember; readonly shardId: string },
): NodeFact {
  const { self, shardId } = options;
  const port = config.get("cluster-announce-port") || config.get("port");
  if (port === 0) {
    throw new ConfigError(
      "port: a node of a cluster needs one that others can be told: set port or cluster-announce-port",
    );
  }
  const host = config.get("cluster-announce-ip");
  if (host !== "" && !isAnnounceableHost(host)) {
    throw new ConfigError(`cluster-announce-ip: '${host}' is not an address or a host name`);
  }
  return {
    id: self.nodeId,
    host,
    port,
    busPort: config.get("cluster-announce-bus-port") || ownBusPort(config),
    hostname: config.get("cluster-announce-hostname"),
    name: config.get("cluster-announce-human-nodename"),
    incarnation: self.incarnation,
    shardId,
  };
}

/** Where the bus listens. Throws ConfigError when there is no port left above `port`. */
export function ownBusPort(config: Config): number {
  return busPortOf({ port: config.get("port"), clusterPort: config.get("cluster-port") });
}

/** The address that the bus listens on, as far as it is known: of several it takes the one by which it is known. */
export function ownHost(config: Config, facts: Facts | undefined, nodeId: string): string {
  const known = config.get("cluster-announce-ip") || (facts?.nodes.get(nodeId)?.host ?? "");
  if (known !== "") return known;
  const bound = config.get("bind").map((address) => address.replace(/^-/, ""));
  return bound.find((address) => address !== "::1" && isLoopback(address) && address !== "") ?? "";
}

import { isLoopback } from "./bus-secret.ts";

/**
 * Where the bus listens: candidates, to be tried in this order until one can be had. The bus has one socket,
 * so of several addresses to bind it takes the one by which the peers know this node.
 */
export function busListenHosts(options: {
  /** As in `bind`. */
  readonly bind: readonly string[];
  /** This node's address in the cluster's facts; may be empty or a name. */
  readonly ownHost: string;
  readonly hasSecret: boolean;
}): readonly string[] {
  const { ownHost, hasSecret } = options;
  if (!hasSecret) {
    return [ownHost === "" || !isLoopback(ownHost) ? "127.0.0.1" : ownHost];
  }
  const bind = options.bind.map((address) => address.replace(/^-/, ""));
  // `::` takes IPv4 connections too; a machine without IPv6 does not have it.
  if (bind.some((address) => address === "::*" || address === "::")) return ["::", "0.0.0.0"];
  if (bind.some((address) => address === "*" || address === "0.0.0.0")) return ["0.0.0.0"];
  return bind.includes(ownHost) ? [ownHost] : bind.slice(0, 1);
}

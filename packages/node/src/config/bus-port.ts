import { ConfigError } from "./config-error.ts";

/** The cluster bus listens so far above the client port, unless `cluster-port` says otherwise. As Redis. */
export const BUS_PORT_OFFSET = 10_000;

const PORT_MAX = 65_535;

/** The port of the cluster bus. Throws ConfigError when there is none left above `port`. */
export function busPortOf(ports: { readonly port: number; readonly clusterPort: number }): number {
  if (ports.clusterPort !== 0) return ports.clusterPort;
  const busPort = ports.port + BUS_PORT_OFFSET;
  if (busPort > PORT_MAX) {
    throw new ConfigError(
      `port: the cluster bus would need port ${busPort}; choose a port up to ${PORT_MAX - BUS_PORT_OFFSET} or set cluster-port`,
    );
  }
  return busPort;
}

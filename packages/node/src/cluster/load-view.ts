import { resolve } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { isAnnounceableHost } from "./announceable-host.ts";
import { findSelf } from "./find-self.ts";
import { loadNodesFile } from "./load-nodes-file.ts";
import { busPortIn } from "./open-bus.ts";
import { StaticClusterView } from "./static-view.ts";

/** The cluster as `cluster-config-file` in `dir` says it is. Throws ConfigError when the file cannot work. */
export function loadView(config: Config): StaticClusterView {
  const path = resolve(config.get("dir"), config.get("cluster-config-file"));
  const port = config.get("port");
  const file = loadNodesFile(path, { port, busPort: busPortIn(config) ?? 0 });
  const self = findSelf(file.nodes, {
    path,
    names: [config.get("cluster-announce-human-nodename"), config.get("cluster-announce-hostname")],
    port,
    bind: config.get("bind"),
  });
  const lost = file.nodes.find(({ id, host }) => {
    const isUnknownSelf = id === self.id && host === "";
    return !isUnknownSelf && !isAnnounceableHost(host);
  });
  if (lost !== undefined) {
    throw new ConfigError(
      `cluster-config-file: '${lost.host}' is not an address, of node ${lost.id} (${path})`,
    );
  }
  return new StaticClusterView({
    file,
    selfId: self.id,
    requiresFullCoverage: config.get("cluster-require-full-coverage"),
  });
}

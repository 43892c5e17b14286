import { join } from "node:path";
import { busPortOf } from "../config/bus-port.ts";
import { ConfigError } from "../config/config-error.ts";
import { formatSeed } from "../config/seed-address.ts";
import type { Setting } from "../config/setting.ts";
import type { ClusterArguments } from "./cluster-arguments.ts";

/** One process to start. */
export interface NodePlan {
  /** `node-1`: in the log and in `slotcast cluster status`. */
  readonly name: string;
  /** Where this machine reaches it. */
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  readonly dir: string;
  /** The arguments after `slotcast server`. */
  readonly argv: readonly string[];
}

/** Enough for one to be there whichever node is started again; each is asked by every new node. */
const SEEDS_MAX = 3;

/**
 * Decides who listens where. Who owns what the nodes decide themselves: the first ones are their seeds.
 * Throws ConfigError when ports collide.
 */
export function planCluster(given: ClusterArguments): NodePlan[] {
  const addresses = Array.from({ length: nodesOf(given) }, (_, index) => {
    const port = given.port + index;
    const clusterPort = given.busPort === undefined ? 0 : given.busPort + index;
    return { port, busPort: busPortOf({ port, clusterPort }) };
  });
  checkPorts(addresses);
  const seeds = addresses
    .slice(0, SEEDS_MAX)
    .map((address) => formatSeed({ host: hostOf(given), ...address }))
    .join(",");
  return addresses.map(({ port, busPort }, index) => {
    const name = `node-${index + 1}`;
    const dir = join(given.dir, String(port));
    return {
      name,
      host: localHostOf(given.bind),
      port,
      busPort,
      dir,
      argv: [
        `--port=${port}`,
        `--cluster-port=${busPort}`,
        "--cluster-enabled=yes",
        `--cluster-seeds=${seeds}`,
        `--cluster-size=${addresses.length}`,
        `--cluster-replicas=${given.replicas}`,
        `--cluster-announce-human-nodename=${name}`,
        "--bind",
        ...given.bind,
        ...given.settings.flatMap(optionOf),
        `--dir=${dir}`,
      ],
    };
  });
}

/** How many processes that makes. */
export function nodesOf({
  primaries,
  replicas,
}: Pick<ClusterArguments, "primaries" | "replicas">): number {
  return primaries * (1 + replicas);
}

/** The address under which the nodes reach each other and clients are told to reach them. */
function hostOf(given: ClusterArguments): string {
  const announced = given.settings.findLast(({ name }) => name === "cluster-announce-ip");
  const host = announced?.words.join(" ") ?? "";
  return host === "" ? localHostOf(given.bind) : host;
}

const HEARD_ON_127_0_0_1 = ["127.0.0.1", "0.0.0.0", "*", "localhost"];

function localHostOf(bind: readonly string[]): string {
  const hosts = bind.map((host) => host.replace(/^-/, ""));
  const [first = "127.0.0.1"] = hosts;
  if (hosts.some((host) => HEARD_ON_127_0_0_1.includes(host))) return "127.0.0.1";
  return first === "::" || first === "::*" ? "::1" : first;
}

function checkPorts(addresses: readonly Pick<NodePlan, "port" | "busPort">[]): void {
  const taken = new Set<number>();
  for (const port of addresses.flatMap((node) => [node.port, node.busPort])) {
    if (taken.has(port)) throw new ConfigError(`two nodes would listen on port ${port}`);
    taken.add(port);
  }
}

/** One word goes behind `=`, where it may begin with `--`. */
function optionOf({ name, words }: Setting): string[] {
  return words.length === 1 ? [`--${name}=${words.join("")}`] : [`--${name}`, ...words];
}

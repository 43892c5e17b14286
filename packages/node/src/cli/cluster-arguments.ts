import { ConfigError } from "../config/config-error.ts";
import { parseDirectiveArguments } from "../config/directive-arguments.ts";
import type { DirectiveName } from "../config/directive-table.ts";
import type { Setting } from "../config/setting.ts";
import { nodesOf } from "./cluster-plan.ts";
import { LAUNCHED_NODES_MAX } from "./limits.ts";

/** What `slotcast cluster` was asked for. */
export interface ClusterArguments {
  readonly primaries: number;
  /** Of each primary. */
  readonly replicas: number;
  /** The client port of the first node; the others follow. */
  readonly port: number;
  /** The bus port of the first node; `undefined`: 10000 above the client port. */
  readonly busPort: number | undefined;
  readonly dir: string;
  readonly bind: readonly string[];
  /** Directives for every node. */
  readonly settings: readonly Setting[];
}

/** Directives that the launcher sets for each node, or that cannot be equal on two nodes of one machine. */
const NOT_FOR_ALL: readonly DirectiveName[] = [
  "cluster-enabled",
  "cluster-config-file",
  "cluster-announce-port",
  "cluster-announce-bus-port",
  "cluster-announce-client",
  "cluster-announce-human-nodename",
  "listener",
];
/** Directives that follow from how many nodes there shall be. */
const COUNTED: readonly DirectiveName[] = ["cluster-seeds", "cluster-size", "cluster-replicas"];

const PORT_MAX = 65_535;

/** Throws ConfigError. */
export function parseClusterArguments(argv: readonly string[]): ClusterArguments {
  const { primaries, replicas, rest } = takeCounts(argv);
  const { configFile, settings } = parseDirectiveArguments(rest, Object.keys(COUNTS));
  if (configFile !== undefined) {
    throw new ConfigError(`unexpected argument '${configFile}': options are --name value`);
  }
  for (const { name } of settings) {
    if (NOT_FOR_ALL.includes(name)) {
      throw new ConfigError(`${name}: cannot be the same for all nodes of a launched cluster`);
    }
    if (COUNTED.includes(name)) {
      throw new ConfigError(`${name}: follows from --primaries and --replicas`);
    }
  }
  const wordsOf = (name: DirectiveName): readonly string[] | undefined =>
    settings.findLast((setting) => setting.name === name)?.words;
  const nodes = nodesOf({ primaries, replicas });
  const portWords = wordsOf("port");
  const busPortWords = wordsOf("cluster-port");
  return {
    primaries,
    replicas,
    port: portWords === undefined ? 7000 : parseFirstPort("port", portWords, nodes),
    busPort:
      busPortWords === undefined ? undefined : parseFirstPort("cluster-port", busPortWords, nodes),
    dir: wordsOf("dir")?.join(" ") ?? ".slotcast",
    bind: wordsOf("bind") ?? ["127.0.0.1", "-::1"],
    settings: settings.filter(({ name }) => !OWN.includes(name)),
  };
}

const OWN: readonly DirectiveName[] = ["port", "cluster-port", "dir", "bind"];

/** Options that are no directives. */
const COUNTS = {
  primaries: { unset: 3, min: 1, max: LAUNCHED_NODES_MAX },
  replicas: { unset: 1, min: 0, max: LAUNCHED_NODES_MAX - 1 },
} as const;

function takeCounts(argv: readonly string[]): {
  primaries: number;
  replicas: number;
  rest: string[];
} {
  const counts: Record<keyof typeof COUNTS, number> = {
    primaries: COUNTS.primaries.unset,
    replicas: COUNTS.replicas.unset,
  };
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    const [, name, joined] = /^--(primaries|replicas)(?:=(.*))?$/.exec(argument) ?? [];
    if (name !== "primaries" && name !== "replicas") {
      rest.push(argument);
      continue;
    }
    if (joined === undefined) at += 1;
    counts[name] = parseCount(name, joined ?? argv[at] ?? "");
  }
  const nodes = nodesOf(counts);
  if (nodes > LAUNCHED_NODES_MAX) {
    throw new ConfigError(`${nodes} nodes are too many: at most ${LAUNCHED_NODES_MAX}`);
  }
  return { ...counts, rest };
}

function parseCount(name: keyof typeof COUNTS, text: string): number {
  const { min, max } = COUNTS[name];
  const count = /^\d+$/.test(text) ? Number(text) : -1;
  if (count >= min && count <= max) return count;
  throw new ConfigError(`${name}: '${text}' is not allowed: a number from ${min} to ${max}`);
}

function parseFirstPort(name: string, words: readonly string[], nodes: number): number {
  const text = words.join(" ");
  const portMax = PORT_MAX - nodes + 1;
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > portMax) {
    throw new ConfigError(`${name}: '${text}' is not allowed: a number from 1 to ${portMax}`);
  }
  return port;
}

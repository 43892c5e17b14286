import { ConfigError } from "../config/config-error.ts";
import { parseDirectiveArguments } from "../config/directive-arguments.ts";
import type { DirectiveName } from "../config/directive-table.ts";
import type { Setting } from "../config/setting.ts";
import { LAUNCHED_NODES_MAX } from "./limits.ts";

/** What `slotcast cluster` was asked for. */
export interface ClusterArguments {
  readonly primaries: number;
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

const PORT_MAX = 65_535;

/** Throws ConfigError. */
export function parseClusterArguments(argv: readonly string[]): ClusterArguments {
  const { primaries, rest } = takePrimaries(argv);
  const { configFile, settings } = parseDirectiveArguments(rest, [PRIMARIES.slice(2)]);
  if (configFile !== undefined) {
    throw new ConfigError(`unexpected argument '${configFile}': options are --name value`);
  }
  for (const { name } of settings) {
    if (NOT_FOR_ALL.includes(name)) {
      throw new ConfigError(`${name}: cannot be the same for all nodes of a launched cluster`);
    }
  }
  const wordsOf = (name: DirectiveName): readonly string[] | undefined =>
    settings.findLast((setting) => setting.name === name)?.words;
  const portWords = wordsOf("port");
  const busPortWords = wordsOf("cluster-port");
  return {
    primaries,
    port: portWords === undefined ? 7000 : parseFirstPort("port", portWords, primaries),
    busPort:
      busPortWords === undefined
        ? undefined
        : parseFirstPort("cluster-port", busPortWords, primaries),
    dir: wordsOf("dir")?.join(" ") ?? ".slotcast",
    bind: wordsOf("bind") ?? ["127.0.0.1", "-::1"],
    settings: settings.filter(({ name }) => !OWN.includes(name)),
  };
}

const OWN: readonly DirectiveName[] = ["port", "cluster-port", "dir", "bind"];

const PRIMARIES = "--primaries";

function takePrimaries(argv: readonly string[]): { primaries: number; rest: string[] } {
  let primaries = 3;
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    const isJoined = argument.startsWith(`${PRIMARIES}=`);
    if (argument !== PRIMARIES && !isJoined) {
      rest.push(argument);
      continue;
    }
    if (!isJoined) at += 1;
    const text = isJoined ? argument.slice(PRIMARIES.length + 1) : (argv[at] ?? "");
    primaries = /^\d+$/.test(text) ? Number(text) : 0;
    if (primaries < 1 || primaries > LAUNCHED_NODES_MAX) {
      throw new ConfigError(
        `primaries: '${text}' is not allowed: a number from 1 to ${LAUNCHED_NODES_MAX}`,
      );
    }
  }
  return { primaries, rest };
}

function parseFirstPort(name: string, words: readonly string[], primaries: number): number {
  const text = words.join(" ");
  const portMax = PORT_MAX - primaries + 1;
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > portMax) {
    throw new ConfigError(`${name}: '${text}' is not allowed: a number from 1 to ${portMax}`);
  }
  return port;
}

import { join } from "node:path";
import { SLOTS } from "@slotcast/protocol";
import { busPortOf } from "../config/bus-port.ts";
import { ConfigError } from "../config/config-error.ts";
import type { NodeRecord, NodesFile } from "../config/nodes-file.ts";
import type { Setting } from "../config/setting.ts";
import type { ClusterArguments } from "./cluster-arguments.ts";

/** One process to start. */
export interface NodePlan {
  /** `node-1`: in the log and in CLUSTER NODES. */
  readonly name: string;
  /** Where this machine reaches it. */
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  readonly dir: string;
  /** What nodes.conf in `dir` has to say. */
  readonly nodesFile: NodesFile;
  /** The arguments after `slotcast server`. */
  readonly argv: readonly string[];
}

/**
 * Decides who listens where and owns what. Nodes keep the id that `previous` (the nodes.conf found in their
 * directories, by port) gives them; slots, epochs and the rest are kept when all of it fits, else divided anew.
 */
export function planCluster(options: {
  readonly arguments: ClusterArguments;
  readonly previous: ReadonlyMap<number, NodesFile>;
  /** Makes 40 random hex digits. */
  readonly newId: () => string;
}): NodePlan[] {
  const { arguments: given, previous, newId } = options;
  const nodes = makeRecords(given, (port) => myselfOf(previous.get(port))?.id ?? newId());
  checkPorts(nodes);
  const isKept = nodes.every(({ port }) => describes(previous.get(port), { nodes, port }));
  const owners = new Set(nodes.map(({ port }) => ownersIn(previous.get(port))));
  return nodes.map((node, index) => {
    const found = isKept && owners.size === 1 ? previous.get(node.port) : undefined;
    const dir = join(given.dir, String(node.port));
    return {
      name: node.nodename,
      host: localHostOf(given.bind),
      port: node.port,
      busPort: node.busPort,
      dir,
      nodesFile: found ?? fileOf(nodes, index),
      argv: [...argumentsOf(given, node), `--dir=${dir}`],
    };
  });
}

/** As redis-cli --cluster create divides them: 0-5460, 5461-10922, 10923-16383 for three. */
export function divideSlots(owners: number): (readonly [first: number, last: number])[] {
  const share = SLOTS / owners;
  const ranges: (readonly [number, number])[] = [];
  let first = 0;
  for (let owner = 0; owner < owners; owner += 1) {
    const last = owner === owners - 1 ? SLOTS - 1 : Math.round(owner * share + share - 1);
    ranges.push([first, last]);
    first = last + 1;
  }
  return ranges;
}

function makeRecords(given: ClusterArguments, idOf: (port: number) => string): NodeRecord[] {
  return divideSlots(given.primaries).map((slots, index) => {
    const port = given.port + index;
    return {
      id: idOf(port),
      host: hostOf(given),
      port,
      busPort: busPortOf({
        port,
        clusterPort: given.busPort === undefined ? 0 : given.busPort + index,
      }),
      hostname: "",
      nodename: `node-${index + 1}`,
      flags: ["master"],
      primaryId: undefined,
      epoch: index + 1,
      slots: [slots],
      announced: [],
      aux: {},
    };
  });
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

function checkPorts(nodes: readonly NodeRecord[]): void {
  const taken = new Set<number>();
  for (const port of nodes.flatMap((node) => [node.port, node.busPort])) {
    if (taken.has(port)) throw new ConfigError(`two nodes would listen on port ${port}`);
    taken.add(port);
  }
}

function myselfOf(file: NodesFile | undefined): NodeRecord | undefined {
  return file?.nodes.find(({ flags }) => flags.includes("myself"));
}

/** Is the file what the node on `port` would write about this very cluster? */
function describes(
  file: NodesFile | undefined,
  wanted: { readonly nodes: readonly NodeRecord[]; readonly port: number },
): boolean {
  if (file === undefined || file.nodes.length !== wanted.nodes.length) return false;
  if (myselfOf(file)?.port !== wanted.port) return false;
  const isSame = wanted.nodes.every((node) =>
    file.nodes.some(
      ({ id, host, port, busPort }) =>
        id === node.id && host === node.host && port === node.port && busPort === node.busPort,
    ),
  );
  const owned = file.nodes.flatMap(({ slots }) => slots.map(([first, last]) => last - first + 1));
  return isSame && owned.reduce((sum, count) => sum + count, 0) === SLOTS;
}

/** Who owns which slots, in a form that is equal when it is the same. */
function ownersIn(file: NodesFile | undefined): string {
  const lines = file?.nodes.map(({ id, slots }) => `${id} ${slots.join(" ")}`) ?? [];
  return lines.toSorted().join("\n");
}

function fileOf(nodes: readonly NodeRecord[], self: number): NodesFile {
  return {
    nodes: nodes.map((node, index) => ({
      ...node,
      flags: index === self ? ["myself", "master"] : ["master"],
    })),
    currentEpoch: nodes.length,
    lastVoteEpoch: 0,
  };
}

function argumentsOf(given: ClusterArguments, node: NodeRecord): string[] {
  return [
    `--port=${node.port}`,
    `--cluster-port=${node.busPort}`,
    "--cluster-enabled=yes",
    "--cluster-config-file=nodes.conf",
    `--cluster-announce-human-nodename=${node.nodename}`,
    "--bind",
    ...given.bind,
    ...given.settings.flatMap(optionOf),
  ];
}

/** One word goes behind `=`, where it may begin with `--`. */
function optionOf({ name, words }: Setting): string[] {
  return words.length === 1 ? [`--${name}=${words.join("")}`] : [`--${name}`, ...words];
}

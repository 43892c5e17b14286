import { SLOTS } from "@slotcast/protocol";
import { ConfigError } from "./config-error.ts";
import {
  formatNamedAddress,
  parseAnnouncedClients,
  type AnnouncedClient,
} from "./client-listener.ts";
import { ValueError } from "./value-error.ts";

/** One node as a line of nodes.conf describes it. */
export interface NodeRecord {
  /** 40 hex digits, kept for the node's life. */
  readonly id: string;
  /** Where clients reach it; "" while it is not known. */
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  readonly hostname: string;
  readonly nodename: string;
  readonly flags: readonly NodeFlag[];
  /** The primary that a replica follows. */
  readonly primaryId: string | undefined;
  /** The epoch of its claim to `slots`. */
  readonly epoch: number;
  /** Both ends are served. Ascending, not touching. */
  readonly slots: readonly (readonly [first: number, last: number])[];
  /** Addresses for clients that come in by a named listener. */
  readonly announced: readonly AnnouncedClient[];
  /** Fields this version does not know: kept, so that an older node does not lose a newer one's. */
  readonly aux: Readonly<Record<string, string>>;
}

export interface NodesFile {
  readonly nodes: readonly NodeRecord[];
  readonly currentEpoch: number;
  readonly lastVoteEpoch: number;
}

/** Words of CLUSTER NODES. `fail?` is a suspicion, `fail` agreed. */
export type NodeFlag = (typeof FLAGS)[number];

const FLAGS = [
  "myself",
  "master",
  "slave",
  "fail?",
  "fail",
  "handshake",
  "noaddr",
  "nofailover",
] as const;
const ANNOUNCED_PREFIX = "client-";

/**
 * Reads a nodes.conf in Redis' form: a line of `CLUSTER NODES` per node, then `vars …`. Throws ConfigError
 * with the line. Not taken: open slots (`[93->-…]`), since moves never outlive a restart here.
 * Source: Redis 7.2 src/cluster.c, clusterLoadConfig.
 */
export function parseNodesFile(text: string, options: { readonly path: string }): NodesFile {
  const nodes: NodeRecord[] = [];
  let epochs = { currentEpoch: 0, lastVoteEpoch: 0 };
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.split(" ").filter((word) => word !== "");
    const [first] = words;
    if (first === undefined || first.startsWith("#")) continue;
    try {
      if (first === "vars") epochs = parseVars(words.slice(1));
      else nodes.push(parseNode(words));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ConfigError(`${error.message} (${options.path}:${index + 1})`);
    }
  }
  checkTogether(nodes, options.path);
  return { nodes, ...epochs };
}

export function formatNodesFile(file: NodesFile): string {
  const lines = file.nodes.map(formatNode);
  const vars = `vars currentEpoch ${file.currentEpoch} lastVoteEpoch ${file.lastVoteEpoch}`;
  return `${[...lines, vars].join("\n")}\n`;
}

function formatNode(node: NodeRecord): string {
  const aux: [string, string][] = [
    ["nodename", node.nodename],
    ...node.announced.map(({ name, host, port }): [string, string] => {
      const [, address = ""] = formatNamedAddress({ name, host, port }).split("=");
      return [`${ANNOUNCED_PREFIX}${name}`, address];
    }),
    ...Object.entries(node.aux),
  ];
  const address = [
    `${node.host}:${node.port}@${node.busPort}`,
    node.hostname,
    ...aux.filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`),
  ];
  const flags = node.flags.length === 0 ? "noflags" : node.flags.join(",");
  const slots = node.slots.map(([first, last]) =>
    first === last ? `${first}` : `${first}-${last}`,
  );
  const columns = [
    node.id,
    address.join(","),
    flags,
    node.primaryId ?? "-",
    "0",
    "0",
    node.epoch,
    "connected",
  ];
  return [...columns, ...slots].join(" ");
}

function parseNode(words: readonly string[]): NodeRecord {
  const [id = "", address = "", flags = "", primary = "", , , epoch = "", , ...slots] = words;
  if (words.length < 8)
    throw new ValueError(`a node takes at least 8 columns, not ${words.length}`);
  return {
    id: parseId(id),
    ...parseNodeAddress(address),
    flags: parseFlags(flags),
    primaryId: primary === "-" ? undefined : parseId(primary),
    epoch: parseCount(epoch, "epoch"),
    slots: slots.map(parseSlots),
  };
}

type NodeAddress = Pick<
  NodeRecord,
  "host" | "port" | "busPort" | "hostname" | "nodename" | "announced" | "aux"
>;

/** `host:port@busPort[,hostname[,name=value …]]`; the host may be an IPv6 address without brackets. */
function parseNodeAddress(text: string): NodeAddress {
  const [endpoint = "", hostname = "", ...fields] = text.split(",");
  const [, host, port = "", busPort = ""] = /^(.*):(\d+)@(\d+)$/.exec(endpoint) ?? [];
  if (host === undefined)
    throw new ValueError(`'${endpoint}' is not of the form host:port@busport`);
  const announced: string[] = [];
  const aux: [string, string][] = [];
  let nodename = "";
  for (const field of fields) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(field) ?? [];
    if (name === undefined || value === undefined) {
      throw new ValueError(`'${field}' is not of the form name=value`);
    }
    if (name === "nodename") nodename = value;
    else if (name.startsWith(ANNOUNCED_PREFIX)) {
      announced.push(`${name.slice(ANNOUNCED_PREFIX.length)}=${value}`);
    } else aux.push([name, value]);
  }
  return {
    host,
    port: parsePort(port),
    busPort: parsePort(busPort),
    hostname,
    nodename,
    announced: parseAnnouncedClients(announced),
    aux: Object.fromEntries(aux),
  };
}

function parseFlags(text: string): NodeFlag[] {
  if (text === "noflags") return [];
  return text.split(",").map((word) => {
    const flag = FLAGS.find((known) => known === word);
    if (flag === undefined) throw new ValueError(`unknown flag '${word}'`);
    return flag;
  });
}

function parseSlots(text: string): readonly [first: number, last: number] {
  const [, firstText, lastText = firstText] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const first = Number(firstText);
  const last = Number(lastText);
  if (firstText === undefined || first > last || last >= SLOTS) {
    throw new ValueError(`'${text}' is not a range of slots`);
  }
  return [first, last];
}

function parseVars(words: readonly string[]): { currentEpoch: number; lastVoteEpoch: number } {
  const vars = new Map<string, number>();
  for (let at = 0; at < words.length; at += 2) {
    vars.set(words[at] ?? "", parseCount(words[at + 1] ?? "", words[at] ?? "vars"));
  }
  return {
    currentEpoch: vars.get("currentEpoch") ?? 0,
    lastVoteEpoch: vars.get("lastVoteEpoch") ?? 0,
  };
}

function parseId(text: string): string {
  if (!/^[0-9a-f]{40}$/.test(text)) throw new ValueError(`'${text}' is not a node id`);
  return text;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (port > 65_535) throw new ValueError(`${text} is not a port`);
  return port;
}

function parseCount(text: string, what: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new ValueError(`${what}: '${text}' is not a number`);
  }
  return Number(text);
}

/** What no single line can show: one of the nodes is this one, and no slot has two owners. */
function checkTogether(nodes: readonly NodeRecord[], path: string): void {
  const selves = nodes.filter(({ flags }) => flags.includes("myself")).length;
  // None: a file that all nodes share; each finds itself by its announced name.
  if (selves > 1) throw new ConfigError(`${selves} nodes are marked 'myself' (${path})`);
  if (new Set(nodes.map(({ id }) => id)).size !== nodes.length) {
    throw new ConfigError(`a node id is used twice (${path})`);
  }
  const ranges = nodes.flatMap(({ slots }) => slots).toSorted(([a], [b]) => a - b);
  for (const [index, [first]] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined && first <= before[1]) {
      throw new ConfigError(`slot ${first} has two owners (${path})`);
    }
  }
}

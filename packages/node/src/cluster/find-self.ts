import { ConfigError } from "../config/config-error.ts";
import type { NodeRecord } from "../config/nodes-file.ts";

/** What the configuration says about this node, when its file does not. */
export interface SelfHints {
  /** `cluster-announce-human-nodename` and `cluster-announce-hostname`; empty ones are ignored. */
  readonly names: readonly string[];
  readonly port: number;
  /** As in `bind`. */
  readonly bind: readonly string[];
}

const ANYWHERE = new Set(["*", "0.0.0.0", "::", "::*"]);
const ADVICE =
  "flag its line `myself`, or give cluster-announce-hostname or cluster-announce-human-nodename the name in its line";

/**
 * Which line of a nodes file is this node: the one flagged `myself`. A file that all nodes share flags none;
 * then it is the one line with this node's name or, when the node was given no name, with its port and an
 * address it binds. Throws ConfigError when that is not exactly one line: a node that takes itself for
 * another would serve the other's slots.
 */
export function findSelf(
  nodes: readonly NodeRecord[],
  options: SelfHints & { readonly path: string },
): NodeRecord {
  const flagged = nodes.filter(({ flags }) => flags.includes("myself"));
  const names = options.names.filter((name) => name !== "");
  const candidates =
    flagged.length > 0
      ? flagged
      : nodes.filter((record) =>
          names.length > 0 ? hasName(record, names) : listensAt(record, options),
        );
  const [self] = candidates;
  if (self !== undefined && candidates.length === 1) return self;
  const found =
    self === undefined
      ? `none of the ${nodes.length} nodes is this one`
      : `${candidates.length} nodes could be this one`;
  const sought =
    flagged.length > 0
      ? "flagged `myself`"
      : names.length > 0
        ? `named ${names.join(" or ")}`
        : `port ${options.port}`;
  throw new ConfigError(`cluster-config-file: ${found} (${sought}, in ${options.path}): ${ADVICE}`);
}

function hasName({ host, hostname, nodename }: NodeRecord, names: readonly string[]): boolean {
  return names.some((name) => name === nodename || name === hostname || name === host);
}

function listensAt({ host, port }: NodeRecord, hints: SelfHints): boolean {
  if (port !== hints.port) return false;
  const bound = hints.bind.map((address) => address.replace(/^-/, ""));
  return bound.some((address) => ANYWHERE.has(address) || address === host);
}

import type { Style } from "../style.ts";
import type { AdminVerb } from "./admin-arguments.ts";

const WHICH_NODE = `  A node is its name, its host:port, its id or the beginning of its id; a shard is its id, the
  beginning of it, or one of its nodes.`;

const TARGET = `  --host <host>      any node of the cluster (127.0.0.1)
  --port <port>      its port for clients (7000)
  --user <name>      with --pass, if the nodes ask for one
  --pass <password>  better in the environment: REDISCLI_AUTH`;

/** One line each, for the help of `slotcast cluster`. */
export const ADMIN_SUMMARIES: Readonly<Record<AdminVerb, string>> = {
  status: "shards, roles, who is in sync, lag, suspicion, voters, and what is wrong",
  failover: "a replica takes over from its primary",
  forget: "a node that is gone is no member any more",
  add: "a running node becomes a member, and a replica if you like",
  remove: "a node hands over what it leads, and is no member any more",
};

interface Page {
  readonly usage: string;
  readonly examples: readonly string[];
  readonly options?: string;
  readonly notes: string;
}

const PAGES: Readonly<Record<AdminVerb, Page>> = {
  status: {
    usage: "[--json]",
    examples: ["", "--port 7003 --json"],
    options: "  --json             all of it, for programs: docs/cluster-status.md",
    notes: `  Exit code 0: all is well; 2: degraded; 3: some slots are not served, or nothing can be decided;
  1: the node did not answer. One node is asked, and the primaries about their replicas' lag.`,
  },
  failover: {
    usage: "[--shard <shard> | --node <replica>] [--force | --takeover]",
    examples: ["", "--node node-4", "--shard node-1 --force"],
    options: `  --shard <shard>    its best replica; without it, the shard of the node that is asked
  --node <replica>   this one
  --force            without the primary's consent; the replica must be in sync
  --takeover         whatever the replica has: writes that were acknowledged may be lost;
                     with --node also the primary itself, when it came back with nothing`,
    notes: `  The primary hands over when the replica has all of it; clients see no error.
${WHICH_NODE}`,
  },
  forget: {
    usage: "<node>",
    examples: ["node-5", "127.0.0.1:7004"],
    notes: `  For a node that is gone for good. It comes back by being added only.
${WHICH_NODE}`,
  },
  add: {
    usage: "<host:port> [--replica-of <primary> | --shard <shard>]",
    examples: ["127.0.0.1:7006", "10.0.0.7:6379 --replica-of node-1"],
    options: `  --replica-of <primary>  follow it; done when in sync
  --shard <shard>         follow its primary`,
    notes: `  The node must run with --cluster-enabled yes and the cluster's secret, and be alone.
${WHICH_NODE}`,
  },
  remove: {
    usage: "<node>",
    examples: ["node-5"],
    notes: `  A primary hands over to its replica first; one with slots and without a replica in sync stays.
${WHICH_NODE}`,
  },
};

/** The text of `slotcast cluster VERB --help`. */
export function adminHelp(verb: AdminVerb, { bold }: Style): string {
  const { usage, examples, options, notes } = PAGES[verb];
  const command = `slotcast cluster ${verb}`;
  const [first = "", ...rest] = ADMIN_SUMMARIES[verb];
  return `${first.toUpperCase()}${rest.join("")}: ${command} ${usage}

${bold("Examples")}
${examples.map((example) => `  ${command} ${example}`.trimEnd()).join("\n")}

${bold("Options")}
${options === undefined ? "" : `${options}\n`}${TARGET}

${notes}
`;
}

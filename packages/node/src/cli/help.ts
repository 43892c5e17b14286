import { describeDefault } from "../config/describe-directive.ts";
import type { Directive } from "../config/directive.ts";
import { DIRECTIVE_NAMES, directiveOf, type DirectiveName } from "../config/directive-table.ts";
import { ADMIN_SUMMARIES, adminHelp } from "./admin/admin-help.ts";
import type { HelpTopic } from "./command-line.ts";
import type { Style } from "./style.ts";

/** The text of `--help`, examples first. */
export function helpText(about: HelpTopic, style: Style): string {
  switch (about) {
    case "slotcast":
      return slotcastHelp(style);
    case "server":
      return serverHelp(style);
    case "cluster":
      return clusterHelp(style);
    default:
      return adminHelp(about, style);
  }
}

function slotcastHelp({ bold }: Style): string {
  return `A message broker that speaks the Redis protocol.

${bold("Examples")}
  slotcast cluster                       three primaries and their replicas, ready for redis-cli -c
  slotcast server                        one standalone broker on 6379
  slotcast server broker.conf --port 7000
  slotcast bench --help                  is broadcast or sharded pub/sub faster for me?

${bold("Commands")}
  server [config-file] [--directive value ...]    run one node
  cluster [--primaries 3] [--replicas 1] ...      run a cluster of processes on this machine
  cluster status | failover | forget | add | remove    about a cluster that runs, anywhere
  bench ...                                       measure one, or two against each other

${bold("Options")}
  -h, --help       this text; also after a command
  -v, --version    print the version
`;
}

function serverHelp(style: Style): string {
  const { bold } = style;
  const effective = DIRECTIVE_NAMES.filter((name) => directiveOf(name).meaning === "effective");
  const accepted = DIRECTIVE_NAMES.filter((name) => directiveOf(name).meaning === "accepted");
  return `Run one node: slotcast server [config-file] [--directive value ...]

${bold("Examples")}
  slotcast server
  slotcast server /etc/slotcast.conf --loglevel debug
  slotcast server --port 7000 --cluster-enabled yes --dir ./data
  slotcast server --bind 127.0.0.1 ::1 --client-output-buffer-limit pubsub 64mb 16mb 30
  echo "port 7000" | slotcast server -
  SLOTCAST_PORT=7000 SLOTCAST_REQUIREPASS_FILE=/run/secrets/password slotcast server

${bold("Configuration")}
  Files are in redis.conf syntax. Later wins: defaults, file, environment, command line.
  Every directive is also a variable: SLOTCAST_ and its name in upper case, with _ for -.
  Secrets may come from a file: SLOTCAST_REQUIREPASS_FILE, SLOTCAST_CLUSTER_SECRET_FILE.

${bold("Directives")} (* can be changed by CONFIG SET)
${directiveTable(effective, style)}

${bold("Accepted, without effect here")}
${wrap(accepted.filter((name) => directiveOf(name).type !== "fixed"))}
`;
}

function clusterHelp({ bold }: Style): string {
  return `Run a cluster of processes on this machine: slotcast cluster [options] [--directive value ...]

${bold("Examples")}
  slotcast cluster                                  three primaries and three replicas on 7000-7005
  slotcast cluster --primaries 5 --replicas 0 --port 8000
  slotcast cluster --dir /tmp/cluster --cluster-publish-mode all

${bold("Options")}
  --primaries <n>        nodes that share the slots evenly (3)
  --replicas <n>         replicas of each primary (1); 0: what a dead node held is lost
  --port <port>          of the first node, the others follow (7000)
  --cluster-port <port>  of the first node's cluster bus (port + 10000)
  --dir <directory>      nodes keep their identity and data here, one directory each (.slotcast)
  --bind <address ...>   addresses to listen on (127.0.0.1 -::1)
  --<directive> <value>  any other directive, for every node: see slotcast server --help

Ctrl-C stops all nodes. A node that dies is started again.

${bold("About a cluster that runs")} (slotcast cluster status --help, and so on)
${Object.entries(ADMIN_SUMMARIES)
  .map(([verb, summary]) => `  slotcast cluster ${verb.padEnd(9)} ${summary}`)
  .join("\n")}
`;
}

const NAME_WIDTH = 35;

function directiveTable(names: readonly DirectiveName[], { dim }: Style): string {
  return names
    .map((name) => {
      const directive: Directive = directiveOf(name);
      const title = `${directive.mutable === true ? "*" : " "} ${name}`;
      return `${title.padEnd(NAME_WIDTH + 2)} ${directive.help} ${dim(`(${describeDefault(directive)})`)}`;
    })
    .join("\n");
}

const LINE_WIDTH = 96;

function wrap(words: readonly string[]): string {
  const lines = [""];
  for (const word of words) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length + 1 > LINE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => `  ${line}`).join("\n");
}

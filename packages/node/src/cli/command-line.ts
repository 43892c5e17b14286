import { ConfigError } from "../config/config-error.ts";
import { nearestName } from "../config/nearest-name.ts";
import { isAdminVerb, type AdminVerb } from "./admin/admin-arguments.ts";

/** What `slotcast …` asks for. */
export type CommandLine =
  | { readonly command: "help"; readonly about: HelpTopic }
  | { readonly command: "version" }
  | { readonly command: "server" | "cluster" | "bench"; readonly argv: readonly string[] }
  /** `slotcast cluster status` and the like: about a cluster that runs. */
  | { readonly command: "admin"; readonly verb: AdminVerb; readonly argv: readonly string[] };

export type HelpTopic = "slotcast" | "server" | "cluster" | AdminVerb;

const SUBCOMMANDS = ["server", "cluster", "bench", "help", "version"];

/** Reads the arguments after `slotcast`. Throws ConfigError for a command that does not exist. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first, ...rest] = argv;
  switch (first) {
    case undefined:
    case "-h":
    case "--help":
      return { command: "help", about: "slotcast" };
    case "help":
      return parseHelp(rest);
    case "-v":
    case "--version":
    case "version":
      return { command: "version" };
    case "cluster":
      if (isAdminVerb(rest[0])) return parseAdmin(rest[0], rest.slice(1));
      return parseRunning(first, rest);
    case "server":
      return parseRunning(first, rest);
    case "bench": // prints its own help
      return { command: "bench", argv: rest };
    default:
      throw unknownCommand(first);
  }
}

function parseRunning(command: "server" | "cluster", argv: readonly string[]): CommandLine {
  if (argv.some(isHelp)) return { command: "help", about: command };
  if (argv.length === 1 && argv.some(isVersion)) return { command: "version" };
  return { command, argv };
}

function parseAdmin(verb: AdminVerb, argv: readonly string[]): CommandLine {
  return argv.some(isHelp) ? { command: "help", about: verb } : { command: "admin", verb, argv };
}

function parseHelp(topics: readonly string[]): CommandLine {
  const [about, verb] = topics;
  if (about === "bench") return { command: "bench", argv: ["--help"] };
  if (about === "cluster" && isAdminVerb(verb)) return { command: "help", about: verb };
  return { command: "help", about: about === "server" || about === "cluster" ? about : "slotcast" };
}

function isHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

function isVersion(argument: string): boolean {
  return argument === "--version" || argument === "-v";
}

function unknownCommand(text: string): ConfigError {
  if (text.startsWith("-")) {
    return new ConfigError(
      `unknown option '${text}': directives follow a command, as in \`slotcast server ${text}\`; see slotcast --help`,
    );
  }
  const nearest = nearestName(text, SUBCOMMANDS);
  return new ConfigError(`unknown command '${text}'; did you mean 'slotcast ${nearest}'?`);
}

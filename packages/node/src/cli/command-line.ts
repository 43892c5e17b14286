import { ConfigError } from "../config/config-error.ts";
import { nearestName } from "../config/nearest-name.ts";

/** What `slotcast …` asks for. */
export type CommandLine =
  | { readonly command: "help"; readonly about: HelpTopic }
  | { readonly command: "version" }
  | { readonly command: "server" | "cluster" | "bench"; readonly argv: readonly string[] };

export type HelpTopic = "slotcast" | "server" | "cluster";

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
    case "server":
    case "cluster":
      if (rest.some(isHelp)) return { command: "help", about: first };
      if (rest.length === 1 && rest.some(isVersion)) return { command: "version" };
      return { command: first, argv: rest };
    case "bench": // prints its own help
      return { command: "bench", argv: rest };
    default:
      throw unknownCommand(first);
  }
}

function parseHelp(topics: readonly string[]): CommandLine {
  const [about] = topics;
  if (about === "bench") return { command: "bench", argv: ["--help"] };
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

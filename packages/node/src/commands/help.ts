import type { Handler } from "./handler.ts";

/**
 * The HELP subcommand of a container, as Redis words it (7.0 src/networking.c, addReplyHelp): a heading, the
 * lines, and HELP itself.
 */
export function makeHelp(container: string, lines: readonly string[]): Handler {
  const text = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    "HELP",
    "    Prints this help.",
  ];
  return ({ reply }) => {
    reply.array(text.length);
    for (const line of text) reply.simple(line);
  };
}

import { describeAllowed, describeDefault } from "./describe-directive.ts";
import { DIRECTIVE_NAMES, directiveOf, type DirectiveName } from "./directive-table.ts";

/** docs/configuration.md: the directive table for people. A test holds the page to it; `vitest -u` writes it. */
export function configurationPage(): string {
  return `# Configuration

Written from the directive table (\`packages/node/src/config/directive-table.ts\`); change it there, then run
\`npm run test:unit -- -u packages/node/src/config/configuration-page.test.ts\`.

Sources, later wins: defaults; the configuration file, in \`redis.conf\` syntax (\`slotcast server path\`, or \`-\` for standard
input); the environment, \`SLOTCAST_\` and the name in upper case with \`_\` for \`-\` (secrets also from a file:
\`SLOTCAST_REQUIREPASS_FILE\`, \`SLOTCAST_CLUSTER_SECRET_FILE\`); the command line, \`--name value\`. \`CONFIG SET\` changes those
marked in the column *live*, all of one call or none, and \`CONFIG REWRITE\` writes them back to the file.

## Effective

${table(DIRECTIVE_NAMES.filter((name) => directiveOf(name).meaning === "effective"))}
## Accepted

Names that Redis users and tools know. Parsed, checked, shown by \`CONFIG GET\`, and without effect for now; one that is set
is named in the log at start.

${table(DIRECTIVE_NAMES.filter((name) => directiveOf(name).meaning === "accepted"))}`;
}

function table(names: readonly DirectiveName[]): string {
  const rows = names.toSorted().map((name) => {
    const directive = directiveOf(name);
    const live = directive.mutable === true ? "yes" : "";
    const cells = [describeDefault(directive), live, describeAllowed(directive), directive.help];
    return `| \`${name}\` | ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  return `| directive | default | live | takes | |\n|---|---|---|---|---|\n${rows.join("")}`;
}

import { readFileSync } from "node:fs";
import { ascii, fromText, splitInline, toText } from "@slotcast/protocol";
import { ConfigError } from "./config-error.ts";
import { takesWords } from "./directive.ts";
import { directiveOf, findDirective } from "./directive-table.ts";
import { makeSetting, type Setting } from "./setting.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "SLOTCAST_";
const FILE_SUFFIX = "_FILE";
/**
 * What Kubernetes sets in every pod beside a Service named `slotcast`: SLOTCAST_SERVICE_HOST,
 * SLOTCAST_PORT_6379_TCP_ADDR, and SLOTCAST_PORT itself as an URL. Not meant for us.
 */
const OF_KUBERNETES = /^(?:SERVICE_|PORT_\d+_)/;
const URL_OF_KUBERNETES = /^(?:tcp|udp):\/\//;

/**
 * `SLOTCAST_<DIRECTIVE>` in upper snake case, and `SLOTCAST_<DIRECTIVE>_FILE` for secrets: a file whose content,
 * without the line break at its end, is the value. An empty variable counts as not set, since compose files
 * write `${PASSWORD:-}`.
 */
export function readEnvironment(env: Environment): Setting[] {
  const settings: Setting[] = [];
  for (const [variable, text] of Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === "") continue;
    const rest = variable.slice(PREFIX.length);
    if (OF_KUBERNETES.test(rest) || (rest === "PORT" && URL_OF_KUBERNETES.test(text))) continue;
    settings.push(secretFromFile({ variable, rest, path: text, env }) ?? plain(variable, text));
  }
  return settings;
}

function plain(variable: string, text: string): Setting {
  const setting = makeSetting({
    name: directiveText(variable.slice(PREFIX.length)),
    words: [text],
    where: variable,
  });
  if (!takesWords(directiveOf(setting.name))) return setting;
  const words = splitInline(fromText(text))?.map(toText);
  if (words === undefined) throw new ConfigError(`unbalanced quotes (${variable})`);
  return { ...setting, words };
}

function secretFromFile(found: {
  readonly variable: string;
  readonly rest: string;
  readonly path: string;
  readonly env: Environment;
}): Setting | undefined {
  const { variable, rest, path, env } = found;
  if (!rest.endsWith(FILE_SUFFIX)) return undefined;
  const directive = findDirective(directiveText(rest.slice(0, -FILE_SUFFIX.length)));
  if (directive === undefined || directiveOf(directive.name).secret !== true) return undefined;
  const other = variable.slice(0, -FILE_SUFFIX.length);
  if ((env[other] ?? "") !== "") throw new ConfigError(`set ${other} or ${variable}, not both`);
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch {
    throw new ConfigError(`cannot read the file ${path} (${variable})`);
  }
  return { name: directive.name, words: [content.replace(/\r?\n$/, "")], where: variable };
}

function directiveText(snake: string): string {
  return ascii(snake).toLowerCase().replaceAll("_", "-");
}

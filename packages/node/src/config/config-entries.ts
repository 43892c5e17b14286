import { resolve } from "node:path";
import { ConfigError } from "./config-error.ts";
import { describeAllowed } from "./describe-directive.ts";
import { isRepeatable, type Directive } from "./directive.ts";
import { DIRECTIVE_NAMES, directiveOf, type DirectiveName } from "./directive-table.ts";
import { parseValue, type ParsedValue } from "./parse-value.ts";
import type { Setting } from "./setting.ts";
import { ValueError } from "./value-error.ts";

/** Where a value in force came from; each later one wins over the earlier. */
export type ConfigSource = "default" | "file" | "environment" | "command line" | "CONFIG SET";

export interface ConfigEntry extends ParsedValue {
  readonly source: ConfigSource;
}

/** The value in force of every directive. */
export type ConfigEntries = ReadonlyMap<DirectiveName, ConfigEntry>;

export function defaultEntries(options: { readonly cwd: string }): ConfigEntries {
  return new Map(
    DIRECTIVE_NAMES.map((name) => {
      const directive = directiveOf(name);
      const words = directive.default === "" ? [""] : directive.default.split(" ");
      const parsed = parseValue(directive, isOneWord(directive) ? [directive.default] : words, "");
      return [name, { ...atPath(directive, parsed, options.cwd), source: "default" }];
    }),
  );
}

/** The entries with what one source sets on top. Throws ConfigError. */
export function withSettings(
  entries: ConfigEntries,
  options: {
    readonly settings: readonly Setting[];
    readonly source: ConfigSource;
    /** Relative directories count from here. */
    readonly cwd: string;
  },
): ConfigEntries {
  const { settings, source, cwd } = options;
  const result = new Map(entries);
  for (const setting of addedUp(settings)) {
    const directive = directiveOf(setting.name);
    try {
      const previousText = entries.get(setting.name)?.text ?? "";
      const parsed = parseValue(directive, setting.words, previousText);
      result.set(setting.name, { ...atPath(directive, parsed, cwd), source });
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw explain(error, setting);
    }
  }
  return result;
}

/** One setting per directive: the last, or for repeatable ones all of them; `save ""` forgets what came before. */
function addedUp(settings: readonly Setting[]): Setting[] {
  const byName = new Map<DirectiveName, Setting>();
  for (const setting of settings) {
    const before = byName.get(setting.name);
    const adds =
      before !== undefined &&
      isRepeatable(directiveOf(setting.name)) &&
      before.words[0] !== "" &&
      setting.words[0] !== "";
    const words = adds ? [...before.words, ...setting.words] : setting.words;
    byName.set(setting.name, { ...setting, words });
  }
  return [...byName.values()];
}

function explain(error: ValueError, setting: Setting): ConfigError {
  const directive = directiveOf(setting.name);
  const written = directive.secret === true ? "the value" : `'${setting.words.join(" ")}'`;
  const detail = directive.type === "fixed" ? `${error.message}, ` : "";
  return new ConfigError(
    `${setting.name}: ${written} is not allowed: ${detail}${describeAllowed(directive)} (${setting.where})`,
  );
}

/** CONFIG GET shows where the directory is, whatever it was written relative to. */
function atPath(directive: Directive, parsed: ParsedValue, cwd: string): ParsedValue {
  if (directive.type !== "string" || directive.form !== "path") return parsed;
  const path = resolve(cwd, parsed.text);
  return { value: path, text: path };
}

function isOneWord(directive: Directive): boolean {
  return directive.type === "string" || directive.type === "fixed";
}

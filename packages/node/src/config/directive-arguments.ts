import { ConfigError } from "./config-error.ts";
import { directiveOf } from "./directive-table.ts";
import { describeAllowed } from "./describe-directive.ts";
import { makeSetting, type Setting } from "./setting.ts";

export interface DirectiveArguments {
  /** `-` is standard input. */
  readonly configFile: string | undefined;
  readonly settings: readonly Setting[];
}

const WHERE = "command line";

/**
 * `[config-file] [--directive value …]`, as redis-server takes it, and `--directive=value`. A value that begins
 * with `--` needs the second form: redis-server takes `--cluster-enabled --port 1` as a value and fails with
 * a riddle, we name the directive that lacks one. `otherNames`: see makeSetting.
 */
export function parseDirectiveArguments(
  argv: readonly string[],
  otherNames: readonly string[] = [],
): DirectiveArguments {
  const [first] = argv;
  const configFile = first !== undefined && !first.startsWith("--") ? first : undefined;
  const settings: Setting[] = [];
  let at = configFile === undefined ? 0 : 1;
  while (at < argv.length) {
    const option = argv[at] ?? "";
    if (!option.startsWith("--") || option === "--") {
      throw new ConfigError(`unexpected argument '${option}': directives are --name value`);
    }
    at += 1;
    const equals = option.indexOf("=");
    if (equals !== -1) {
      const text = option.slice(equals + 1);
      const name = option.slice(2, equals);
      settings.push(makeSetting({ name, words: [text], where: WHERE, otherNames }));
      continue;
    }
    const words: string[] = [];
    for (; at < argv.length && !argv[at]?.startsWith("--"); at += 1) words.push(argv[at] ?? "");
    const setting = makeSetting({ name: option.slice(2), words, where: WHERE, otherNames });
    if (words.length === 0) {
      const allowed = describeAllowed(directiveOf(setting.name));
      throw new ConfigError(`${setting.name}: a value is missing: ${allowed} (${WHERE})`);
    }
    settings.push(setting);
  }
  return { configFile, settings };
}

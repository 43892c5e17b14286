import { resolve } from "node:path";
import type { Bytes } from "@slotcast/protocol";
import { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { defaultEntries, withSettings } from "./config-entries.ts";
import { readConfigFile, readConfigText } from "./config-file.ts";
import { parseDirectiveArguments } from "./directive-arguments.ts";
import { readEnvironment, type Environment } from "./environment.ts";

/** What a node's configuration is made from; only main.ts takes these from the process. */
export interface ConfigSources {
  /** `[config-file] [--directive value …]`; the file `-` is standard input. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Relative paths count from here. */
  readonly cwd: string;
  readonly readStdin: () => Bytes;
}

/** Defaults, then the file, then the environment, then the command line: later wins. Throws ConfigError. */
export function loadConfig(sources: ConfigSources): Config {
  const { argv, env, cwd, readStdin } = sources;
  const { configFile, settings: given } = parseDirectiveArguments(argv);
  const fromStdin = configFile === "-";
  const file = configFile === undefined || fromStdin ? undefined : resolve(cwd, configFile);
  const read = (): ReturnType<typeof readConfigFile> =>
    file === undefined ? [] : readConfigFile(file);
  const written = fromStdin ? readConfigText(readStdin(), { baseDir: cwd }) : read();
  let entries = defaultEntries({ cwd });
  entries = withSettings(entries, { settings: written, source: "file", cwd });
  entries = withSettings(entries, { settings: readEnvironment(env), source: "environment", cwd });
  entries = withSettings(entries, { settings: given, source: "command line", cwd });
  const config = new Config({ entries, file, cwd });
  checkListeners(config);
  checkSeeds(config);
  if (config.get("cluster-enabled") && config.get("replicaof") !== undefined) {
    throw new ConfigError("replicaof: not allowed in cluster mode");
  }
  return config;
}

/** A node that is not told whom to ask would wait for ever. */
function checkSeeds(config: Config): void {
  if (config.get("cluster-size") === 0 || config.get("cluster-seeds").length > 0) return;
  throw new ConfigError("cluster-size: needs cluster-seeds: the nodes that a new node asks first");
}

/** What no single directive can check: the listeners and their announced addresses belong together. */
function checkListeners(config: Config): void {
  const listeners = config.get("listener");
  const ports = new Map<number, string>([[config.get("port"), "port"]]);
  for (const { name, port } of listeners) {
    const taken = ports.get(port);
    if (taken !== undefined) {
      throw new ConfigError(`listener: '${name}' uses the port ${port} of '${taken}'`);
    }
    ports.set(port, name);
  }
  for (const { name } of config.get("cluster-announce-client")) {
    if (!listeners.some((listener) => listener.name === name)) {
      throw new ConfigError(
        `cluster-announce-client: there is no listener '${name}': add listener ${name}=<port>`,
      );
    }
  }
}

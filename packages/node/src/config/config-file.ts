import { closeSync, globSync, openSync, readFileSync, fstatSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ascii, fromBuffer, splitInline, toText, type Bytes } from "@slotcast/protocol";
import { ConfigError } from "./config-error.ts";
import { CONFIG_FILE_BYTES_MAX, INCLUDE_DEPTH_MAX } from "./limits.ts";
import { makeSetting, type Setting } from "./setting.ts";

/**
 * Reads a file in redis.conf syntax, with what it includes in place of each `include`. Throws ConfigError
 * with the file and line. Source of the grammar: Redis 7.0 src/config.c, loadServerConfigFromString.
 */
export function readConfigFile(path: string): Setting[] {
  return settingsOf(readBytes(path), { path, baseDir: dirname(path), depth: 0 });
}

/** The same for text that came by standard input: its includes count from `baseDir`. */
export function readConfigText(text: Bytes, options: { readonly baseDir: string }): Setting[] {
  return settingsOf(text, { path: "standard input", baseDir: options.baseDir, depth: 0 });
}

/** The words of a line, `[]` for an empty line or a comment, `undefined` when a quote is not closed. */
export function splitConfigLine(line: Bytes): string[] | undefined {
  const text = line.trimStart();
  if (text === "" || text.startsWith("#")) return [];
  return splitInline(line)?.map(toText);
}

interface Place {
  readonly path: string;
  readonly baseDir: string;
  readonly depth: number;
}

function settingsOf(text: Bytes, place: Place): Setting[] {
  const settings: Setting[] = [];
  for (const [index, line] of lines(text).entries()) {
    const where = `${place.path}:${index + 1}`;
    const words = splitConfigLine(line);
    if (words === undefined) throw new ConfigError(`unbalanced quotes (${where})`);
    const [name, ...rest] = words;
    if (name === undefined) continue;
    if (name.toLowerCase() === "include") {
      settings.push(...includedSettings(rest, { where, place }));
    } else {
      settings.push(makeSetting({ name, words: rest, where }));
    }
  }
  return settings;
}

function includedSettings(
  words: readonly string[],
  options: { readonly where: string; readonly place: Place },
): Setting[] {
  const { where, place } = options;
  const [pattern] = words;
  if (pattern === undefined || words.length > 1) {
    throw new ConfigError(`include: give one file or glob pattern (${where})`);
  }
  if (place.depth >= INCLUDE_DEPTH_MAX) {
    throw new ConfigError(`include: more than ${INCLUDE_DEPTH_MAX} files deep (${where})`);
  }
  const path = resolve(place.baseDir, pattern);
  // A pattern may match nothing, as in Redis; a plain name must exist.
  const paths = /[*?[]/.test(pattern) ? globSync(path).toSorted() : [path];
  return paths.flatMap((one) =>
    settingsOf(readBytes(one), { path: one, baseDir: dirname(one), depth: place.depth + 1 }),
  );
}

function readBytes(path: string): Bytes {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const stats = fstatSync(descriptor);
    if (!stats.isDirectory() && stats.size > CONFIG_FILE_BYTES_MAX) {
      throw new ConfigError(`${path} is too large for a configuration file`);
    }
    return fromBuffer(readFileSync(descriptor));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`cannot read the configuration file ${path}: ${reasonOf(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function lines(text: Bytes): Bytes[] {
  return text.split("\n").map(ascii);
}

/** `no such file or directory` of `ENOENT: no such file or directory, open '/x'`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}

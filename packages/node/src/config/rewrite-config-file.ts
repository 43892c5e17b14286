import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { EMPTY, fromBuffer, toBuffer } from "@slotcast/protocol";
import {
  defaultEntries,
  withSettings,
  type ConfigEntries,
  type ConfigEntry,
} from "./config-entries.ts";
import { readConfigFile } from "./config-file.ts";
import { directiveOf, type DirectiveName } from "./directive-table.ts";
import { rewriteConfigText } from "./rewrite-config-text.ts";

/** Mode of the file when it has to be made anew: it may hold a password. */
const NEW_FILE_MODE = 0o600;

/**
 * Writes into the file at `path` whatever it does not say yet, so that a start with it alone gives `entries`.
 * What it includes counts as said. A secret from the environment stays out: somebody keeps it there on purpose.
 */
export function rewriteConfigFile(options: {
  readonly path: string;
  readonly entries: ConfigEntries;
  readonly cwd: string;
}): void {
  const { path, entries, cwd } = options;
  const stats = statSync(path, { throwIfNoEntry: false });
  const settings = stats === undefined ? [] : readConfigFile(path);
  const said = withSettings(defaultEntries({ cwd }), { settings, source: "file", cwd });
  const changes = new Map<DirectiveName, ConfigEntry>();
  for (const [name, entry] of entries) {
    const kept = directiveOf(name).secret === true && entry.source === "environment";
    if (!kept && entry.text !== said.get(name)?.text) changes.set(name, entry);
  }
  const before = stats === undefined ? EMPTY : fromBuffer(readFileSync(path));
  replaceFile(path, {
    content: toBuffer(rewriteConfigText(before, changes)),
    mode: stats?.mode ?? NEW_FILE_MODE,
  });
}

/** Readers see the old file or the new one, also after a power cut. */
function replaceFile(
  path: string,
  file: { readonly content: Uint8Array; readonly mode: number },
): void {
  const temporary = `${path}.tmp`;
  try {
    const descriptor = openSync(temporary, "w", file.mode);
    try {
      writeSync(descriptor, file.content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

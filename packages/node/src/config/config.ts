import { CommandError, fromText, globMatches, lower } from "@slotcast/protocol";
import type { ConfigEntries, ConfigEntry } from "./config-entries.ts";
import { takesWords, type DirectiveValue } from "./directive.ts";
import {
  DIRECTIVE_NAMES,
  directiveOf,
  findDirective,
  type DirectiveName,
  type DirectiveValueOf,
} from "./directive-table.ts";
import { parseValue } from "./parse-value.ts";
import { rewriteConfigFile } from "./rewrite-config-file.ts";
import { ValueError } from "./value-error.ts";

type ChangeListener = (value: DirectiveValue) => void;

/** Stands in CONFIG GET for a value that is never shown. */
const HIDDEN = "(hidden)";

/**
 * The configuration of one node: what is in force now, and who wants to know of changes. `loadConfig` makes it.
 *
 * Values are text as a human wrote it (UTF-16), not Bytes: the CONFIG handler converts.
 * Cost: `get` is a map look-up; hot code keeps the value and follows it with `onChange`.
 * Owner: the node's composition root. Only CONFIG SET writes, by `set`.
 */
export class Config {
  /** The file it was read from, absolute; `undefined` when there was none or it came by standard input. */
  readonly file: string | undefined;
  /** Where the process started: relative paths in the file count from here. */
  readonly #cwd: string;
  #entries: ConfigEntries;
  readonly #listeners = new Map<DirectiveName, ChangeListener[]>();

  constructor(options: {
    readonly entries: ConfigEntries;
    readonly file: string | undefined;
    readonly cwd: string;
  }) {
    this.#entries = options.entries;
    this.file = options.file;
    this.#cwd = options.cwd;
  }

  get<Name extends DirectiveName>(name: Name): DirectiveValueOf<Name> {
    // parseValue made the value from the row that DirectiveValueOf reads the type off
    return this.#entry(name).value as DirectiveValueOf<Name>;
  }

  /**
   * Calls `listener` with the new value after each CONFIG SET that changed it. A listener that throws vetoes:
   * every value of that CONFIG SET goes back, listeners already called are called again with the old value
   * (which they must accept), and the message of the error ends the reply.
   */
  onChange<Name extends DirectiveName>(
    name: Name,
    listener: (value: DirectiveValueOf<Name>) => void,
  ): void {
    const listeners = this.#listeners.get(name) ?? [];
    // called only with values of this name's entry: see `get`
    listeners.push(listener as ChangeListener);
    this.#listeners.set(name, listeners);
  }

  /**
   * Name and value of every directive that one of the globs matches, for CONFIG GET. A name without glob
   * characters comes back spelled as asked. Source: Redis 7.0 src/config.c, configGetCommand.
   */
  getMatching(globs: readonly string[]): (readonly [name: string, value: string])[] {
    const found = new Map<string, readonly [string, string]>();
    const add = (shown: string, name: DirectiveName): void => {
      const key = shown.toLowerCase();
      if (!found.has(key)) found.set(key, [shown, this.#shown(name)]);
    };
    for (const glob of globs) {
      if (!/[*?[]/.test(glob)) {
        const exact = findDirective(glob);
        if (exact !== undefined) add(glob, exact.name);
        continue;
      }
      const pattern = lower(fromText(glob));
      for (const name of DIRECTIVE_NAMES) {
        const { alias } = directiveOf(name);
        if (globMatches(pattern, fromText(name))) add(name, name);
        if (alias !== undefined && globMatches(pattern, fromText(alias))) add(alias, name);
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET: all of the pairs, or none and a CommandError. Checks in Redis' order, so the first mistake it
   * reports is the same: all names, then all values, then who vetoes.
   */
  set(pairs: readonly (readonly [name: string, value: string])[]): void {
    const before = this.#entries;
    const after = new Map(before);
    const changed = new Map<DirectiveName, string>();
    const targets = nameTargets(pairs);
    for (const { name, asWritten, text } of targets) {
      const entry = this.#parse({
        name,
        asWritten,
        text,
        previousText: after.get(name)?.text ?? "",
      });
      if (entry.text !== after.get(name)?.text) changed.set(name, asWritten);
      after.set(name, entry);
    }
    this.#entries = after;
    const notified: DirectiveName[] = [];
    for (const [name, asWritten] of changed) {
      try {
        notified.push(name);
        this.#notify(name);
      } catch (error) {
        this.#entries = before;
        for (const one of notified.slice(0, -1)) this.#notify(one);
        throw refused(asWritten, error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** A command other than CONFIG SET changed what the directive says: REPLICAOF. Nobody is told. */
  put(name: DirectiveName, words: readonly string[]): void {
    const parsed = parseValue(directiveOf(name), words, "");
    this.#entries = new Map(this.#entries).set(name, { ...parsed, source: "CONFIG SET" });
  }

  /** CONFIG REWRITE: brings `file` up to date, keeping its comments and order. Blocks until it is on disk. */
  rewrite(): void {
    if (this.file === undefined) {
      throw new CommandError("ERR", "The server is running without a config file");
    }
    try {
      rewriteConfigFile({ path: this.file, entries: this.#entries, cwd: this.#cwd });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new CommandError("ERR", `Rewriting config file: ${message}`);
    }
  }

  /** Directives somebody set that do nothing here (`meaning: "accepted"`): to be logged once at start. */
  withoutEffect(): DirectiveName[] {
    return DIRECTIVE_NAMES.filter((name) => {
      const { meaning, default: unset } = directiveOf(name);
      const { source, text } = this.#entry(name);
      return meaning === "accepted" && source !== "default" && text !== unset;
    });
  }

  #entry(name: DirectiveName): ConfigEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`no entry for the directive ${name}`);
    return entry;
  }

  #shown(name: DirectiveName): string {
    const { text } = this.#entry(name);
    return directiveOf(name).hidden === true && text !== "" ? HIDDEN : text;
  }

  #parse(target: Target & { readonly previousText: string }): ConfigEntry {
    const directive = directiveOf(target.name);
    const { text } = target;
    const words = !takesWords(directive) ? [text] : text === "" ? [] : text.split(" ");
    try {
      return { ...parseValue(directive, words, target.previousText), source: "CONFIG SET" };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw refused(target.asWritten, error.message);
    }
  }

  #notify(name: DirectiveName): void {
    const { value } = this.#entry(name);
    for (const listener of this.#listeners.get(name) ?? []) listener(value);
  }
}

interface Target {
  readonly name: DirectiveName;
  /** The name or alias, in lower case: what Redis quotes in its errors. */
  readonly asWritten: string;
  readonly text: string;
}

function nameTargets(pairs: readonly (readonly [name: string, value: string])[]): Target[] {
  const targets: Target[] = [];
  for (const [written, text] of pairs) {
    const found = findDirective(written);
    if (found === undefined) {
      throw new CommandError(
        "ERR",
        `Unknown option or number of arguments for CONFIG SET - '${written}'`,
      );
    }
    const { name, asWritten } = found;
    const directive = directiveOf(name);
    if (directive.mutable === false) throw refused(asWritten, "can't set immutable config");
    if (directive.mutable === "protected") throw refused(asWritten, "can't set protected config");
    if (targets.some((target) => target.asWritten === asWritten)) {
      throw refused(asWritten, "duplicate parameter");
    }
    targets.push({ name, asWritten, text });
  }
  return targets;
}

function refused(asWritten: string, reason: string): CommandError {
  return new CommandError(
    "ERR",
    `CONFIG SET failed (possibly related to argument '${asWritten}') - ${reason}`,
  );
}

import {
  channelsOf,
  COMMANDS,
  EMPTY,
  keyAccess,
  keyPositions,
  lower,
  own,
  slotOf,
  type Bytes,
  type CommandName,
  type CommandSpec,
  type HandledCommandName,
  type KeyAccess,
} from "@slotcast/protocol";
import { CommandStats } from "./command-stats.ts";
import type { Handler } from "./commands/handler.ts";
import { HANDLERS } from "./commands/index.ts";
import { QUICK_COMMANDS } from "./quick-commands.ts";

/** Never queued by MULTI. Source: Redis 7.0 src/server.c, processCommand. */
const NOT_QUEUED = new Set<string>(["exec", "discard", "multi", "watch", "quit", "reset"]);

/** They look a key up without touching it. Source: Redis 7.0, the callers of lookupKey with LOOKUP_NOTOUCH. */
const ASKS_ONLY = new Set<string>([
  ...["exists", "type", "ttl", "pttl", "expiretime", "pexpiretime", "memory|usage"],
  ...["object|encoding", "object|freq", "object|idletime", "object|refcount", "debug", "watch"],
]);

/** Runs even while CLIENT PAUSE holds everything back: it is the way out (docs/divergence.md). */
const PAUSE_CONTROL = "client|unpause";

/** A row of the table with its handler, and what dispatch asks of it for every request. */
export class Command {
  readonly fullName: HandledCommandName;
  readonly spec: CommandSpec;
  readonly handler: Handler;
  readonly stats = new CommandStats();
  /** As `spec.arity`, at hand. */
  readonly arity: number;
  readonly isAllowedBeforeAuth: boolean;
  readonly isWrite: boolean;
  readonly isReadonly: boolean;
  /** Its reply tells what keys hold, or changes them: it may have to wait until that is replicated. */
  readonly isGated: boolean;
  readonly isShardChannel: boolean;
  readonly isPauseControl: boolean;
  readonly isPausedByWrite: boolean;
  /** May grow memory: refused above `maxmemory`. */
  readonly isDenyOom: boolean;
  readonly isNoMulti: boolean;
  readonly isFast: boolean;
  /** Its work is bounded: may be measured together with others of the kind. */
  readonly isQuick: boolean;
  /** Too dangerous or too frequent to be shown. */
  readonly isHiddenFromMonitors: boolean;
  /** CLIENT and its subcommands: CLIENT CACHING outlasts them. */
  readonly isClientCommand: boolean;
  /** Counts as a use of its keys for the LRU and LFU policies; those that only ask about them do not. */
  readonly isKeyUse: boolean;
  /** Kept out of the slow log and its kin: EXEC, whose commands are logged themselves. */
  readonly isUnlogged: boolean;
  /** Waits for EXEC when a transaction is open. */
  readonly isQueued: boolean;
  readonly #access: KeyAccess;

  constructor(fullName: HandledCommandName) {
    this.fullName = fullName;
    this.spec = COMMANDS[fullName];
    this.handler = HANDLERS[fullName];
    this.arity = this.spec.arity;
    this.isAllowedBeforeAuth = this.spec.flags.includes("no_auth");
    this.isWrite = this.spec.flags.includes("write");
    this.isReadonly = this.spec.flags.includes("readonly");
    this.isGated = this.isWrite || this.isReadonly || fullName === "exec";
    this.isShardChannel = this.spec.keySpecs.some(({ flags }) => flags.includes("not_key"));
    this.isPauseControl = fullName === PAUSE_CONTROL;
    this.isPausedByWrite =
      this.isWrite || this.spec.flags.includes("may_replicate") || fullName === "publish";
    this.isDenyOom = this.spec.flags.includes("denyoom");
    this.isNoMulti = this.spec.flags.includes("no_multi");
    this.isFast = this.spec.flags.includes("fast");
    this.isQuick = QUICK_COMMANDS.has(fullName);
    this.isHiddenFromMonitors =
      this.spec.flags.includes("admin") || this.spec.flags.includes("skip_monitor");
    this.isClientCommand = fullName.startsWith("client|");
    this.isKeyUse =
      this.spec.keySpecs.length > 0 && !this.isShardChannel && !ASKS_ONLY.has(fullName);
    this.isUnlogged = this.spec.flags.includes("skip_slowlog");
    this.isQueued = !NOT_QUEUED.has(fullName);
    this.#access = keyAccess(this.spec);
  }

  /** The slot of all keys, CROSS_SLOT when they disagree, `undefined` without keys. The arity was checked. */
  slotOf(argv: readonly Bytes[]): number | undefined {
    return slotOf(this.#access, argv);
  }

  /** Views of the request. Empty for arguments that are no such command's. Allocates: not for every request. */
  keysOf(argv: readonly Bytes[]): Bytes[] {
    const access = this.#access;
    if (access.kind === "one" && !this.isShardChannel) {
      const key = argv[access.index];
      return key === undefined ? [] : [key];
    }
    return (keyPositions(this.spec, argv) ?? []).flatMap((position) => argv[position] ?? []);
  }

  /** Views of the request; `spec.channels` says what they are. Allocates: not for every request. */
  channelsOf(argv: readonly Bytes[]): readonly Bytes[] {
    return channelsOf(this.spec, argv);
  }
}

/** What a name led to lately; `found` is missing when there is no such command. */
interface Recent {
  readonly name: Bytes;
  readonly found: Command | undefined;
  readonly container: Container | undefined;
}

/** A power of two. Names that fall on one place take turns there, which costs what a look-up costs. */
const RECENT_NAMES = 256;

/**
 * Finds the command of a request. Names are looked up as sent first: nearly all are plain upper or lower case. In
 * front of that stands a table of recent names: each request brings its name as a new string, which a map has to hash,
 * and a comparison is cheaper (docs/decisions/0007-timing.md).
 */
export class CommandRegistry {
  /** Every row with a handler, in table order. */
  readonly all: readonly Command[];
  readonly #byName = new Map<string, Command | Container>();
  readonly #recent: Recent[] = Array.from({ length: RECENT_NAMES }, () => NOTHING_YET);

  constructor() {
    const all: Command[] = [];
    for (const key of Object.keys(COMMANDS)) {
      const name = key as CommandName; // Object.keys forgets the key type
      const [outer = name, inner] = name.split("|");
      const spec: CommandSpec = COMMANDS[name];
      if (inner !== undefined) {
        const container = this.#byName.get(outer);
        if (!(container instanceof Container))
          throw new Error(`${name} stands before its container`);
        // a subcommand always has a handler
        const command = new Command(name as HandledCommandName);
        container.byName.set(inner, command);
        all.push(command);
      } else if (spec.container === true) {
        const container = new Container(name);
        this.#add(name, container);
        if (container.alone !== undefined) all.push(container.alone);
      } else {
        // no container, so it has a handler
        const command = new Command(name as HandledCommandName);
        this.#add(name, command);
        all.push(command);
      }
    }
    this.all = all;
  }

  /** `undefined`: no such command or subcommand. A bare container name finds its own handler, if it has one. */
  find(argv: readonly Bytes[]): Command | undefined {
    const name = argv[0] ?? EMPTY;
    const { length } = name;
    const place = name.charCodeAt(0) * 11 + name.charCodeAt(length - 1) * 3 + length;
    let recent = this.#recent[place & (RECENT_NAMES - 1)] ?? NOTHING_YET;
    if (recent.name !== name) {
      recent = this.#lookUp(name);
      this.#recent[place & (RECENT_NAMES - 1)] = recent;
    }
    return recent.container === undefined ? recent.found : recent.container.find(argv[1]);
  }

  /** The container that the request names: its subcommand was missing or unknown. */
  container(argv: readonly Bytes[]): string | undefined {
    const found = this.#byName.get(lower(argv[0] ?? EMPTY));
    return found instanceof Container ? found.name : undefined;
  }

  /** What anybody may make up is not kept: a name that leads nowhere. */
  #lookUp(name: Bytes): Recent {
    const found = this.#byName.get(name) ?? this.#byName.get(lower(name));
    if (found === undefined) return NOTHING_YET;
    return found instanceof Container
      ? { name: own(name), found: undefined, container: found }
      : { name: own(name), found, container: undefined };
  }

  #add(name: string, entry: Command | Container): void {
    this.#byName.set(name, entry);
    this.#byName.set(name.toUpperCase(), entry);
  }
}

/** A name that groups subcommands. */
class Container {
  readonly name: CommandName;
  readonly byName = new Map<string, Command>();
  /** The handler of the bare name, which COMMAND has. */
  readonly alone: Command | undefined;

  constructor(name: CommandName) {
    this.name = name;
    const spec: CommandSpec = COMMANDS[name];
    // `handled` says that there is a handler
    this.alone = spec.handled === true ? new Command(name as HandledCommandName) : undefined;
  }

  find(subcommand: Bytes | undefined): Command | undefined {
    if (subcommand === undefined) return this.alone;
    return this.byName.get(lower(subcommand));
  }
}

const NOTHING_YET: Recent = { name: EMPTY, found: undefined, container: undefined };

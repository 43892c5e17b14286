import {
  COMMANDS,
  EMPTY,
  keyAccess,
  lower,
  slotOf,
  type Bytes,
  type CommandName,
  type CommandSpec,
  type HandledCommandName,
  type KeyAccess,
} from "@slotcast/protocol";
import type { Handler } from "./commands/handler.ts";
import { HANDLERS } from "./commands/index.ts";

/** Never queued by MULTI. Source: Redis 7.0 src/server.c, processCommand. */
const NOT_QUEUED = new Set<string>(["exec", "discard", "multi", "watch", "quit", "reset"]);

/** Runs even while CLIENT PAUSE holds everything back: it is the way out (docs/divergence.md). */
const PAUSE_CONTROL = "client|unpause";

/** A row of the table with its handler, and what dispatch asks of it for every request. */
export class Command {
  readonly fullName: HandledCommandName;
  readonly spec: CommandSpec;
  readonly handler: Handler;
  readonly isAllowedBeforeAuth: boolean;
  readonly isWrite: boolean;
  readonly isShardChannel: boolean;
  readonly isPauseControl: boolean;
  readonly isPausedByWrite: boolean;
  /** May grow memory: refused above `maxmemory`. */
  readonly isDenyOom: boolean;
  readonly isNoMulti: boolean;
  /** Waits for EXEC when a transaction is open. */
  readonly isQueued: boolean;
  readonly #access: KeyAccess;

  constructor(fullName: HandledCommandName) {
    this.fullName = fullName;
    this.spec = COMMANDS[fullName];
    this.handler = HANDLERS[fullName];
    this.isAllowedBeforeAuth = this.spec.flags.includes("no_auth");
    this.isWrite = this.spec.flags.includes("write");
    this.isShardChannel = this.spec.keySpecs.some(({ flags }) => flags.includes("not_key"));
    this.isPauseControl = fullName === PAUSE_CONTROL;
    this.isPausedByWrite =
      this.isWrite || this.spec.flags.includes("may_replicate") || fullName === "publish";
    this.isDenyOom = this.spec.flags.includes("denyoom");
    this.isNoMulti = this.spec.flags.includes("no_multi");
    this.isQueued = !NOT_QUEUED.has(fullName);
    this.#access = keyAccess(this.spec);
  }

  /** The slot of all keys, CROSS_SLOT when they disagree, `undefined` without keys. The arity was checked. */
  slotOf(argv: readonly Bytes[]): number | undefined {
    return slotOf(this.#access, argv);
  }
}

/** Finds the command of a request. Names are looked up as sent first: nearly all are plain upper or lower case. */
export class CommandRegistry {
  readonly #byName = new Map<string, Command | Container>();

  constructor() {
    for (const key of Object.keys(COMMANDS)) {
      const name = key as CommandName; // Object.keys forgets the key type
      const [outer = name, inner] = name.split("|");
      const spec: CommandSpec = COMMANDS[name];
      if (inner !== undefined) {
        const container = this.#byName.get(outer);
        if (!(container instanceof Container))
          throw new Error(`${name} stands before its container`);
        // a subcommand always has a handler
        container.byName.set(inner, new Command(name as HandledCommandName));
      } else if (spec.container === true) {
        this.#add(name, new Container(name));
      } else {
        // no container, so it has a handler
        this.#add(name, new Command(name as HandledCommandName));
      }
    }
  }

  /** `undefined`: no such command or subcommand. A bare container name finds its own handler, if it has one. */
  find(argv: readonly Bytes[]): Command | undefined {
    const [name = EMPTY] = argv;
    const found = this.#byName.get(name) ?? this.#byName.get(lower(name));
    return found instanceof Container ? found.find(argv[1]) : found;
  }

  /** The container that the request names: its subcommand was missing or unknown. */
  container(argv: readonly Bytes[]): string | undefined {
    const found = this.#byName.get(lower(argv[0] ?? EMPTY));
    return found instanceof Container ? found.name : undefined;
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
  readonly #alone: Command | undefined;

  constructor(name: CommandName) {
    this.name = name;
    const spec: CommandSpec = COMMANDS[name];
    // `handled` says that there is a handler
    this.#alone = spec.handled === true ? new Command(name as HandledCommandName) : undefined;
  }

  find(subcommand: Bytes | undefined): Command | undefined {
    if (subcommand === undefined) return this.#alone;
    return this.byName.get(lower(subcommand));
  }
}

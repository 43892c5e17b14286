import type { AnnouncedClient, ClientListener } from "./client-listener.ts";
import type { OutputBufferLimits } from "./output-buffer-limits.ts";
import type { SavePoint } from "./save-points.ts";
import type { SeedAddress } from "./seed-address.ts";

/** Where a primary serves its clients. */
export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

/** Both ends are allowed. A bigint where Redis' limit does not fit a JavaScript number exactly. */
export type Range = readonly [min: number | bigint, max: number | bigint];

/** One row of the directive table: everything that parsing, CONFIG GET/SET/REWRITE, `--help` and the docs know. */
export type Directive = DirectiveFacts & DirectiveType;

interface DirectiveFacts {
  /** As it would stand in the file; parsed by the same code as any other value. */
  readonly default: string;
  /** May CONFIG SET change it? `protected`: Redis could, when started with `enable-protected-configs`; we cannot. */
  readonly mutable: boolean | "protected";
  /** `accepted`: a known Redis name that has no effect here yet. Logged once at start when it is set. */
  readonly meaning: "effective" | "accepted";
  /** One line. */
  readonly help: string;
  /** The older name of the same directive (slave-*, *-ziplist-*). CONFIG GET shows both, as Redis. */
  readonly alias?: string;
  /** Never logged; not copied from the environment into the file by CONFIG REWRITE; has a `…_FILE` variable. */
  readonly secret?: true;
  /** Never shown by CONFIG GET either: who may read it could join the bus as a node. */
  readonly hidden?: true;
}

type DirectiveType =
  | { readonly type: "bool" }
  | { readonly type: "int"; readonly range: Range; readonly clamp?: Range }
  /** Bytes, written `10mb`. With `percent` also `5%`, kept as -5. */
  | { readonly type: "memory"; readonly range: Range; readonly percent?: true }
  | {
      readonly type: "enum";
      readonly values: readonly string[];
      /** Words that will be values one day, each with what is missing. */
      readonly refused?: Readonly<Record<string, string>>;
    }
  /** One or more of `values`. */
  | { readonly type: "flags"; readonly values: readonly string[] }
  | { readonly type: "string"; readonly form?: "hostname" | "nodename" | "path" }
  /** Any words; exactly `count` of them when given. */
  | { readonly type: "words"; readonly count?: number }
  /** Only the default is accepted: ignoring any other value would betray who set it (TLS, ACL, replicas). */
  | { readonly type: "fixed"; readonly why: string }
  | { readonly type: "keyspace-events" }
  /** `host port`, or nothing. */
  | { readonly type: "primary-address" }
  | {
      readonly type:
        | "save"
        | "output-buffer-limits"
        | "percentiles"
        | "listeners"
        | "announced-clients"
        | "seeds";
    };

interface ValueByType {
  bool: boolean;
  int: number;
  memory: number;
  enum: string;
  flags: readonly string[];
  string: string;
  words: readonly string[];
  fixed: string;
  save: readonly SavePoint[];
  "output-buffer-limits": OutputBufferLimits;
  percentiles: readonly number[];
  "keyspace-events": string;
  "primary-address": PrimaryAddress | undefined;
  listeners: readonly ClientListener[];
  "announced-clients": readonly AnnouncedClient[];
  seeds: readonly SeedAddress[];
}

export type DirectiveValue = ValueByType[keyof ValueByType];

/** What `Config.get` returns for a row: an enum gives the union of its words. */
export type ValueOf<Row extends Directive> = Row extends {
  readonly type: "enum";
  readonly values: readonly (infer Word)[];
}
  ? Word
  : ValueByType[Row["type"]];

/** May be given several times in a file or on a command line; the occurrences add up. */
export function isRepeatable(directive: Directive): boolean {
  return (
    directive.type === "save" ||
    directive.type === "output-buffer-limits" ||
    directive.type === "listeners" ||
    directive.type === "announced-clients"
  );
}

/** Takes any number of words, so one string (CONFIG SET, the environment) is split at its spaces. */
export function takesWords(directive: Directive): boolean {
  return (
    isRepeatable(directive) ||
    directive.type === "flags" ||
    directive.type === "words" ||
    directive.type === "seeds" ||
    directive.type === "percentiles" ||
    directive.type === "primary-address"
  );
}
